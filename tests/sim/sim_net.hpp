// SimNet: a swarm in virtual time. Every node is a real Swarm with an uplink, a downlink, an
// in-memory disk that verifies SHA-1, and manners: what it does wrong on purpose.
//
// A block takes its time on the sender's uplink, then a latency, then its time on the receiver's
// downlink. A receiver that is behind holds senders back, as TCP does. Everything follows from one
// seed. With BT_SIM_TRACE in the environment, downloaders print their peers with every tick.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "bt/core/block.hpp"
#include "bt/core/rng.hpp"
#include "bt/metainfo/layout.hpp"
#include "bt/swarm/swarm.hpp"

namespace bt::swarm::sim {

using namespace std::chrono_literals;

/// The seed of this run: BT_SIM_SEED, or a fixed one.
[[nodiscard]] std::uint64_t seed_from_environment();

/// What the nodes exchange.
struct Content {
    Content(std::uint32_t piece_length, std::uint64_t total, std::uint64_t seed);
    metainfo::PieceLayout layout;
    std::vector<std::byte> bytes;
    std::vector<Sha1Digest> digests;
};

struct NodeOptions {
    double up = 0;            // bytes/s, 0: without limit
    double down = 0;          // bytes/s, 0: without limit
    Duration latency = 10ms;  // to the middle of the net and back: half of the round trip of a pair
    double share = 0;         // of the pieces, at the start
    Bitfield pieces;          // the same in full; wins over `share`
    bool fast = true;         // BEP 6
    std::uint32_t reqq = 2000;  // 0: does not tell
    double limit = 0;           // bytes/s that it reads, 0: as they come
    Settings settings;
    // Manners
    double corrupt = 0;             // share of blocks
    bool mute = false;              // unchokes, never sends
    std::uint32_t withhold = 0;     // bytes at the start of every piece that it never sends
    std::uint64_t stall_after = 0;  // bytes, then mute
    std::uint64_t drop_after = 0;   // bytes, then it hangs up
    Duration breathe{0};            // chokes all for so long out of every two
};

/// A node with `share` of the pieces; bytes/s, 0: without limit.
[[nodiscard]] inline NodeOptions seeder(double up, Duration latency, double share = 1) {
    NodeOptions options;
    options.up = up;
    options.latency = latency;
    options.share = share;
    return options;
}

class SimNet;
struct Connection;
struct ReadLimit;

struct Node {
    Node(SimNet& n, std::uint32_t i, const NodeOptions& o, std::uint64_t seed);

    SimNet& net;
    std::uint32_t id;
    NodeOptions options;
    BlockPool pool;
    std::unique_ptr<Swarm> swarm;
    std::shared_ptr<ReadLimit> read_limit;
    std::vector<std::shared_ptr<Connection>> connections;
    std::set<std::uint32_t> banned;  // ids of nodes
    TimePoint completed = kNever;
    std::uint64_t sent = 0;  // bytes of blocks
    std::uint64_t read = 0;  // under a limit
    std::uint64_t backlog = 0;
    std::size_t turn = 0;  // of connections, for the uplink
    bool sending = false;
    bool waiting = false;  // for a receiver to catch up
    bool choking_all = false;
    TimePoint down_free{};
    std::uint64_t peak_buffered = 0;
    /// Blocks on its disk, unverified.
    std::map<std::pair<PieceIndex, std::uint32_t>, ByteVector> parked;
    std::uint64_t parked_bytes = 0;

    [[nodiscard]] IpAddress address() const;
    [[nodiscard]] bool complete() const { return swarm->complete(); }
};

class SimNet {
public:
    SimNet(const Content& content, std::uint64_t seed);
    ~SimNet();

    Node& add(const NodeOptions& options);
    void connect(Node& a, Node& b);
    void connect_all();
    /// Runs until `done`, or until `limit` of virtual time has passed. Returns whether done.
    bool run(const std::function<bool()>& done, Duration limit);
    [[nodiscard]] TimePoint now() const { return now_; }
    [[nodiscard]] double seconds() const;
    /// Nodes that have completed, those that were so at the start included once they have acted.
    [[nodiscard]] std::size_t completed() const { return completed_; }
    /// Pieces that some node has got from another.
    [[nodiscard]] std::uint32_t spread() const { return spread_count_; }
    [[nodiscard]] Node& node(std::size_t i) { return *nodes_[i]; }
    [[nodiscard]] std::size_t size() const { return nodes_.size(); }
    [[nodiscard]] const Content& content() const { return content_; }

private:
    friend struct Node;
    struct Event {
        TimePoint at;
        std::uint64_t order;
        std::function<void()> run;
        bool operator<(const Event& other) const {
            return at != other.at ? at > other.at : order > other.order;
        }
    };
    void at(TimePoint when, std::function<void()> what);
    void tick(Node& node);
    void trace(Node& node) const;
    void breathe(Node& node, bool choke);
    void carry_out(Node& node);
    void perform(Node& node, Send& action);
    void perform(Node& node, Serve& action);
    void perform(Node& node, StopServing& action);
    void perform(Node& node, WriteRun& action);
    void perform(Node& node, ParkBlocks& action);
    void perform(Node& node, Disconnect& action);
    void perform(Node& node, PieceDone& action);
    void perform(Node& node, BanAddress& action);
    void verify(Node& node, std::shared_ptr<WriteRun> run);
    void park(Node& node, const std::shared_ptr<ParkBlocks>& blocks);
    void close(const std::shared_ptr<Connection>& connection);
    void pump(Node& node);
    void transmit(Node& node, const std::shared_ptr<Connection>& connection);
    void arrive(const std::shared_ptr<Connection>& connection, wire::MessageId id,
                const BlockRequest& block, bool corrupt);
    void deliver(const std::shared_ptr<Connection>& connection, wire::MessageId id,
                 const BlockRequest& block, bool corrupt);
    // sim_limit.cpp
    void add_limit(Node& node);
    void queue_up(const std::shared_ptr<Connection>& connection, wire::MessageId id,
                  const BlockRequest& block, bool corrupt);
    void read_on(const std::shared_ptr<Connection>& connection);
    void abandon(const std::shared_ptr<Connection>& connection);
    void wake_readers(Node& node);
    [[nodiscard]] std::shared_ptr<Connection> find(Node& node, PeerKey key) const;

    const Content& content_;
    Rng rng_;
    TimePoint now_ = TimePoint{} + 1000s;
    TimePoint start_ = now_;
    std::uint64_t order_ = 0;
    std::priority_queue<Event> events_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::size_t completed_ = 0;
    Bitfield spread_;
    std::uint32_t spread_count_ = 0;
    bool trace_;
};

}  // namespace bt::swarm::sim
