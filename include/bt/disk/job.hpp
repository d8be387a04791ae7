// Jobs for the disk pool. A job owns all that it touches and names the rest by id; it goes down to
// a worker and comes back with its outcome inside.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "bt/core/block.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/result.hpp"
#include "bt/core/time.hpp"
#include "bt/crypto/sha1.hpp"
#include "bt/disk/storage.hpp"

namespace bt::disk {

enum class Outcome : std::uint8_t {
    pending,
    done,      // PieceJob: written, and if it was the last run, verified
    mismatch,  // the digest is another
    altered,   // PieceJob: what was parked is not on disk any more as it was put there
    failed,    // see `error`
};

/// Hashes a run of a piece and writes it. Runs of one piece come one after the other, each with the
/// `hash` of the one before, and begin at a multiple of kBlockSize. The last is verified before it
/// is written, the others are written as they come: of a piece in one run, nothing wrong is
/// written, but for what a ParkJob has put there.
struct PieceJob {
    TorrentId torrent;
    std::shared_ptr<Storage> storage;
    PieceIndex piece;
    std::uint32_t begin = 0;
    std::uint32_t length = 0;
    bool last = false;
    bool want_digests = false;
    crypto::Sha1 hash;                // in: of [0, begin); out: of [0, begin + length)
    std::vector<BlockBuffer> blocks;  // nothing where one is parked
    ParkedBlocks parked;              // of the run

    Outcome outcome = Outcome::pending;
    /// One a block of the whole piece: of the last run, on mismatch or when wanted. Empty if the
    /// earlier runs could not be read back as they were.
    std::vector<Sha1Digest> digests;
    Error error;  // of a failure; of `altered`, why something could not be read, if so
    /// Spent on hashing, of jobs that were hashed together all on the first; and on writing.
    Duration hash_time{0};
    Duration write_time{0};
};

/// Writes blocks of a piece to their place without looking at them, while the piece has no other
/// job.
struct ParkJob {
    TorrentId torrent;
    std::shared_ptr<Storage> storage;
    PieceIndex piece;
    std::vector<std::uint32_t> blocks;    // by their numbers in the piece, in order
    std::vector<BlockBuffer> buffers;     // of each
    std::vector<std::uint32_t> given_up;  // were parked, and are not to be used

    Outcome outcome = Outcome::pending;
    std::vector<std::uint32_t> marks;  // out: of each block, the beginning of its SHA-1
    Error error;
};

/// Reads a block for a peer.
struct ReadJob {
    TorrentId torrent;
    std::shared_ptr<Storage> storage;
    PeerKey peer;
    BlockRequest block;
    BlockBuffer buffer;

    Outcome outcome = Outcome::pending;
    Error error;
};

/// Hashes pieces that are on disk: [first, first + good.size()).
struct CheckJob {
    TorrentId torrent;
    std::shared_ptr<Storage> storage;
    PieceIndex first;
    bool record = false;  // the resume state is told of those that are good
    // Of the one piece, all that is looked at, if either is given:
    std::optional<resume::Prefix> prefix;
    std::optional<ParkedBlocks> parked;  // out: those that are as they were put there
    std::vector<bool> good;              // in: size only; out: the verdicts
    std::uint64_t bytes = 0;             // out: hashed

    Outcome outcome = Outcome::pending;
    /// Of the last piece that could not be read, which is not good but fails nothing; of the
    /// resume state, if the job has failed.
    Error error;
};

/// Storage work that belongs to no piece: what prepares and what ends a torrent.
struct StorageJob {
    enum class Kind : std::uint8_t {
        survey,
        clear,
        make_empty_files,
        begin,  // the empty files, and the resume state
        sync,   // on a thread of its own, since it can take as long as the device likes
        confirm,
        finish,  // all is there
        close,   // with work left
    };
    TorrentId torrent;
    std::shared_ptr<Storage> storage;
    Kind kind = Kind::survey;
    bool believe = true;                   // survey: in
    bool allocate = false;                 // begin: in, reserve space
    bool sparse = false;                   // begin: out, the file system cannot
    Survey survey;                         // survey: out. clear: files in. begin: verdict in
    Bitfield have;                         // clear, begin: in
    std::optional<std::string> disturbed;  // confirm: out, a file that somebody else changed

    Outcome outcome = Outcome::pending;
    Error error;
};

using Job = std::variant<PieceJob, ParkJob, ReadJob, CheckJob, StorageJob>;

/// Of blocks that the job is to write, or has written.
[[nodiscard]] std::size_t bytes_to_write(const Job& job);

/// Does the job, on whatever thread it is called.
void run(Job& job);
/// Does several at a time: they are hashed together, which costs less than one after the other.
void run(std::span<PieceJob* const> jobs);

}  // namespace bt::disk
