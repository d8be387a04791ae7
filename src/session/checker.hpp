// Checker: hashes what is on disk, before a torrent starts on all disk threads, beside it on one.
// Owned by a torrent for as long as it checks; on the io thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "bt/core/bitfield.hpp"
#include "bt/disk/job.hpp"

namespace bt::session {

class Checker {
public:
    using Submit = std::function<void(disk::Job)>;

    struct Work {
        Bitfield pieces;  // worth hashing
        std::map<PieceIndex, resume::Prefix> prefixes;
        std::map<PieceIndex, ParkedBlocks> parked;
        bool record = false;  // the resume state is told of good pieces
    };

    /// At most `window` jobs are under way at a time.
    Checker(TorrentId torrent, std::shared_ptr<disk::Storage> storage, Work work, unsigned window,
            Submit submit);

    /// Submits the first jobs. A checker without pieces is done at once.
    void start();
    void on_checked(const disk::CheckJob& job);

    [[nodiscard]] bool done() const {
        return under_way_ == 0 && next_ == work_.pieces.size() && work_.prefixes.empty() &&
               work_.parked.empty();
    }
    [[nodiscard]] const Bitfield& good() const { return good_; }
    [[nodiscard]] const std::map<PieceIndex, resume::Prefix>& good_prefixes() const {
        return good_prefixes_;
    }
    /// The blocks that are as they were put there; pieces without one left out.
    [[nodiscard]] const std::map<PieceIndex, ParkedBlocks>& good_parked() const {
        return good_parked_;
    }
    /// A file that is there and may not be opened: what is in it is unknown.
    [[nodiscard]] const std::optional<Error>& refused() const { return refused_; }
    [[nodiscard]] std::uint64_t hashed_bytes() const { return hashed_bytes_; }
    [[nodiscard]] std::uint64_t total_bytes() const { return total_bytes_; }

private:
    void fill();
    void submit_pieces();
    void submit_prefix();
    void submit_parked();
    void submit(disk::CheckJob job);

    TorrentId torrent_;
    std::shared_ptr<disk::Storage> storage_;
    Work work_;  // prefixes and parked blocks are taken away as they are looked at
    Bitfield good_;
    std::map<PieceIndex, resume::Prefix> good_prefixes_;
    std::map<PieceIndex, ParkedBlocks> good_parked_;
    unsigned window_;
    unsigned under_way_ = 0;
    std::uint32_t next_ = 0;
    std::uint64_t hashed_bytes_ = 0;
    std::uint64_t total_bytes_ = 0;
    std::optional<Error> refused_;
    Submit submit_;
};

}  // namespace bt::session
