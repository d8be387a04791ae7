// The peer message reader: any bytes, cut into receives as the input says, give what they give in
// one piece.
#include <algorithm>
#include <cstring>
#include <string>

#include "bt/core/assert.hpp"
#include "bt/wire/reader.hpp"

namespace {

using namespace bt;

constexpr std::uint32_t kPieces = 77;

/// Adds what the reader gives of `input` to `out`; false when it refuses.
bool drain(wire::Reader& reader, Bytes input, std::string& out) {
    for (;;) {
        auto next = reader.next(input);
        if (!next) return false;
        if (!*next) {
            BT_ASSERT(input.empty());
            return true;
        }
        const auto& m = **next;
        const std::uint32_t numbers[] = {static_cast<std::uint32_t>(m.id),
                                         m.block.piece.value(),
                                         m.block.begin,
                                         m.block.length,
                                         m.extended_id,
                                         m.port};
        out += as_text(std::as_bytes(std::span(numbers)));
        out += as_text(m.payload);
        BT_ASSERT(static_cast<bool>(m.data) == (m.id == wire::MessageId::piece));
        if (m.data) out += as_text(m.data.bytes(m.block.length));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const Bytes all = std::as_bytes(std::span(data, size));
    BlockPool pool;
    // Half of the input says how the other half is cut.
    const auto cuts = all.first(size / 2);
    auto stream = all.subspan(size / 2);

    std::string whole;
    wire::Reader in_one(kPieces, pool);
    const bool accepted = drain(in_one, stream, whole);

    std::string pieces;
    wire::Reader in_parts(kPieces, pool);
    bool good = true;
    for (std::size_t i = 0; good && !stream.empty(); ++i) {
        const auto cut = std::to_integer<std::size_t>(cuts[i % cuts.size()]) + 1;
        const auto n = std::min(cut, stream.size());
        const auto direct = in_parts.direct();
        const auto d = std::min(direct.size(), n);
        if (d > 0) std::memcpy(direct.data(), stream.data(), d);
        in_parts.commit_direct(d);
        const ByteVector scratch(stream.begin() + static_cast<std::ptrdiff_t>(d),
                                 stream.begin() + static_cast<std::ptrdiff_t>(n));
        good = drain(in_parts, scratch, pieces);
        stream = stream.subspan(n);
    }
    BT_ASSERT(good == accepted);
    BT_ASSERT(pieces == whole);
    return 0;
}
