#include "disk/presence.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "bt/core/assert.hpp"
#include "bt/crypto/sha1.hpp"
#include "disk/file_tree.hpp"

namespace bt::disk {
namespace {

/// The digest of a piece of zeros: a piece that is one hole is good if this is expected of it.
class ZeroDigest {
public:
    const Sha1Digest& of(std::uint32_t size) {
        if (!digest_ || size != size_) {
            static constexpr std::byte zeros[64 * 1024]{};
            crypto::Sha1 hash;
            for (std::size_t left = size; left > 0;) {
                const auto part = std::min(left, sizeof zeros);
                hash.update({zeros, part});
                left -= part;
            }
            digest_ = hash.finish();
            size_ = size;
        }
        return *digest_;
    }

private:
    std::uint32_t size_ = 0;
    std::optional<Sha1Digest> digest_;
};

class Presence {
public:
    Presence(const metainfo::Metainfo& metainfo, FileTree& tree)
        : metainfo_(metainfo),
          tree_(tree),
          piece_length_(metainfo.layout.piece_length()),
          reached_(metainfo.layout.piece_count(), true),
          data_(metainfo.layout.piece_count()) {}

    void look(FileIndex index, const FileState& state) {
        const auto& file = metainfo_.files[index.value()];
        if (!file.is_wanted() || file.length == 0) return;
        const auto there = state.exists ? std::min(state.size, file.length) : 0;
        if (there < file.length) {
            const auto end = piece_at(file.offset + file.length - 1);
            for (auto piece = piece_at(file.offset + there); piece <= end; ++piece)
                reached_.clear(PieceIndex(piece));
        }
        if (there == 0) return;
        if (state.allocated >= state.size) {
            mark(file.offset, file.offset + there);
        } else {
            seek(index, file.offset, there);
        }
    }

    Bitfield result() {
        ZeroDigest zero;
        // What skipped files have of them is not looked for: hashing tells.
        for (const auto piece : metainfo_.shared_pieces)
            data_.set(piece);
        for (PieceIndex piece(0); piece.value() < reached_.size(); ++piece) {
            if (!reached_.get(piece) || data_.get(piece)) continue;
            const auto size = metainfo_.layout.piece_size(piece);
            if (metainfo_.piece_hashes[piece.value()] != zero.of(size)) reached_.clear(piece);
        }
        return std::move(reached_);
    }

private:
    std::uint32_t piece_at(std::uint64_t offset) const {
        return static_cast<std::uint32_t>(offset / piece_length_);
    }
    void mark(std::uint64_t begin, std::uint64_t end) {
        for (auto piece = piece_at(begin); piece <= piece_at(end - 1); ++piece)
            data_.set(PieceIndex(piece));
    }

    // At most two lseek() a piece: after a run of data the rest of its last piece is skipped.
    void seek(FileIndex index, std::uint64_t offset, std::uint64_t length) {
        const auto handle = tree_.reader(index);
        if (!handle) return mark(offset, offset + length);  // hashing it tells what is wrong
        const int fd = (*handle)->fd.get();
        for (std::uint64_t at = 0; at < length;) {
            const auto data = ::lseek(fd, static_cast<off_t>(at), SEEK_DATA);
            if (data < 0 && errno == ENXIO) return;  // only a hole is left
            if (data < 0) return mark(offset + at, offset + length);
            const auto begin = static_cast<std::uint64_t>(data);
            if (begin >= length) return;
            const auto hole = ::lseek(fd, data, SEEK_HOLE);
            auto end = hole > data ? static_cast<std::uint64_t>(hole) : length;
            end = std::min(end, length);
            mark(offset + begin, offset + end);
            at = (std::uint64_t{piece_at(offset + end - 1)} + 1) * piece_length_ - offset;
        }
    }

    const metainfo::Metainfo& metainfo_;
    FileTree& tree_;
    const std::uint64_t piece_length_;
    Bitfield reached_;
    Bitfield data_;
};

}  // namespace

Bitfield present_pieces(const metainfo::Metainfo& metainfo, const std::vector<FileState>& files,
                        FileTree& tree) {
    BT_ASSERT(files.size() == metainfo.files.size());
    Presence presence(metainfo, tree);
    for (std::uint32_t i = 0; i < files.size(); ++i)
        presence.look(FileIndex(i), files[i]);
    return presence.result();
}

}  // namespace bt::disk
