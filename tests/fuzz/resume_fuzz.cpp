// The resume state of an earlier run, and what is believed of it. The first byte chooses: the rest
// as the whole file; as records whose checksums are right; or as what happens in a run, which must
// read back as it was told.
#include <algorithm>
#include <boost/crc.hpp>
#include <cstdint>
#include <optional>
#include <vector>

#include "bt/core/assert.hpp"
#include "bt/resume/journal.hpp"
#include "bt/resume/state_builder.hpp"
#include "unit/resume/fixture.hpp"

namespace {

using namespace bt;
using namespace bt::resume;

void expect_sound(const State& state, const metainfo::Metainfo& torrent) {
    const auto pieces = torrent.layout.piece_count();
    BT_ASSERT(state.written.size() == pieces && state.durable.size() == pieces);
    BT_ASSERT(state.stamps.size() == torrent.files.size());
    for (PieceIndex piece(0); piece.value() < pieces; ++piece) {
        BT_ASSERT(state.written.get(piece) || !state.durable.get(piece));
        BT_ASSERT(!state.written.get(piece) || !state.doubtful.get(piece));
    }
    for (const auto& [piece, prefix] : state.prefixes) {
        BT_ASSERT(piece.value() < pieces && prefix.length % kBlockSize == 0);
        BT_ASSERT(prefix.length > 0 && prefix.length < torrent.layout.piece_size(piece));
    }
    for (const auto& [piece, blocks] : state.parked) {
        BT_ASSERT(piece.value() < pieces && !blocks.empty());
        BT_ASSERT(blocks.rbegin()->first < torrent.layout.block_count(piece));
    }
    // Whatever it says, nothing is believed of files that are not there, nor more than it says.
    const std::vector<std::optional<FileStamp>> none(torrent.files.size());
    BT_ASSERT(judge(state, torrent, none, state.epoch).trusted.none());
    const auto verdict = judge(state, torrent, state.stamps, state.epoch);
    for (PieceIndex piece(0); piece.value() < pieces; ++piece) {
        BT_ASSERT(!verdict.trusted.get(piece) || state.written.get(piece));
        BT_ASSERT(!verdict.trusted.get(piece) || !verdict.suspects.get(piece));
        BT_ASSERT(!verdict.durable.get(piece) || verdict.trusted.get(piece));
    }
    for (const auto& [piece, blocks] : verdict.parked) {
        BT_ASSERT(!verdict.trusted.get(piece) && !verdict.suspects.get(piece));
        BT_ASSERT(state.parked.at(piece) == blocks);
    }
}

void expect_same(const State& a, const State& b) {
    BT_ASSERT(a.epoch == b.epoch && a.written == b.written && a.durable == b.durable &&
              a.doubtful == b.doubtful);
    BT_ASSERT(a.stamps == b.stamps && a.sync_in_doubt == b.sync_in_doubt);
    BT_ASSERT(a.last_time == b.last_time && a.prefixes.size() == b.prefixes.size());
    for (const auto& [piece, prefix] : a.prefixes) {
        const auto other = b.prefixes.find(piece);
        BT_ASSERT(other != b.prefixes.end() && other->second.length == prefix.length);
        BT_ASSERT(other->second.hash.words() == prefix.hash.words());
    }
    BT_ASSERT(a.parked == b.parked);
}

/// Records of the input, each a length byte, a type and a payload, behind a good header.
ByteVector with_checksums(Bytes input, const metainfo::Metainfo& torrent) {
    auto out = JournalWriter(torrent).begin(State(torrent));
    auto chain = read_be<std::uint32_t>(out.data() + out.size() - 4);
    while (input.size() >= 2) {
        const auto length =
            std::min<std::size_t>(std::to_integer<std::size_t>(input[0]), input.size() - 2);
        const auto at = out.size();
        out.push_back(input[1]);
        out.push_back(std::byte{0});
        append_be(out, static_cast<std::uint16_t>(length));
        append(out, input.subspan(2, length));
        boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
        std::byte before[4];
        write_be(before, chain);
        crc.process_bytes(before, sizeof before);
        crc.process_bytes(out.data() + at, out.size() - at);
        chain = crc.checksum();
        append_be(out, chain);
        input = input.subspan(2 + length);
    }
    return out;
}

void tell(Bytes input, const metainfo::Metainfo& torrent) {
    State start(torrent);
    StateBuilder builder(start);
    JournalWriter writer(torrent);
    auto bytes = writer.begin(start);
    const auto pieces = torrent.layout.piece_count();
    for (; input.size() >= 3; input = input.subspan(3)) {
        const auto number = std::to_integer<std::uint32_t>(input[1]);
        const PieceIndex piece(number % pieces);
        const FileIndex file(number % static_cast<std::uint32_t>(torrent.files.size()));
        const auto time = std::to_integer<std::int64_t>(input[2]);
        const StampedFile stamped{file, test::stamp(number, time, number)};
        switch (std::to_integer<unsigned>(input[0]) % 7) {
            case 0:
                append(bytes, writer.pieces({&piece, 1}, {&stamped, 1}));
                builder.on_piece(piece);
                builder.on_stamp(file, stamped.stamp);
                break;
            case 1: {
                const Prefix prefix{time % 2 == 0 ? 0 : kBlockSize, crypto::Sha1()};
                append(bytes, writer.prefix(piece, prefix, {}));
                builder.on_prefix(piece, prefix);
                break;
            }
            case 2:
                append(bytes, writer.sync_begun(time));
                builder.on_sync_begun(time);
                break;
            case 3:
                if (!builder.state().sync_in_doubt) break;
                append(bytes, writer.synced(time, {}));
                builder.on_synced(time);
                break;
            case 4: {
                append(bytes, writer.lost(file));
                const auto [first, end] = pieces_of(torrent, file);
                builder.on_lost(file, first, end);
                break;
            }
            case 5: {
                ParkedBlocks blocks;
                std::vector<std::uint32_t> given_up;
                for (std::uint32_t block = 0; block < 2; ++block) {
                    if ((number >> 4 & 1 << block) != 0) blocks.emplace(block, time);
                    if ((number >> 6 & 1 << block) != 0) given_up.push_back(block);
                }
                append(bytes, writer.parked(piece, blocks, given_up, {}));
                builder.on_parked(piece, blocks, given_up);
                break;
            }
            default: {  // made anew, as it is when it has grown
                writer = JournalWriter(torrent);
                const auto state = builder.state();
                if (state.sync_in_doubt) return;
                bytes = writer.begin(state);
                builder = StateBuilder(state);
                break;
            }
        }
    }
    const auto read = read_journal(bytes, torrent);
    BT_ASSERT(read);
    expect_same(*read, builder.state());
    expect_sound(*read, torrent);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto torrent = test::small_torrent();
    if (size == 0) return 0;
    const auto input = std::as_bytes(std::span(data, size)).subspan(1);
    if (data[0] % 3 == 2) {
        tell(input, torrent);
        return 0;
    }
    const auto file =
        data[0] % 3 == 0 ? ByteVector(input.begin(), input.end()) : with_checksums(input, torrent);
    const auto state = read_journal(file, torrent);
    BT_ASSERT(state || data[0] % 3 == 0);
    if (!state) return 0;
    expect_sound(*state, torrent);
    // Written anew it says the same, but for a sync that was cut off.
    auto settled = *state;
    settled.sync_in_doubt = false;
    JournalWriter writer(torrent);
    const auto again = read_journal(writer.begin(settled), torrent);
    BT_ASSERT(again);
    expect_same(*again, settled);
    return 0;
}
