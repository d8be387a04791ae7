// What the tracker tests share: a request, times, endpoints.
#pragma once

#include <string_view>
#include <vector>

#include "bt/core/endpoint.hpp"
#include "bt/core/time.hpp"
#include "bt/tracker/announce.hpp"

namespace bt::tracker::test {

inline InfoHash hash_of(char fill) {
    InfoHash out;
    out.bytes.fill(static_cast<std::byte>(fill));
    return out;
}

inline AnnounceRequest sample_request() {
    AnnounceRequest out;
    out.info_hash = hash_of('h');
    out.peer_id.bytes.fill(std::byte{'p'});
    out.port = 6881;
    out.uploaded = 1;
    out.downloaded = 2;
    out.left = 3;
    out.key = 0xdeadbeef;
    return out;
}

/// `seconds` after the start of the world.
inline TimePoint at(std::int64_t seconds) {
    return TimePoint{} + std::chrono::seconds(seconds);
}

inline std::vector<Endpoint> endpoints(std::initializer_list<std::string_view> texts) {
    std::vector<Endpoint> out;
    for (const auto text : texts)
        out.push_back(Endpoint::parse(text).value());
    return out;
}

}  // namespace bt::tracker::test
