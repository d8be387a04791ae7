#include "bt/disk/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace bt::disk {
namespace {

constexpr rlim_t kWanted = 65'536;
constexpr std::size_t kMaxOpenFiles = 512;
constexpr std::size_t kMinOpenFiles = 4;

}  // namespace

std::size_t raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    const auto wanted = std::min(limit.rlim_max, kWanted);
    if (limit.rlim_cur < wanted) {
        const auto before = limit.rlim_cur;
        limit.rlim_cur = wanted;
        if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
    }
    return static_cast<std::size_t>(limit.rlim_cur);
}

std::size_t file_descriptor_budget() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kMinOpenFiles;
    const auto share = static_cast<std::size_t>(std::min(limit.rlim_cur, kWanted)) / 4;
    return std::clamp(share, kMinOpenFiles, kMaxOpenFiles);
}

}  // namespace bt::disk
