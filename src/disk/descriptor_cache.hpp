// DescriptorCache: open files or folders by number, least recently used last. Callable from any
// thread. A handle that somebody still uses outlives its eviction.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "disk/descriptor.hpp"

namespace bt::disk {

struct OpenFile {
    Descriptor fd;
    bool writable = false;
};
using Handle = std::shared_ptr<const OpenFile>;

class DescriptorCache {
public:
    /// Evicts while `open`, which can be common to several caches, exceeds `limit`; keeps the
    /// newest in any case.
    DescriptorCache(std::size_t limit, std::atomic<std::size_t>& open)
        : limit_(limit), open_(open) {}
    ~DescriptorCache() { clear(); }
    DescriptorCache(const DescriptorCache&) = delete;
    DescriptorCache& operator=(const DescriptorCache&) = delete;

    /// Null when it is not there.
    [[nodiscard]] Handle find(std::uint32_t key);
    void insert(std::uint32_t key, Handle handle);
    void clear();

private:
    struct Entry {
        std::uint32_t key;
        Handle handle;
    };
    using List = std::list<Entry>;

    const std::size_t limit_;
    std::atomic<std::size_t>& open_;
    std::mutex mutex_;
    List entries_;  // newest first
    std::unordered_map<std::uint32_t, List::iterator> by_key_;
};

}  // namespace bt::disk
