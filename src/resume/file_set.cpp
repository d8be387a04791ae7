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

ByteVector selection_to_wire(const metainfo::Selection& files) {
    Bitfield bits(static_cast<std::uint32_t>(files.size()));
    for (std::uint32_t i = 0; i < files.size(); ++i) {
        if (files[i]) bits.set(PieceIndex(i));
    }
    return bits.to_wire();
}

std::optional<metainfo::Selection> selection_from_wire(Bytes bytes, std::size_t files) {
    const auto bits = Bitfield::from_wire(bytes, static_cast<std::uint32_t>(files));
    if (!bits) return std::nullopt;
    metainfo::Selection out(files);
    for (std::uint32_t i = 0; i < files; ++i)
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
        }
    }
    if (metainfo::has_parts(metainfo)) state.stamps.back().reset();
}

}  // namespace bt::resume
