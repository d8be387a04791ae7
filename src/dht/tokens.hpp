// Tokens: proof that who announces has asked before from the same address (BEP 5). A token is made
// of a secret, the address and the info-hash, so nothing is kept for those who were given one.
// Owned by the Dht.
//
// Invariants: a token is good for at least kLifetime and less than twice that, for one address and
// one info-hash.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "bt/core/bytes.hpp"
#include "bt/core/endpoint.hpp"
#include "bt/core/time.hpp"
#include "bt/dht/node_id.hpp"

namespace bt::dht {

class Tokens {
public:
    static constexpr std::size_t kSize = 8;
    static constexpr Duration kLifetime = std::chrono::minutes(5);
    using Token = std::array<std::byte, kSize>;

    explicit Tokens(Random random);

    [[nodiscard]] Token make(const IpAddress& address, const NodeId& info_hash, TimePoint now);
    [[nodiscard]] bool accepts(Bytes token, const IpAddress& address, const NodeId& info_hash,
                               TimePoint now);

private:
    using Secret = std::array<std::byte, 16>;
    [[nodiscard]] Secret new_secret() const;
    [[nodiscard]] static Token make(const Secret& secret, const IpAddress& address,
                                    const NodeId& info_hash);
    void rotate(TimePoint now);

    Random random_;
    Secret current_;
    Secret previous_;
    TimePoint rotate_at_ = kNever;
};

}  // namespace bt::dht
