#include "session/disk_service.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>
#include <variant>

namespace bt::session {

namespace {

/// Requests stop at the buffer limit; what was asked for before that still arrives. Receiving stops
/// when blocks hold this much more.
std::size_t receive_limit(std::size_t buffer_limit_bytes) {
    return buffer_limit_bytes + buffer_limit_bytes / 3;
}

}  // namespace

DiskService::DiskService(net::asio::io_context& io, unsigned threads, const BlockPool& blocks,
                         Counters& counters, std::size_t buffer_limit_bytes, Deliver deliver,
                         std::function<void()> drained)
    : blocks_(blocks),
      counters_(counters),
      receive_limit_(receive_limit(buffer_limit_bytes)),
      deliver_(std::move(deliver)),
      drained_(std::move(drained)),
      pool_(threads, [this, &io, alive = std::weak_ptr(alive_)] {
          net::asio::post(io, [this, alive] {
              if (!alive.expired()) drain();
          });
      }) {}

void DiskService::submit(disk::Job job) {
    write_bytes_ += disk::bytes_to_write(job);
    pool_.submit(std::move(job));
    counters_.most_jobs = std::max(counters_.most_jobs, pool_.pending());
}

void DiskService::drain() {
    std::vector<disk::Job> batch = std::exchange(completed_, {});
    pool_.take_completed(batch);
    for (auto& job : batch) {
        write_bytes_ -= disk::bytes_to_write(job);
        if (const auto* piece = std::get_if<disk::PieceJob>(&job)) count(*piece);
        deliver_(job);
    }
    batch.clear();
    completed_ = std::move(batch);
    drained_();
}

void DiskService::count(const disk::PieceJob& job) {
    ++counters_.runs;
    counters_.run_bytes += job.length;
    counters_.hash_time += job.hash_time;
    counters_.write_time += job.write_time;
}

}  // namespace bt::session
