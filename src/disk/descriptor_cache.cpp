#include "disk/descriptor_cache.hpp"

#include <utility>

namespace bt::disk {

Handle DescriptorCache::find(std::uint32_t key) {
    const std::lock_guard lock(mutex_);
    const auto at = by_key_.find(key);
    if (at == by_key_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, at->second);
    return at->second->handle;
}

void DescriptorCache::insert(std::uint32_t key, Handle handle) {
    List closing;  // declared before the lock: close(2) can take long, so it happens after it
    const std::lock_guard lock(mutex_);
    entries_.push_front({key, std::move(handle)});
    const auto [at, is_new] = by_key_.try_emplace(key, entries_.begin());
    if (is_new) {
        ++open_;
    } else {
        closing.splice(closing.begin(), entries_, at->second);
        at->second = entries_.begin();
    }
    while (entries_.size() > 1 && open_ > limit_) {
        by_key_.erase(entries_.back().key);
        closing.splice(closing.begin(), entries_, std::prev(entries_.end()));
        --open_;
    }
}

void DescriptorCache::clear() {
    List closing;
    const std::lock_guard lock(mutex_);
    open_ -= entries_.size();
    by_key_.clear();
    closing.swap(entries_);
}

}  // namespace bt::disk
