#include "sim/sim_net.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "bt/crypto/sha1.hpp"
#include "sim/sim_connection.hpp"

namespace bt::swarm::sim {

using wire::MessageId;

namespace {

constexpr std::uint64_t kBacklog = 4u << 20;  // bytes before one receiver's downlink

Duration time_on(double rate, std::uint64_t bytes) {
    return rate > 0 ? from_seconds(static_cast<double>(bytes) / rate) : Duration{0};
}

}  // namespace

std::uint64_t seed_from_environment() {
    const char* text = std::getenv("BT_SIM_SEED");
    return text != nullptr ? std::strtoull(text, nullptr, 10) : 1;
}

Content::Content(std::uint32_t piece_length, std::uint64_t total, std::uint64_t seed)
    : layout(piece_length, total), bytes(total) {
    Rng rng(seed);
    for (std::size_t i = 0; i + 8 <= total; i += 8) {
        const auto word = rng();
        std::memcpy(bytes.data() + i, &word, 8);
    }
    for (PieceIndex i(0); i.value() < layout.piece_count(); ++i) {
        digests.push_back(
            crypto::sha1(Bytes(bytes).subspan(layout.piece_offset(i), layout.piece_size(i))));
    }
}

Node::Node(SimNet& n, std::uint32_t i, const NodeOptions& o, std::uint64_t seed)
    : net(n), id(i), options(o) {
    const auto count = n.content().layout.piece_count();
    auto have = o.pieces.size() == count ? o.pieces : Bitfield(count, o.share >= 1);
    if (o.share > 0 && o.share < 1) {
        Rng rng(seed);
        for (PieceIndex p(0); p.value() < count; ++p) {
            if (static_cast<double>(random_below(rng, 1000)) < o.share * 1000) have.set(p);
        }
    }
    swarm = std::make_unique<Swarm>(n.content().layout, std::move(have), Bitfield(count, true),
                                    o.settings, seed);
}

IpAddress Node::address() const {
    return IpAddress::v4(
        {10, 1, static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id & 0xff)});
}

SimNet::SimNet(const Content& content, std::uint64_t seed)
    : content_(content),
      rng_(seed),
      spread_(content.layout.piece_count()),
      trace_(std::getenv("BT_SIM_TRACE") != nullptr) {}

SimNet::~SimNet() {
    while (!events_.empty())
        events_.pop();
    for (auto& node : nodes_)
        node->swarm.reset();  // its buffers go back before their pool goes
}

double SimNet::seconds() const {
    return to_seconds(now_ - start_);
}

void SimNet::at(TimePoint when, std::function<void()> what) {
    events_.push({when, order_++, std::move(what)});
}

Node& SimNet::add(const NodeOptions& options) {
    const auto id = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back(std::make_unique<Node>(*this, id, options, rng_()));
    auto& node = *nodes_.back();
    if (options.limit > 0) add_limit(node);
    at(now_ + Duration(static_cast<std::int64_t>(
                  random_below(rng_, static_cast<std::uint64_t>(kTick.count())))),
       [this, &node] { tick(node); });
    if (options.breathe > Duration{0}) {
        at(now_ + options.breathe, [this, &node] { breathe(node, true); });
    }
    return node;
}

void SimNet::connect(Node& a, Node& b) {
    if (a.banned.contains(b.id) || b.banned.contains(a.id)) return;
    auto there = std::make_shared<Connection>();
    auto here = std::make_shared<Connection>();
    const bool fast = a.options.fast && b.options.fast;
    const auto join = [&](Node& from, Node& to, const std::shared_ptr<Connection>& out,
                          const std::shared_ptr<Connection>& in) {
        PeerTraits traits;
        traits.endpoint = {to.address(), 6881};
        traits.fast = fast;
        out->from = &from;
        out->to = &to;
        out->latency = (from.options.latency + to.options.latency) / 2;
        out->back = in;
        out->key = from.swarm->on_peer_connected(traits, now_);
        if (to.options.reqq > 0) from.swarm->on_request_limit(out->key, to.options.reqq);
        from.connections.push_back(out);
        out->queue.push_back({MessageId::bitfield, {}});
        if (from.choking_all) out->queue.push_back({MessageId::choke, {}});
    };
    join(a, b, there, here);
    join(b, a, here, there);
    pump(a);
    pump(b);
}

void SimNet::connect_all() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        for (std::size_t j = i + 1; j < nodes_.size(); ++j)
            connect(*nodes_[i], *nodes_[j]);
    }
}

bool SimNet::run(const std::function<bool()>& done, Duration limit) {
    const auto end = now_ + limit;
    while (!done()) {
        if (events_.empty() || events_.top().at > end) return false;
        auto event = std::move(const_cast<Event&>(events_.top()));
        events_.pop();
        now_ = event.at;
        event.run();
    }
    return true;
}

void SimNet::tick(Node& node) {
    node.swarm->on_timeout(now_);
    carry_out(node);
    if (trace_ && node.options.share == 0) trace(node);
    at(now_ + kTick, [this, &node] { tick(node); });
}

void SimNet::trace(Node& node) const {
    for (const auto& c : node.connections) {
        const auto peer = node.swarm->peer_stats(c->key, now_);
        if (!peer) continue;
        std::printf("%.2f node %u peer %u rate %.0f depth %u out %u rtt %.3f snub %d\n", seconds(),
                    node.id, c->to->id, peer->down_rate, peer->depth, peer->outstanding,
                    to_seconds(peer->round_trip), peer->snubbed ? 1 : 0);
    }
}

void SimNet::breathe(Node& node, bool choke) {
    node.choking_all = choke;
    for (auto& connection : node.connections) {
        // What has not left is forgotten, or refused (BEP 6).
        for (auto& item : connection->queue) {
            if (item.id == MessageId::piece) item.id = MessageId::reject_request;
        }
        const bool fast = node.options.fast && connection->to->options.fast;
        if (!fast) {
            std::erase_if(connection->queue, [](const Connection::Item& item) {
                return item.id == MessageId::reject_request;
            });
        }
        connection->queue.push_back({choke ? MessageId::choke : MessageId::unchoke, {}});
    }
    pump(node);
    at(now_ + node.options.breathe, [this, &node, choke] { breathe(node, !choke); });
}

std::shared_ptr<Connection> SimNet::find(Node& node, PeerKey key) const {
    for (const auto& connection : node.connections) {
        if (connection->key == key) return connection;
    }
    return nullptr;
}

void SimNet::carry_out(Node& node) {
    for (;;) {
        std::vector<Action> actions;
        node.swarm->take_actions(actions);
        if (actions.empty()) break;
        for (auto& action : actions)
            std::visit([&](auto& a) { perform(node, a); }, action);
    }
    if (node.completed == kNever && node.swarm->complete()) {
        node.completed = now_;
        ++completed_;
    }
    node.peak_buffered = std::max<std::uint64_t>(node.peak_buffered, node.pool.bytes_in_use());
    pump(node);
}

void SimNet::perform(Node& node, Send& action) {
    if (node.options.breathe > Duration{0}) {
        const bool unchoke_later = action.id == MessageId::unchoke && node.choking_all;
        if (unchoke_later || action.id == MessageId::choke) return;
    }
    if (const auto c = find(node, action.peer)) c->queue.push_back({action.id, action.block});
}

void SimNet::perform(Node& node, Serve& action) {
    const auto c = find(node, action.peer);
    const auto& o = node.options;
    if (!c || o.mute || action.block.begin < o.withhold ||
        (o.stall_after > 0 && node.sent >= o.stall_after))
        return;
    c->queue.push_back(
        {node.choking_all ? MessageId::reject_request : MessageId::piece, action.block});
}

void SimNet::perform(Node& node, StopServing& action) {
    const auto c = find(node, action.peer);
    if (!c) return;
    for (auto& item : c->queue) {
        if (item.id == MessageId::piece && (action.all || item.block == action.block)) {
            item.id = action.reject ? MessageId::reject_request : MessageId::keep_alive;
        }
    }
}

void SimNet::perform(Node& node, Disconnect& action) {
    const auto c = find(node, action.peer);
    if (!c) return;
    if (action.ban) node.banned.insert(c->to->id);
    close(c);
}

void SimNet::perform(Node&, PieceDone& action) {
    if (spread_.get(action.piece)) return;
    spread_.set(action.piece);
    ++spread_count_;
}

void SimNet::perform(Node& node, BanAddress& action) {
    for (const auto& other : nodes_) {
        if (other->address() == action.address) node.banned.insert(other->id);
    }
}

void SimNet::close(const std::shared_ptr<Connection>& connection) {
    const auto end = [this](const std::shared_ptr<Connection>& c) {
        if (!c->open) return;
        c->open = false;
        abandon(c);
        auto& all = c->from->connections;
        all.erase(std::find(all.begin(), all.end(), c));
        at(now_, [this, c] {
            c->from->swarm->on_peer_disconnected(c->key, now_);
            carry_out(*c->from);
        });
    };
    const auto back = connection->back.lock();
    end(connection);
    if (back) end(back);
}

void SimNet::pump(Node& node) {
    // Small messages cost nothing, but keep their place in the queue.
    for (std::size_t i = 0; i < node.connections.size(); ++i) {
        const auto c = node.connections[i];
        while (!c->queue.empty() && c->queue.front().id != MessageId::piece) {
            const auto item = c->queue.front();
            c->queue.pop_front();
            c->last_arrival = std::max(now_ + c->latency, c->last_arrival);
            at(c->last_arrival, [this, c, item] { arrive(c, item.id, item.block, false); });
        }
    }
    if (node.sending) return;
    const auto count = node.connections.size();
    for (std::size_t i = 0; i < count; ++i) {
        const auto c = node.connections[(node.turn + i) % count];
        if (c->queue.empty()) continue;
        if (c->to->backlog >= kBacklog) {
            node.waiting = true;
            continue;
        }
        node.turn = (node.turn + i + 1) % count;
        transmit(node, c);
        return;
    }
}

void SimNet::transmit(Node& node, const std::shared_ptr<Connection>& c) {
    const auto block = c->queue.front().block;
    c->queue.pop_front();
    node.sending = true;
    at(now_ + time_on(node.options.up, block.length), [this, &node, c, block] {
        node.sending = false;
        node.sent += block.length;
        node.swarm->on_uploaded(c->key, block.length, now_);
        const bool corrupt =
            static_cast<double>(random_below(rng_, 10000)) < node.options.corrupt * 10000;
        at(now_ + c->latency, [this, c, block, corrupt] {
            auto& to = *c->to;
            to.backlog += block.length;
            to.down_free = std::max({to.down_free, now_, c->last_arrival}) +
                           time_on(to.options.down, block.length);
            c->last_arrival = to.down_free;
            at(to.down_free,
               [this, c, block, corrupt] { arrive(c, MessageId::piece, block, corrupt); });
        });
        if (node.options.drop_after > 0 && node.sent >= node.options.drop_after) {
            while (!node.connections.empty())
                close(node.connections.front());
        }
        pump(node);
    });
}

void SimNet::arrive(const std::shared_ptr<Connection>& c, MessageId id, const BlockRequest& block,
                    bool corrupt) {
    c->to->read_limit ? queue_up(c, id, block, corrupt) : deliver(c, id, block, corrupt);
}

void SimNet::deliver(const std::shared_ptr<Connection>& c, MessageId id, const BlockRequest& block,
                     bool corrupt) {
    auto& to = *c->to;
    if (id == MessageId::piece) {
        const bool was_full = to.backlog >= kBacklog;
        to.backlog -= block.length;
        if (was_full && to.backlog < kBacklog) {
            const auto start = random_below(rng_, nodes_.size());
            for (std::size_t i = 0; i < nodes_.size() && to.backlog < kBacklog; ++i) {
                auto& other = *nodes_[(start + i) % nodes_.size()];
                if (std::exchange(other.waiting, false)) pump(other);
            }
        }
    }
    const auto back = c->back.lock();
    if (!c->open || !back || id == MessageId::keep_alive) return;
    wire::Message message;
    message.id = id;
    message.block = block;
    ByteVector payload;
    if (id == MessageId::bitfield) {
        payload = c->from->swarm->have().to_wire();
        message.payload = payload;
    }
    if (id == MessageId::piece) {
        message.data = to.pool.acquire();
        std::memcpy(message.data.data(),
                    content_.bytes.data() + content_.layout.piece_offset(block.piece) + block.begin,
                    block.length);
        if (corrupt) message.data.data()[0] ^= std::byte{0x5a};
    }
    to.swarm->on_message(back->key, message, now_);
    carry_out(to);
}

}  // namespace bt::swarm::sim
