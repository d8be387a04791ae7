#include "bt/metainfo/selection.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "bt/core/assert.hpp"

namespace bt::metainfo {

namespace {

FileIndex parts_index(const Metainfo& stored) {
    return FileIndex(static_cast<std::uint32_t>(stored.files.size() - 1));
}

std::vector<PieceIndex> find_shared(const Metainfo& torrent) {
    const auto wanted = wanted_pieces(torrent);
    std::vector<PieceIndex> out;
    const auto add = [&](PieceIndex piece) {
        if (wanted.get(piece) && (out.empty() || out.back() < piece)) out.push_back(piece);
    };
    for (std::uint32_t i = 0; i < torrent.files.size(); ++i) {
        const auto& file = torrent.files[i];
        if (file.pad || file.use != FileUse::skipped || file.length == 0) continue;
        // What is between its first and its last piece is its own.
        const auto [first, end] = pieces_of(torrent, FileIndex(i));
        add(first);
        add(PieceIndex(end.value() - 1));
    }
    return out;
}

/// Adds what `slice`, which begins at `offset` of the torrent and lies in a skipped file, is on
/// disk.
void add_skipped(const Metainfo& stored, FileSlice slice, std::uint64_t offset,
                 std::vector<FileSlice>& out) {
    const std::uint64_t piece_length = stored.layout.piece_length();
    const auto& shared = stored.shared_pieces;
    while (slice.length > 0) {
        const PieceIndex piece(static_cast<std::uint32_t>(offset / piece_length));
        const auto within = offset % piece_length;
        const auto length = std::min(slice.length, piece_length - within);
        const auto slot = std::lower_bound(shared.begin(), shared.end(), piece);
        if (slot == shared.end() || *slot != piece) {
            out.push_back({slice.file, slice.offset, length});
        } else {
            const auto at =
                static_cast<std::uint64_t>(slot - shared.begin()) * piece_length + within;
            const auto parts = parts_index(stored);
            const bool goes_on = within != 0 && !out.empty() && out.back().file == parts &&
                                 out.back().offset + out.back().length == at;
            if (goes_on) {
                out.back().length += length;
            } else {
                out.push_back({parts, at, length});
            }
        }
        slice.offset += length;
        slice.length -= length;
        offset += length;
    }
}

}  // namespace

bool is_chosen(const Metainfo& torrent, const Selection& selection, std::size_t file) {
    return !torrent.files[file].pad && (selection.empty() || selection[file]);
}

std::uint64_t chosen_length(const Metainfo& torrent, const Selection& selection) {
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < torrent.files.size(); ++i) {
        if (is_chosen(torrent, selection, i)) out += torrent.files[i].length;
    }
    return out;
}

std::shared_ptr<const Metainfo> stored(std::shared_ptr<const Metainfo> torrent,
                                       const Selection& selection) {
    BT_ASSERT(selection.empty() || selection.size() == torrent->files.size());
    const auto is_skipped = [&](std::size_t i) { return !torrent->files[i].pad && !selection[i]; };
    bool all = true;
    for (std::size_t i = 0; i < selection.size() && all; ++i)
        all = !is_skipped(i);
    if (all) return torrent;
    auto out = std::make_shared<Metainfo>(*torrent);
    for (std::size_t i = 0; i < selection.size(); ++i) {
        if (is_skipped(i)) out->files[i].use = FileUse::skipped;
    }
    auto shared = find_shared(*out);
    if (shared.empty()) return out;
    File parts;
    parts.path = parts_name(out->info_hash);
    parts.length = shared.size() * std::uint64_t{out->layout.piece_length()};
    parts.offset = out->layout.total_length();
    parts.use = FileUse::parts;
    out->files.push_back(std::move(parts));
    out->shared_pieces = std::move(shared);
    return out;
}

std::string parts_name(const InfoHash& info_hash) {
    return '.' + to_hex(info_hash) + ".parts";
}

bool has_parts(const Metainfo& stored) {
    return !stored.shared_pieces.empty();
}

std::size_t own_files(const Metainfo& stored) {
    return stored.files.size() - (has_parts(stored) ? 1 : 0);
}

std::uint64_t parts_length(const Metainfo& stored) {
    std::uint64_t out = 0;
    for (const auto piece : stored.shared_pieces) {
        for (const auto& slice : slices(stored.files, stored.layout.piece_offset(piece),
                                        stored.layout.piece_size(piece))) {
            const auto& file = stored.files[slice.file.value()];
            if (!file.pad && file.use == FileUse::skipped) out += slice.length;
        }
    }
    return out;
}

std::optional<std::string> clash(const Metainfo& stored, const Metainfo& other) {
    if (stored.name != other.name) return std::nullopt;  // all paths of a torrent begin with it
    std::unordered_set<std::string_view> paths;
    const auto writes = [](const File& file) { return file.is_wanted() && file.length > 0; };
    for (const auto& file : other.files) {
        if (writes(file)) paths.insert(file.path);
    }
    for (const auto& file : stored.files) {
        if (writes(file) && paths.contains(file.path)) return file.path;
    }
    return std::nullopt;
}

Bitfield wanted_pieces(const Metainfo& stored) {
    const auto count = stored.layout.piece_count();
    const auto skipped = [](const File& file) { return file.use == FileUse::skipped; };
    if (std::none_of(stored.files.begin(), stored.files.end(), skipped)) {
        return Bitfield(count, true);  // those of padding alone too
    }
    Bitfield out(count);
    for (std::uint32_t i = 0; i < stored.files.size(); ++i) {
        if (!stored.files[i].is_wanted()) continue;
        const auto [first, end] = pieces_of(stored, FileIndex(i));
        for (auto piece = first; piece < end; ++piece)
            out.set(piece);
    }
    return out;
}

std::pair<PieceIndex, PieceIndex> pieces_of(const Metainfo& stored, FileIndex file) {
    const auto& [path, length, offset, pad, use] = stored.files[file.value()];
    if (length == 0 || use == FileUse::parts) return {};
    const std::uint64_t size = stored.layout.piece_length();
    const auto last = static_cast<std::uint32_t>((offset + length - 1) / size);
    return {PieceIndex(static_cast<std::uint32_t>(offset / size)), PieceIndex(last + 1)};
}

std::vector<FileSlice> stored_slices(const Metainfo& stored, std::uint64_t offset,
                                     std::uint64_t length) {
    auto all = slices(stored.files, offset, length);
    const auto is_skipped = [&](const FileSlice& slice) {
        const auto& file = stored.files[slice.file.value()];
        return !file.pad && file.use == FileUse::skipped;
    };
    if (std::none_of(all.begin(), all.end(), is_skipped)) return all;
    std::vector<FileSlice> out;
    for (const auto& slice : all) {
        if (is_skipped(slice)) {
            add_skipped(stored, slice, offset, out);
        } else {
            out.push_back(slice);
        }
        offset += slice.length;
    }
    return out;
}

std::size_t shared_slot(const Metainfo& stored, std::uint64_t parts_offset) {
    const auto slot = static_cast<std::size_t>(parts_offset / stored.layout.piece_length());
    BT_ASSERT(slot < stored.shared_pieces.size());
    return slot;
}

std::uint64_t shared_offset(const Metainfo& stored, std::uint64_t parts_offset) {
    const auto piece = stored.shared_pieces[shared_slot(stored, parts_offset)];
    return stored.layout.piece_offset(piece) + parts_offset % stored.layout.piece_length();
}

}  // namespace bt::metainfo
