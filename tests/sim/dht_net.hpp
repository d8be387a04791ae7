// DhtNet: a DHT in virtual time. Every node is a real Dht behind a link with latency and loss, and
// perhaps a NAT; some only look like nodes and lie. Everything follows from one seed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <unordered_map>
#include <vector>

#include "bt/core/rng.hpp"
#include "bt/dht/dht.hpp"
#include "bt/dht/message.hpp"

namespace bt::dht::sim {

using namespace std::chrono_literals;

/// The seed of this run: BT_SIM_SEED, or a fixed one.
[[nodiscard]] std::uint64_t seed_from_environment();

struct NodeOptions {
    Duration latency = 40ms;  // to the middle of the net: a fourth of the round trip of a pair
    bool hidden = false;      // behind a NAT: is reached by those it has sent to
    bool liar = false;        // makes itself known, then answers with what leads nowhere
    bool v4 = true;
    bool v6 = false;
    bool local = false;  // on loopback, by port
    Settings settings{.port = 6881, .ipv6 = false, .read_only_for = 0s};
};

struct Found {
    TimePoint first = kNever;  // when the first peer was reported
    std::vector<Endpoint> peers;
    std::size_t rounds = 0;
    TimePoint round_end = kNever;  // of the first
    std::size_t answered = 0;      // in the last round
};

struct Node {
    std::uint32_t index = 0;
    NodeOptions options;
    std::optional<Endpoint> v4;
    std::optional<Endpoint> v6;
    std::unique_ptr<Dht> dht;  // none: a liar
    NodeId lied;               // the id that a liar shows, but for the half that change theirs
    bool alive = true;
    TimePoint wakes = kNever;
    std::unordered_map<Endpoint, TimePoint> sent_to;  // of hidden ones
    std::unordered_map<InfoHash, Found> found;
    std::uint64_t sent = 0;  // packets
    std::uint64_t sent_bytes = 0;
    std::uint64_t received = 0;

    [[nodiscard]] Endpoint endpoint() const { return v4 ? *v4 : *v6; }
};

class DhtNet {
public:
    explicit DhtNet(std::uint64_t seed, double loss = 0);

    Node& add(const NodeOptions& options = {});
    [[nodiscard]] Node& node(std::size_t i) { return *nodes_[i]; }
    [[nodiscard]] std::size_t size() const { return nodes_.size(); }
    [[nodiscard]] TimePoint now() const { return now_; }
    [[nodiscard]] Rng& rng() { return rng_; }

    /// Calls `what` on the node's Dht and carries out what comes of it.
    void act(Node& node, const std::function<void(Dht&)>& what);
    void leave(Node& node);
    void search(Node& node, const InfoHash& hash, std::optional<std::uint16_t> port);
    /// A datagram with any sender.
    void inject(const Endpoint& from, const Endpoint& to, ByteVector packet);

    void run_for(Duration duration);
    /// Whether `done` came true.
    bool run_until(const std::function<bool()>& done, Duration limit);
    void at(TimePoint when, std::function<void()> what);

    [[nodiscard]] InfoHash random_hash();
    [[nodiscard]] Endpoint random_endpoint();

private:
    struct Event {
        TimePoint at;
        std::uint64_t order;
        std::function<void()> run;
        bool operator<(const Event& other) const {
            return at != other.at ? at > other.at : order > other.order;
        }
    };
    void carry_out(Node& node);
    void send(Node& node, const SendPacket& packet);
    void arrive(Node& node, const Endpoint& from, const ByteVector& packet);
    void lie(Node& node, const Endpoint& from, const ByteVector& packet);
    void introduce(Node& liar);
    void schedule_wake(Node& node);
    void step();

    Rng rng_;
    double loss_;
    TimePoint now_ = TimePoint{} + 1000s;
    std::uint64_t order_ = 0;
    std::priority_queue<Event> events_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::unordered_map<Endpoint, Node*> by_endpoint_;
    std::uint16_t next_port_ = 20'000;
};

}  // namespace bt::dht::sim
