// SimNet: nodes that read no faster than a limit, as a session does.
#include <algorithm>

#include "sim/sim_connection.hpp"
#include "sim/sim_net.hpp"

namespace bt::swarm::sim {

using wire::MessageId;

void SimNet::add_limit(Node& node) {
    node.read_limit = std::make_shared<ReadLimit>(node.options.limit);
    node.swarm->set_rate_limit(node.options.limit);
}

void SimNet::queue_up(const std::shared_ptr<Connection>& c, MessageId id, const BlockRequest& block,
                      bool corrupt) {
    if (!c->open) return deliver(c, id, block, corrupt);
    if (!c->reader) {
        c->reader = std::make_shared<Reader>();
        c->reader->connection = c;
    }
    c->unread.push_back({id, block, corrupt, id == MessageId::piece ? block.length : 0});
    if (c->unread.size() == 1) read_on(c);
}

void SimNet::read_on(const std::shared_ptr<Connection>& c) {
    auto& to = *c->to;
    auto& [limiter, flow, wakes_at, granted] = *to.read_limit;
    auto& reader = *c->reader;
    while (c->open && !c->unread.empty()) {
        auto& front = c->unread.front();
        if (front.left > 0 && reader.granted() == 0) {
            if (!reader.waiting()) limiter.ask(flow, reader, front.left, now_);
            if (reader.granted() == 0) {
                if (const auto back = c->back.lock()) to.swarm->on_held(back->key, now_);
                return wake_readers(to);
            }
        }
        const auto bytes = std::min<std::size_t>(front.left, reader.granted());
        limiter.spend(flow, reader, bytes, now_);
        to.read += bytes;
        front.left -= static_cast<std::uint32_t>(bytes);
        if (front.left > 0) continue;
        const auto whole = front;
        c->unread.pop_front();
        deliver(c, whole.id, whole.block, whole.corrupt);
    }
    limiter.leave(flow, reader, now_);
}

void SimNet::abandon(const std::shared_ptr<Connection>& c) {
    if (!c->reader) return;
    auto& limit = *c->to->read_limit;
    limit.limiter.leave(limit.flow, *c->reader, now_);
    for (const auto& item : c->unread)
        deliver(c, item.id, item.block, item.corrupt);
    c->unread.clear();
}

void SimNet::wake_readers(Node& node) {
    const auto limit = node.read_limit;
    const auto next = limit->limiter.next(now_);
    if (!next || *next >= limit->wakes_at) return;
    limit->wakes_at = *next;
    at(*next, [this, &node, limit, when = *next] {
        if (limit->wakes_at != when) return;
        limit->wakes_at = kNever;
        limit->limiter.grant(now_, limit->granted);
        for (auto* member : std::exchange(limit->granted, {})) {
            const auto c = static_cast<Reader*>(member)->connection.lock();
            if (!c || !c->open) continue;
            if (const auto back = c->back.lock()) node.swarm->on_released(back->key, now_);
            read_on(c);
        }
        wake_readers(node);
    });
}

}  // namespace bt::swarm::sim
