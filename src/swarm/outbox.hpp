// Outbox: the actions that the swarm's parts leave behind for its owner.
#pragma once

#include <iterator>
#include <utility>
#include <vector>

#include "bt/swarm/action.hpp"
#include "swarm/peer_table.hpp"

namespace bt::swarm {

class Outbox {
public:
    void push(Action action) { actions_.push_back(std::move(action)); }
    void send(const Peer& to, wire::MessageId id, const BlockRequest& block = {}) {
        if (!to.closing) actions_.emplace_back(Send{to.key, id, block});
    }
    /// The owner will tell that the peer is gone. It gets nothing more.
    void close(Peer& peer, CloseReason reason, bool ban = false) {
        if (peer.closing) return;
        peer.closing = true;
        actions_.emplace_back(Disconnect{peer.key, reason, ban});
    }
    void take(std::vector<Action>& out) {
        if (out.empty()) {
            out.swap(actions_);
        } else {
            out.insert(out.end(), std::make_move_iterator(actions_.begin()),
                       std::make_move_iterator(actions_.end()));
        }
        actions_.clear();
    }

private:
    std::vector<Action> actions_;
};

}  // namespace bt::swarm
