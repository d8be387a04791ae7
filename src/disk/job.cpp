#include "bt/disk/job.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "bt/core/assert.hpp"

namespace bt::disk {
namespace {

// Long enough that a read costs little beside the hashing, short enough to stay in cache.
constexpr std::size_t kReadBytes = 1 << 20;

/// The calling thread's own room for kReadBytes.
MutableBytes scratch() {
    thread_local const auto buffer = std::make_unique_for_overwrite<std::byte[]>(kReadBytes);
    return {buffer.get(), kReadBytes};
}

std::vector<Bytes> parts_of(const PieceJob& job) {
    std::vector<Bytes> parts;
    parts.reserve(job.blocks.size());
    std::uint32_t left = job.length;
    for (const auto& block : job.blocks) {
        const auto size = std::min(left, kBlockSize);
        parts.push_back(block.bytes(size));
        left -= size;
    }
    BT_ASSERT(left == 0);
    return parts;
}

/// Digests of every block: of what has been written before this run, then of the run.
/// Empty when that cannot be read back.
std::vector<Sha1Digest> block_digests(const PieceJob& job, std::span<const Bytes> parts,
                                      std::uint64_t piece_offset) {
    std::vector<Sha1Digest> digests;
    digests.reserve(job.begin / kBlockSize + parts.size());
    for (std::uint32_t at = 0; at < job.begin;) {
        const auto part = scratch().first(std::min<std::size_t>(kReadBytes, job.begin - at));
        if (!job.storage->read(piece_offset + at, part)) return {};
        for (std::size_t block = 0; block < part.size(); block += kBlockSize)
            digests.push_back(crypto::sha1(part.subspan(block, kBlockSize)));
        at += static_cast<std::uint32_t>(part.size());
    }
    for (const auto& part : parts)
        digests.push_back(crypto::sha1(part));
    return digests;
}

void perform(PieceJob& job) {
    BT_ASSERT(job.begin % kBlockSize == 0);
    const auto& metainfo = job.storage->metainfo();
    const auto offset = metainfo.layout.piece_offset(job.piece);
    const auto parts = parts_of(job);
    for (const auto& part : parts)
        job.hash.update(part);

    bool good = true;
    if (job.last) {
        auto hash = job.hash;
        good = hash.finish() == metainfo.piece_hashes[job.piece.value()];
        if (!good || job.want_digests) job.digests = block_digests(job, parts, offset);
    }
    if (!good) {
        job.outcome = Outcome::mismatch;  // what is known to be wrong need not reach the disk
        return;
    }
    const auto written = job.storage->write(offset + job.begin, parts);
    job.outcome = written ? Outcome::done : Outcome::failed;
    if (!written) job.error = written.error();
}

void perform(ReadJob& job) {
    const auto& layout = job.storage->metainfo().layout;
    BT_ASSERT(job.buffer && layout.contains(job.block));
    const auto read = job.storage->read(layout.piece_offset(job.block.piece) + job.block.begin,
                                        {job.buffer.data(), job.block.length});
    job.outcome = read ? Outcome::done : Outcome::failed;
    if (!read) job.error = read.error();
}

bool check_piece(CheckJob& job, PieceIndex piece) {
    const auto& metainfo = job.storage->metainfo();
    const auto offset = metainfo.layout.piece_offset(piece);
    const auto size = metainfo.layout.piece_size(piece);
    crypto::Sha1 hash;
    for (std::uint32_t at = 0; at < size;) {
        const auto part = scratch().first(std::min<std::size_t>(kReadBytes, size - at));
        if (auto read = job.storage->read(offset + at, part); !read) {
            job.error = std::move(read.error());
            return false;
        }
        hash.update(part);
        at += static_cast<std::uint32_t>(part.size());
        job.bytes += part.size();
    }
    return hash.finish() == metainfo.piece_hashes[piece.value()];
}

/// How many pieces from `piece` up to `end` one read can bring; at least one.
std::uint32_t pieces_in_a_read(const metainfo::PieceLayout& layout, PieceIndex piece,
                               std::uint32_t end) {
    std::uint32_t count = 0;
    for (std::size_t length = 0; piece.value() < end; ++piece, ++count) {
        length += layout.piece_size(piece);
        if (length > kReadBytes) break;
    }
    return std::max(count, 1u);
}

/// False if the read fails, which leaves open which of the pieces are to blame.
bool check_together(CheckJob& job, PieceIndex first, std::uint32_t count) {
    const auto& metainfo = job.storage->metainfo();
    const PieceIndex last(first.value() + count - 1);
    const auto offset = metainfo.layout.piece_offset(first);
    const auto end = metainfo.layout.piece_offset(last) + metainfo.layout.piece_size(last);
    auto bytes = scratch().first(static_cast<std::size_t>(end - offset));
    if (!job.storage->read(offset, bytes)) return false;
    job.bytes += bytes.size();
    for (auto piece = first; piece <= last; ++piece) {
        const auto part = bytes.first(metainfo.layout.piece_size(piece));
        bytes = bytes.subspan(part.size());
        job.good[piece.value() - job.first.value()] =
            crypto::sha1(part) == metainfo.piece_hashes[piece.value()];
    }
    return true;
}

void perform(CheckJob& job) {
    const auto& layout = job.storage->metainfo().layout;
    const auto end = job.first.value() + static_cast<std::uint32_t>(job.good.size());
    BT_ASSERT(end <= layout.piece_count());
    for (auto piece = job.first; piece.value() < end;) {
        const auto count = pieces_in_a_read(layout, piece, end);
        const bool read = count > 1 && check_together(job, piece, count);
        for (std::uint32_t i = 0; i < count; ++i, ++piece) {
            if (!read) job.good[piece.value() - job.first.value()] = check_piece(job, piece);
        }
    }
    job.outcome = Outcome::done;
}

Result<> prepare(StorageJob& job) {
    switch (job.kind) {
        case StorageJob::Kind::inspect: {
            auto files = job.storage->inspect();
            if (!files) return files.error();
            job.files = std::move(*files);
            job.have = job.storage->present(job.files);
            return {};
        }
        case StorageJob::Kind::clear:
            return job.storage->clear(job.files, job.have);
        case StorageJob::Kind::make_empty_files:
            return job.storage->make_empty_files();
        case StorageJob::Kind::sync:
            return job.storage->sync();
        case StorageJob::Kind::close_files:
            job.storage->close_files();
            return {};
    }
    return {};
}

void perform(StorageJob& job) {
    const auto result = prepare(job);
    job.outcome = result ? Outcome::done : Outcome::failed;
    if (!result) job.error = result.error();
}

}  // namespace

void run(Job& job) {
    std::visit([](auto& one) { perform(one); }, job);
}

}  // namespace bt::disk
