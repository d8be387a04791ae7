// DiskService: the session's end of the disk pool. It counts what is under way, and brings
// completed jobs to the torrents that asked. Io thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "bt/core/block.hpp"
#include "bt/disk/disk_pool.hpp"
#include "bt/net/asio.hpp"
#include "bt/session/counters.hpp"

namespace bt::session {

class DiskService {
public:
    using Deliver = std::function<void(disk::Job&)>;

    /// `deliver` is called for each completed job, `drained` after each batch of them.
    DiskService(net::asio::io_context& io, unsigned threads, const BlockPool& blocks,
                Counters& counters, std::size_t buffer_limit_bytes, Deliver deliver,
                std::function<void()> drained);

    void submit(disk::Job job);
    /// So many bytes of blocks wait to be submitted: they hold peers back as if they were.
    void hold(std::size_t bytes) { write_bytes_ += bytes; }
    void release(std::size_t bytes) { write_bytes_ -= bytes; }
    /// So much is held in memory that peers must wait. True only while the disk has something to
    /// write, which always drains, so that nobody waits for ever.
    [[nodiscard]] bool receiving_blocked() const {
        return write_bytes_ > 0 && blocks_.bytes_in_use() > receive_limit_;
    }
    [[nodiscard]] std::size_t pending() const { return pool_.pending(); }
    [[nodiscard]] unsigned threads() const { return pool_.threads(); }

private:
    void drain();
    void count(const disk::PieceJob& job);

    const BlockPool& blocks_;
    Counters& counters_;
    std::size_t receive_limit_;
    std::size_t write_bytes_ = 0;  // of blocks submitted to be written, or held
    Deliver deliver_;
    std::function<void()> drained_;
    std::vector<disk::Job> completed_;
    /// A job may come back as late as when the pool joins its threads: what it posts to the io
    /// thread then finds nobody.
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
    disk::DiskPool pool_;
};

}  // namespace bt::session
