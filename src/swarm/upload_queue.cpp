#include "bt/swarm/upload_queue.hpp"

#include <algorithm>

namespace bt::swarm {

bool UploadQueue::push(const BlockRequest& block) {
    if (std::find(queued_.begin(), queued_.end(), block) != queued_.end()) {
        ++futile_;
        return true;
    }
    const auto read = std::find_if(reading_.begin(), reading_.end(),
                                   [&](const Reading& r) { return r.block == block; });
    if (read != reading_.end()) {
        if (!read->cancelled) ++futile_;
        read->cancelled = false;  // asked for again: the read under way will do
        return true;
    }
    if (queued_.size() >= kMaxQueued) {
        ++futile_;
        return false;
    }
    queued_.push_back(block);
    return true;
}

std::optional<BlockRequest> UploadQueue::next_to_read(std::size_t unsent_bytes, std::size_t room) {
    if (queued_.empty()) return std::nullopt;
    // What was cancelled while it is read takes its memory until the read is back.
    const auto bytes = unsent_bytes + reading_bytes_ + queued_.front().length;
    if (bytes > std::min(kMaxBytes, room)) return std::nullopt;
    const auto block = queued_.front();
    queued_.pop_front();
    reading_.push_back({block});
    reading_bytes_ += block.length;
    return block;
}

bool UploadQueue::on_read(const BlockRequest& block) {
    const auto read = std::find_if(reading_.begin(), reading_.end(),
                                   [&](const Reading& r) { return r.block == block; });
    if (read == reading_.end()) return false;
    const bool wanted = !read->cancelled;
    reading_.erase(read);
    reading_bytes_ -= block.length;
    return wanted;
}

bool UploadQueue::cancel(const BlockRequest& block) {
    if (const auto at = std::find(queued_.begin(), queued_.end(), block); at != queued_.end()) {
        queued_.erase(at);
        return true;
    }
    for (auto& read : reading_) {
        if (read.block != block || read.cancelled) continue;
        read.cancelled = true;
        return true;
    }
    ++futile_;
    return false;
}

std::vector<BlockRequest> UploadQueue::clear() {
    std::vector<BlockRequest> forgotten;
    forgotten.reserve(reading_.size() + queued_.size());
    for (auto& read : reading_) {
        if (!read.cancelled) forgotten.push_back(read.block);
        read.cancelled = true;
    }
    forgotten.insert(forgotten.end(), queued_.begin(), queued_.end());
    queued_.clear();
    return forgotten;
}

}  // namespace bt::swarm
