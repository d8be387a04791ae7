// RoutingTable: the nodes of one family that have answered us (BEP 5), near ones in detail. A
// machine owned by the Dht.
//
// Bucket i holds the nodes whose ids share exactly i leading bits with ours; the last holds all
// that share more, and is split when it is full. A bucket has kBucketSize nodes and as many spare
// ones, which step in when a node falls silent.
//
// Invariants
//  - A node is in it because it has answered; being told of a node, or asked by it, adds nothing.
//  - Beyond local ranges one host is one node, and a subnet has one node in a bucket and at most
//    kMaxPerSubnet in all, spare ones included: ids are free, addresses are not (BEP 42).
//  - In a full bucket an id that is valid for its address takes the place of one that is not. Once
//    there are kBucketSize valid ones, the others have half of a bucket at most and split none: ids
//    made up to stand beside ours, or beside a target, do not fill the place of its neighbours.
//  - A node that fails kBadFailures times in a row is told to nobody and asked by no lookup; it
//    goes when there is a spare one, or with kLostFailures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "bt/core/rng.hpp"
#include "bt/core/time.hpp"
#include "bt/dht/node_id.hpp"

namespace bt::dht {

class RoutingTable {
public:
    static constexpr std::size_t kBucketSize = 8;  // the K of BEP 5
    static constexpr std::size_t kMaxPerSubnet = 8;
    static constexpr std::size_t kMaxInvalid = kBucketSize / 2;  // of a bucket
    static constexpr Duration kGoodFor = std::chrono::minutes(15);
    static constexpr std::uint8_t kBadFailures = 2;
    static constexpr std::uint8_t kLostFailures = 6;
    static constexpr Duration kFirstRecheck = std::chrono::seconds(30);  // doubles

    explicit RoutingTable(const NodeId& own) : own_(own) {}

    /// The node has answered. True if it is new in the table, not merely a spare one.
    bool on_answer(const NodeInfo& node, TimePoint now);
    /// The node has asked.
    void on_query(const NodeInfo& node, TimePoint now);
    /// Whoever is at `endpoint` has not answered.
    void on_silence(const Endpoint& endpoint, TimePoint now);
    /// It would come into the table, not merely among the spare ones, if it answered.
    [[nodiscard]] bool has_room_for(const NodeInfo& node) const;
    /// It has answered lately.
    [[nodiscard]] bool knows(const Endpoint& endpoint, TimePoint now) const;

    /// The nearest to `target` first. `good`: only nodes that others may be told of.
    [[nodiscard]] std::vector<NodeInfo> closest(const NodeId& target, std::size_t most, bool good,
                                                TimePoint now) const;
    [[nodiscard]] std::size_t good_count(TimePoint now) const;
    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] std::size_t spare_count() const;

    struct Check {
        NodeInfo node;
        NodeId target;  // any in its bucket: what find_node answers refreshes that
    };
    /// The node that is most in need of a sign of life, if one is due; asked from now on.
    [[nodiscard]] std::optional<Check> next_check(TimePoint now, Rng& rng);
    [[nodiscard]] TimePoint next_check_time() const;

    void remove(const Endpoint& endpoint);
    /// Failures may have been ours.
    void forgive();
    /// We have another id: all nodes find their buckets anew.
    void move_to(const NodeId& own);

private:
    struct Node {
        NodeInfo info;
        bool valid = false;     // BEP 42
        TimePoint answered_at;  // last
        TimePoint heard_at;     // last answer or query
        TimePoint asked_at;     // last check without answer yet
        std::uint8_t failures = 0;
    };
    struct Bucket {
        std::vector<Node> nodes;
        std::vector<Node> spare;  // in the order in which they came
    };

    [[nodiscard]] static bool is_good(const Node& node, TimePoint now);
    [[nodiscard]] static TimePoint due(const Node& node);
    [[nodiscard]] std::size_t bucket_of(const NodeId& id) const;
    [[nodiscard]] Node* find(const Endpoint& endpoint);
    [[nodiscard]] Node* find(const NodeId& id);
    void refill(Bucket& bucket);
    [[nodiscard]] bool address_is_free(const NodeInfo& node) const;
    [[nodiscard]] static std::vector<Node>::iterator replaceable(Bucket& bucket, bool valid);
    /// There is room in the bucket for one more, or one such.
    [[nodiscard]] bool has_place(const Bucket& bucket, bool valid) const;
    [[nodiscard]] bool may_split(const Bucket& bucket, bool valid) const;
    [[nodiscard]] bool knows_valid_ones() const;
    void split();
    bool insert(const Node& node);
    void add_spare(Bucket& bucket, const Node& node);
    [[nodiscard]] NodeId random_in(std::size_t bucket, Rng& rng) const;
    template <class F>
    void for_each(F f) const;

    NodeId own_;
    std::vector<Bucket> buckets_ = std::vector<Bucket>(1);
};

}  // namespace bt::dht
