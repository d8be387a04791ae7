#include "bt/disk/job.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "bt/core/assert.hpp"
#include "bt/disk/piece_hash.hpp"
#include "disk/system.hpp"

namespace bt::disk {
namespace {

class Stopwatch {
public:
    [[nodiscard]] Duration elapsed() const { return Clock::now() - began_; }

private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point began_ = Clock::now();
};

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
/// Empty when that cannot be read back as it was.
std::vector<Sha1Digest> block_digests(const PieceJob& job, std::span<const Bytes> parts,
                                      std::uint64_t piece_offset) {
    std::vector<Sha1Digest> digests;
    digests.reserve(job.begin / kBlockSize + parts.size());
    crypto::Sha1 all;
    for (std::uint32_t at = 0; at < job.begin;) {
        const auto part = read_buffer().first(std::min<std::size_t>(kReadBytes, job.begin - at));
        if (!job.storage->read(piece_offset + at, part)) return {};
        for (std::size_t block = 0; block < part.size(); block += kBlockSize)
            digests.push_back(crypto::sha1(part.subspan(block, kBlockSize)));
        all.update(part);
        at += static_cast<std::uint32_t>(part.size());
    }
    for (const auto& part : parts) {
        digests.push_back(crypto::sha1(part));
        all.update(part);
    }
    // If the disk gives back other bytes than it was given, they are no evidence against a peer.
    auto received = job.hash;
    if (all.finish() != received.finish()) digests.clear();
    return digests;
}

/// After its blocks have gone into `job.hash`.
void verify_and_write(PieceJob& job, std::span<const Bytes> parts) {
    const auto& metainfo = job.storage->metainfo();
    const auto offset = metainfo.layout.piece_offset(job.piece);
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
    const Stopwatch watch;
    const auto written = job.storage->write(offset + job.begin, parts);
    job.write_time = watch.elapsed();
    job.outcome = written ? Outcome::done : Outcome::failed;
    if (!written) job.error = written.error();
}

/// Tells the resume state of what has been written: whole pieces of one torrent in one record.
void record(std::span<PieceJob* const> jobs) {
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        auto& job = *jobs[i];
        if (job.outcome == Outcome::mismatch && job.begin > 0) {
            (void)job.storage->record(job.piece, {});  // if it fails: the piece's hash tells again
        }
        if (job.outcome != Outcome::done) continue;
        Result<> recorded;
        if (!job.last) {
            recorded = job.storage->record(job.piece, {job.begin + job.length, job.hash});
        } else {
            std::vector<PieceIndex> pieces;
            auto end = i;
            const auto goes_along = [&](const PieceJob& other) {
                return other.storage == job.storage && other.last && other.outcome == Outcome::done;
            };
            for (; end < jobs.size() && goes_along(*jobs[end]); ++end)
                pieces.push_back(jobs[end]->piece);
            recorded = job.storage->record(pieces);
            i = end - 1;
        }
        if (recorded) continue;
        job.outcome = Outcome::failed;
        job.error = recorded.error();
    }
}

void perform(std::span<PieceJob* const> jobs) {
    BT_ASSERT(!jobs.empty());
    std::vector<std::vector<Bytes>> parts(jobs.size());
    std::vector<crypto::Sha1Update> updates(jobs.size());
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        BT_ASSERT(jobs[i]->begin % kBlockSize == 0);
        parts[i] = parts_of(*jobs[i]);
        updates[i] = {&jobs[i]->hash, parts[i]};
    }
    const Stopwatch watch;
    crypto::sha1_update(updates);
    jobs.front()->hash_time = watch.elapsed();
    for (std::size_t i = 0; i < jobs.size(); ++i)
        verify_and_write(*jobs[i], parts[i]);
    record(jobs);
}

void perform(PieceJob& job) {
    PieceJob* const one = &job;
    perform(std::span(&one, 1));
}

void perform(ReadJob& job) {
    const auto& layout = job.storage->metainfo().layout;
    BT_ASSERT(job.buffer && layout.contains(job.block));
    const auto read = job.storage->read(layout.piece_offset(job.block.piece) + job.block.begin,
                                        {job.buffer.data(), job.block.length});
    job.outcome = read ? Outcome::done : Outcome::failed;
    if (!read) job.error = read.error();
}

/// The piece shares bytes with skipped files, and is good with those as they are.
bool is_good_outside(Storage& storage, PieceIndex piece) {
    if (!storage.read_outside(piece, true)) return false;
    const auto hashes = hash_pieces(storage, piece, 1);
    const bool good = hashes.digests[0] == storage.metainfo().piece_hashes[piece.value()];
    return storage.read_outside(piece, good) && good;
}

void perform(CheckJob& job) {
    const auto count = static_cast<std::uint32_t>(job.good.size());
    if (job.prefix) {
        BT_ASSERT(count == 1);
        job.good[0] = begins_with(*job.storage, job.first, *job.prefix);
        job.bytes = job.prefix->length;
        job.outcome = Outcome::done;
        return;
    }
    auto hashes = hash_pieces(*job.storage, job.first, count);
    const auto& right = job.storage->metainfo().piece_hashes;
    for (std::uint32_t i = 0; i < count; ++i) {
        const PieceIndex piece(job.first.value() + i);
        job.good[i] = hashes.digests[i] == right[piece.value()];
        if (!job.good[i]) job.good[i] = is_good_outside(*job.storage, piece);
    }
    job.bytes = hashes.bytes;
    job.error = std::move(hashes.error);
    job.outcome = Outcome::done;
    if (!job.record) return;
    std::vector<PieceIndex> found;
    for (std::uint32_t i = 0; i < count; ++i) {
        if (job.good[i]) found.emplace_back(job.first.value() + i);
    }
    const auto recorded = job.storage->record_found(found);
    if (recorded) return;
    job.outcome = Outcome::failed;
    job.error = recorded.error();
}

Result<> prepare(StorageJob& job) {
    auto& storage = *job.storage;
    switch (job.kind) {
        case StorageJob::Kind::survey: {
            auto survey = storage.survey(job.believe);
            if (!survey) return survey.error();
            job.survey = std::move(*survey);
            return {};
        }
        case StorageJob::Kind::clear:
            return storage.clear(job.survey.files, job.have);
        case StorageJob::Kind::make_empty_files:
            return storage.make_empty_files();
        case StorageJob::Kind::begin: {
            const auto made = storage.make_empty_files();
            if (!made) return made;
            if (job.allocate) {
                const auto allocated = storage.allocate();
                if (!allocated) return allocated.error();
                job.sparse = !*allocated;
            }
            return storage.begin(job.have, job.survey.verdict);
        }
        case StorageJob::Kind::sync:
            return storage.sync();
        case StorageJob::Kind::confirm: {
            auto disturbed = storage.confirm();
            if (!disturbed) return disturbed.error();
            job.disturbed = std::move(*disturbed);
            return {};
        }
        case StorageJob::Kind::finish:
            storage.finish();
            storage.close_files();
            return {};
        case StorageJob::Kind::close:
            storage.settle();
            storage.close_files();
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

void run(std::span<PieceJob* const> jobs) {
    perform(jobs);
}

}  // namespace bt::disk
