#include "session/disk_service.hpp"

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
                         std::size_t buffer_limit_bytes, Deliver deliver,
                         std::function<void()> drained)
    : blocks_(blocks),
      receive_limit_(receive_limit(buffer_limit_bytes)),
      deliver_(std::move(deliver)),
      drained_(std::move(drained)),
      pool_(threads, [this, &io] { net::asio::post(io, [this] { drain(); }); }) {}

void DiskService::submit(disk::Job job) {
    if (const auto* piece = std::get_if<disk::PieceJob>(&job)) write_bytes_ += piece->length;
    pool_.submit(std::move(job));
}

void DiskService::drain() {
    std::vector<disk::Job> batch = std::exchange(completed_, {});
    pool_.take_completed(batch);
    for (auto& job : batch) {
        if (const auto* piece = std::get_if<disk::PieceJob>(&job)) write_bytes_ -= piece->length;
        deliver_(job);
    }
    batch.clear();
    completed_ = std::move(batch);
    drained_();
}

}  // namespace bt::session
