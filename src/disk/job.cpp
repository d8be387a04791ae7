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

std::uint32_t mark_of(Bytes block) {
    return read_be<std::uint32_t>(crypto::sha1(block).data());
}

/// The bytes of a run, block by block: those in memory, and those that have been read back.
struct Run {
    std::vector<Bytes> parts;
    ByteVector read_back;
};

std::uint64_t offset_of(const PieceJob& job) {
    return job.storage->metainfo().layout.piece_offset(job.piece);
}

/// Sets the job's outcome if it cannot be done.
Run gather(PieceJob& job) {
    Run run;
    run.read_back.resize(job.parked.size() * kBlockSize);
    MutableBytes room(run.read_back);
    for (std::uint32_t i = 0; i < job.blocks.size(); ++i) {
        const auto begin = i * kBlockSize;
        const auto size = std::min(job.length - begin, kBlockSize);
        if (job.blocks[i]) {
            run.parts.push_back(job.blocks[i].bytes(size));
            continue;
        }
        const auto part = room.first(size);
        room = room.subspan(kBlockSize);
        const auto read = job.storage->read(offset_of(job) + job.begin + begin, part);
        const bool same = read && mark_of(part) == job.parked.at(job.begin / kBlockSize + i);
        if (!same) job.outcome = Outcome::altered;
        if (!read) job.error = read.error();
        run.parts.push_back(part);
    }
    return run;
}

/// What is in memory, as far as nothing lies between.
Result<> write(PieceJob& job, std::span<const Bytes> parts) {
    const auto offset = offset_of(job) + job.begin;
    for (std::size_t i = 0; i < parts.size();) {
        auto end = i;
        while (end < parts.size() && job.blocks[end])
            ++end;
        if (end > i) {
            const auto written =
                job.storage->write(offset + i * kBlockSize, parts.subspan(i, end - i));
            if (!written) return written;
        }
        i = std::max(end, i + 1);
    }
    return {};
}

/// Digests of every block: of what has been written before this run, then of the run.
/// Empty when that cannot be read back as it was.
std::vector<Sha1Digest> block_digests(const PieceJob& job, std::span<const Bytes> parts) {
    std::vector<Sha1Digest> digests;
    digests.reserve(job.begin / kBlockSize + parts.size());
    crypto::Sha1 all;
    for (std::uint32_t at = 0; at < job.begin;) {
        const auto part = read_buffer().first(std::min<std::size_t>(kReadBytes, job.begin - at));
        if (!job.storage->read(offset_of(job) + at, part)) return {};
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
    if (job.outcome == Outcome::altered) return;
    bool good = true;
    if (job.last) {
        auto hash = job.hash;
        good = hash.finish() == job.storage->metainfo().piece_hashes[job.piece.value()];
        if (!good || job.want_digests) job.digests = block_digests(job, parts);
    }
    if (!good) {
        job.outcome = Outcome::mismatch;  // what is known to be wrong need not reach the disk
        return;
    }
    const Stopwatch watch;
    const auto written = write(job, parts);
    job.write_time = watch.elapsed();
    job.outcome = written ? Outcome::done : Outcome::failed;
    if (!written) job.error = written.error();
}

/// Tells the resume state of what has been written: whole pieces of one torrent in one record.
void record(std::span<PieceJob* const> jobs) {
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        auto& job = *jobs[i];
        const bool known = job.begin > 0 || !job.parked.empty();  // that some of it is there
        if (job.outcome == Outcome::mismatch && known) {
            (void)job.storage->forget(job.piece);  // if it fails: the piece's hash tells again
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
    std::vector<Run> runs(jobs.size());
    std::vector<crypto::Sha1Update> updates(jobs.size());
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        BT_ASSERT(jobs[i]->begin % kBlockSize == 0);
        runs[i] = gather(*jobs[i]);
        updates[i] = {&jobs[i]->hash, runs[i].parts};
    }
    const Stopwatch watch;
    crypto::sha1_update(updates);
    jobs.front()->hash_time = watch.elapsed();
    for (std::size_t i = 0; i < jobs.size(); ++i)
        verify_and_write(*jobs[i], runs[i].parts);
    record(jobs);
}

void perform(ParkJob& job) {
    const auto& layout = job.storage->metainfo().layout;
    std::vector<Bytes> parts;
    for (std::size_t i = 0; i < job.blocks.size(); ++i) {
        parts.push_back(job.buffers[i].bytes(layout.block(job.piece, job.blocks[i]).length));
        job.marks.push_back(mark_of(parts.back()));
    }
    Result<> done;
    for (std::size_t i = 0; i < parts.size() && done;) {
        auto end = i + 1;
        while (end < parts.size() && job.blocks[end] == job.blocks[end - 1] + 1)
            ++end;
        done = job.storage->write(
            layout.piece_offset(job.piece) + std::uint64_t{job.blocks[i]} * kBlockSize,
            std::span(parts).subspan(i, end - i));
        i = end;
    }
    ParkedBlocks parked;
    for (std::size_t i = 0; i < job.blocks.size(); ++i)
        parked.emplace(job.blocks[i], job.marks[i]);
    if (done) done = job.storage->record_parked(job.piece, parked, job.given_up);
    job.outcome = done ? Outcome::done : Outcome::failed;
    if (!done) job.error = done.error();
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

void keep_unchanged(Storage& storage, PieceIndex piece, ParkedBlocks& blocks) {
    const auto& layout = storage.metainfo().layout;
    std::erase_if(blocks, [&](const auto& one) {
        const auto range = layout.block(piece, one.first);
        const auto part = read_buffer().first(range.length);
        return !storage.read(layout.piece_offset(piece) + range.begin, part) ||
               mark_of(part) != one.second;
    });
}

void perform(CheckJob& job) {
    const auto count = static_cast<std::uint32_t>(job.good.size());
    BT_ASSERT(count == 1 || (!job.prefix && !job.parked));
    if (job.prefix) {
        job.good[0] = begins_with(*job.storage, job.first, *job.prefix);
        job.bytes = job.prefix->length;
        job.outcome = Outcome::done;
        return;
    }
    if (job.parked) {
        job.bytes = job.parked->size() * kBlockSize;
        keep_unchanged(*job.storage, job.first, *job.parked);
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

std::size_t bytes_to_write(const Job& job) {
    if (const auto* piece = std::get_if<PieceJob>(&job)) return piece->length;
    if (const auto* park = std::get_if<ParkJob>(&job)) return park->blocks.size() * kBlockSize;
    return 0;
}

void run(Job& job) {
    std::visit([](auto& one) { perform(one); }, job);
}

void run(std::span<PieceJob* const> jobs) {
    perform(jobs);
}

}  // namespace bt::disk
