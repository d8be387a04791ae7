// DiskPool: the threads that hash, write and read. Owned by the session.
//
// Jobs enter by submit() and come home through take_completed(), both on the io thread. Reads for
// peers go before other work. Pieces that wait are hashed several at a time, by as few workers as
// keep up: that costs less, and each is done hardly later. Syncs, which take as long as the device
// likes, have a thread of their own, begun with the first. Completions are coalesced: `wake` is
// called, on a worker, only when the list of completed jobs turns non-empty. With zero threads
// submit() runs the job at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "bt/disk/job.hpp"

namespace bt::disk {

class DiskPool {
public:
    using Wake = std::function<void()>;

    /// `wake` must be callable from any thread until the pool is gone.
    DiskPool(unsigned threads, Wake wake);
    /// Waits for the jobs that have begun; drops the rest. Completed jobs must have been taken, or
    /// their block buffers are given back here, on the calling (io) thread.
    ~DiskPool();
    DiskPool(const DiskPool&) = delete;
    DiskPool& operator=(const DiskPool&) = delete;

    void submit(Job job);
    /// Moves what has been completed to the end of `out`.
    void take_completed(std::vector<Job>& out);
    /// Submitted and not yet taken.
    [[nodiscard]] std::size_t pending() const;
    [[nodiscard]] unsigned threads() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace bt::disk
