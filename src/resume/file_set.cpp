#include "resume/file_set.hpp"

#include <algorithm>
#include <span>

#include "bt/core/bitfield.hpp"
#include "bt/crypto/sha1.hpp"

namespace bt::resume {

Sha1Digest layout_digest(const metainfo::Metainfo& metainfo) {
    ByteVector text;
    append_be(text, metainfo.layout.total_length());
    append_be(text, metainfo.layout.piece_length());
    const auto count = metainfo::own_files(metainfo);
    append_be(text, static_cast<std::uint32_t>(count));
    for (const auto& file : std::span(metainfo.files).first(count)) {
        append_be(text, static_cast<std::uint32_t>(file.path.size()));
        append(text, file.path);
        append_be(text, file.length);
        append_be(text, static_cast<std::uint8_t>(file.pad));
    }
    return crypto::sha1(text);
}

metainfo::Selection wanted_files(const metainfo::Metainfo& metainfo) {
    metainfo::Selection out(metainfo::own_files(metainfo));
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = metainfo.files[i].use != metainfo::FileUse::skipped;
    return out;
}

bool are_all(const metainfo::Selection& files) {
    return std::find(files.begin(), files.end(), false) == files.end();
}

ByteVector bits_to_wire(const std::vector<bool>& bits) {
    Bitfield out(static_cast<std::uint32_t>(bits.size()));
    for (std::uint32_t i = 0; i < bits.size(); ++i) {
        if (bits[i]) out.set(PieceIndex(i));
    }
    return out.to_wire();
}

std::optional<std::vector<bool>> bits_from_wire(Bytes bytes, std::size_t count) {
    const auto bits = Bitfield::from_wire(bytes, static_cast<std::uint32_t>(count));
    if (!bits) return std::nullopt;
    std::vector<bool> out(count);
    for (std::uint32_t i = 0; i < count; ++i)
        out[i] = bits->get(PieceIndex(i));
    return out;
}

void adapt(State& state, const metainfo::Selection& then, const metainfo::Metainfo& metainfo) {
    for (std::uint32_t i = 0; i < then.size(); ++i) {
        const FileIndex file(i);
        const auto& now = metainfo.files[i];
        if (now.pad || (then[i] && now.is_wanted())) continue;
        if (now.is_wanted() && !state.stamps[i]) state.strangers.push_back(file);
        const auto [first, end] = metainfo::pieces_of(metainfo, file);
        for (auto piece = first; piece < end; ++piece) {
            state.written.clear(piece);
            state.durable.clear(piece);
            state.prefixes.erase(piece);
            state.parked.erase(piece);
        }
    }
    if (metainfo::has_parts(metainfo)) state.stamps.back().reset();
}

}  // namespace bt::resume
