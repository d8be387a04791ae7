#include "bt/disk/piece_hash.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "bt/core/assert.hpp"
#include "bt/crypto/sha1.hpp"
#include "disk/system.hpp"

namespace bt::disk {
namespace {

class Hashing {
public:
    Hashing(Storage& storage, PieceIndex first, std::uint32_t count)
        : storage_(storage),
          layout_(storage.metainfo().layout),
          next_(first.value()),
          end_(first.value() + count) {
        out_.digests.reserve(count);
    }

    PieceHashes run() && {
        while (next_ < end_) {
            const auto fit = count_that_fit();
            if (fit <= 1 || !together(fit)) apart(std::max(fit, 1u));
        }
        return std::move(out_);
    }

private:
    [[nodiscard]] std::uint64_t offset(std::uint32_t piece) const {
        return layout_.piece_offset(PieceIndex(piece));
    }
    [[nodiscard]] std::size_t size(std::uint32_t piece) const {
        return layout_.piece_size(PieceIndex(piece));
    }

    /// How many of the next pieces one read can bring.
    [[nodiscard]] std::uint32_t count_that_fit() const {
        auto piece = next_;
        for (std::size_t length = 0; piece < end_; ++piece) {
            length += size(piece);
            if (length > kReadBytes) break;
        }
        return piece - next_;
    }

    /// Small pieces: one read for all. False if it fails, which leaves open who is to blame.
    bool together(std::uint32_t count) {
        const auto last = next_ + count - 1;
        const auto length = static_cast<std::size_t>(offset(last) - offset(next_)) + size(last);
        auto bytes = read_buffer().first(length);
        if (!storage_.read(offset(next_), bytes)) return false;
        std::vector<crypto::Sha1> hashes(count);
        std::vector<Bytes> parts(count);
        std::vector<crypto::Sha1Update> updates(count);
        for (std::uint32_t i = 0; i < count; ++i) {
            parts[i] = bytes.first(size(next_ + i));
            bytes = bytes.subspan(parts[i].size());
            updates[i] = {&hashes[i], {&parts[i], 1}};
        }
        crypto::sha1_update(updates);
        for (auto& hash : hashes)
            out_.digests.emplace_back(hash.finish());
        out_.bytes += length;
        next_ += count;
        return true;
    }

    /// Each read by itself, slice by slice.
    void apart(std::uint32_t count) {
        const auto streams = static_cast<std::uint32_t>(crypto::sha1_streams());
        // Large pieces come here one by one; they are the ones to interleave.
        if (count == 1) count = std::min(streams, end_ - next_);
        for (const auto stop = next_ + count; next_ < stop;)
            group(std::min(streams, stop - next_));
    }

    /// A piece on its way through its own part of the buffer.
    struct Stream {
        crypto::Sha1 hash;
        std::uint64_t at = 0;  // bytes from the start of the torrent
        std::uint64_t end = 0;
        MutableBytes room;
        Bytes slice;  // read last
        bool failed = false;
    };

    /// Reads the next slice. False if there is none.
    bool advance(Stream& stream) {
        if (stream.failed || stream.at == stream.end) return false;
        const auto length = std::min<std::uint64_t>(stream.room.size(), stream.end - stream.at);
        const auto slice = stream.room.first(static_cast<std::size_t>(length));
        if (auto read = storage_.read(stream.at, slice); !read) {
            out_.error = read.error();
            stream.failed = true;
            return false;
        }
        stream.slice = slice;
        stream.at += length;
        out_.bytes += length;
        return true;
    }

    void group(std::uint32_t count) {
        BT_ASSERT(count <= crypto::kMaxSha1Streams);
        std::array<Stream, crypto::kMaxSha1Streams> all;
        const auto streams = std::span(all).first(count);
        const auto room = kReadBytes / count / kBlockSize * kBlockSize;
        for (std::uint32_t i = 0; i < count; ++i) {
            streams[i].at = offset(next_ + i);
            streams[i].end = streams[i].at + size(next_ + i);
            streams[i].room = read_buffer().subspan(i * room, room);
        }
        for (;;) {
            std::array<crypto::Sha1Update, crypto::kMaxSha1Streams> updates;
            std::size_t updated = 0;
            for (auto& stream : streams) {
                if (advance(stream)) updates[updated++] = {&stream.hash, {&stream.slice, 1}};
            }
            if (updated == 0) break;
            crypto::sha1_update(std::span(updates).first(updated));
        }
        for (auto& stream : streams) {
            out_.digests.emplace_back();
            if (!stream.failed) out_.digests.back() = stream.hash.finish();
        }
        next_ += count;
    }

    Storage& storage_;
    const metainfo::PieceLayout& layout_;
    std::uint32_t next_;
    std::uint32_t end_;
    PieceHashes out_;
};

}  // namespace

PieceHashes hash_pieces(Storage& storage, PieceIndex first, std::uint32_t count) {
    BT_ASSERT(first.value() + count <= storage.metainfo().layout.piece_count());
    return Hashing(storage, first, count).run();
}

bool begins_with(Storage& storage, PieceIndex piece, const resume::Prefix& prefix) {
    const auto offset = storage.metainfo().layout.piece_offset(piece);
    crypto::Sha1 hash;
    for (std::size_t at = 0; at < prefix.length;) {
        const auto part =
            read_buffer().first(std::min<std::size_t>(kReadBytes, prefix.length - at));
        if (!storage.read(offset + at, part)) return false;
        hash.update(part);
        at += part.size();
    }
    return hash.words() == prefix.hash.words();
}

}  // namespace bt::disk
