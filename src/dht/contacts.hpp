// Contacts: addresses of one family where a node may be, which are asked before anything is made of
// them: from an earlier run, from peers (PORT), from torrents, from what others answer. Owned by
// the Dht.
//
// Invariants: no more than kMax; an endpoint stands in it once; the oldest gives way to the newest.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "bt/core/endpoint.hpp"
#include "bt/dht/node_id.hpp"

namespace bt::dht {

class Contacts {
public:
    static constexpr std::size_t kMax = 256;

    struct Contact {
        Endpoint endpoint;
        std::optional<NodeId> id;  // as we were told
    };

    void add(const Endpoint& endpoint, std::optional<NodeId> id);
    /// The one that has waited for the longest time.
    [[nodiscard]] std::optional<Contact> take();
    /// It has been asked otherwise.
    void remove(const Endpoint& endpoint);
    /// Those whose id we know, the nearest to `target` first.
    [[nodiscard]] std::vector<NodeInfo> closest(const NodeId& target, std::size_t most) const;
    /// Those whose id we do not know.
    [[nodiscard]] std::vector<Endpoint> unnamed(std::size_t most) const;

    [[nodiscard]] std::size_t size() const { return waiting_.size(); }
    void clear() { waiting_.clear(); }

private:
    std::deque<Contact> waiting_;  // oldest first
};

}  // namespace bt::dht
