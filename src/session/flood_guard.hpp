// FloodGuard: how many datagrams of strangers are looked at. Owned by what receives them.
//
// Invariants: of one address no more than kOfOne and of all together no more than kOfAll within one
// kWindow; it remembers no more than kOfAll addresses.
#pragma once

#include <cstddef>
#include <unordered_map>

#include "bt/core/endpoint.hpp"
#include "bt/core/time.hpp"

namespace bt::session {

class FloodGuard {
public:
    static constexpr Duration kWindow = std::chrono::seconds(10);
    static constexpr std::size_t kOfOne = 20;
    static constexpr std::size_t kOfAll = 200;

    /// False: it is to be dropped unseen.
    [[nodiscard]] bool admit(const IpAddress& from, TimePoint now) {
        if (now >= ends_at_) {
            ends_at_ = now + kWindow;
            seen_.clear();
            admitted_ = 0;
        }
        if (admitted_ == kOfAll) return false;
        auto& of_one = seen_[from];
        if (of_one == kOfOne) return false;
        ++of_one;
        ++admitted_;
        return true;
    }

private:
    TimePoint ends_at_ = TimePoint::min();
    std::size_t admitted_ = 0;
    std::unordered_map<IpAddress, std::size_t> seen_;
};

}  // namespace bt::session
