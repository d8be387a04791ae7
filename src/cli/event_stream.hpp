// EventStream: lines of data on their way to standard output, written by a thread of its own, so
// that whoever reads them holds up nobody but himself. Owned by the display that makes the lines.
//
// Invariants
//  - Lines are written whole, in the order of put(), each as soon as there is room for it.
//  - A reader who has gone, or a full disk, ends the writing and nothing else.
//  - What waits for a slow reader is bounded: see Need.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "bt/core/time.hpp"

namespace bt::cli {

class EventStream {
public:
    /// What becomes of a line when the reader is behind.
    enum class Need : std::uint8_t {
        latest,  // left out once kLatestBytes wait: a newer one says more
        order,   // left out once kMostBytes wait
        always,  // kept; of these there are few
    };
    static constexpr std::size_t kLatestBytes = 64u << 10;
    static constexpr std::size_t kMostBytes = 16u << 20;

    explicit EventStream(int fd);
    /// What still waits is dropped.
    ~EventStream();
    EventStream(const EventStream&) = delete;
    EventStream& operator=(const EventStream&) = delete;

    /// `line` without its end.
    void put(std::string line, Need need);
    /// Until all is written or cannot be, at most for `limit`. False: some of it still waits.
    bool flush(std::optional<Duration> limit);
    /// Lines of Need::order that were left out.
    [[nodiscard]] std::uint64_t left_out() const;
    /// Why nothing is written any more; 0, or of errno. A reader who has gone is no reason.
    [[nodiscard]] int error() const;

private:
    void write();

    int fd_;
    mutable std::mutex mutex_;  // guards all below but the thread
    std::condition_variable changed_;
    std::string waiting_;
    std::size_t writing_ = 0;  // bytes that the thread has in hand
    std::uint64_t left_out_ = 0;
    int error_ = 0;
    bool broken_ = false;  // nothing can be written any more
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace bt::cli
