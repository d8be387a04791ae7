#include "dht/routing_table.hpp"

#include <algorithm>

#include "bt/core/assert.hpp"
#include "dht/subnet.hpp"

namespace bt::dht {

template <class F>
void RoutingTable::for_each(F f) const {
    for (const auto& bucket : buckets_) {
        for (const auto& node : bucket.nodes)
            f(node);
    }
}

bool RoutingTable::is_good(const Node& node, TimePoint now) {
    return node.failures == 0 && now - node.heard_at < kGoodFor;
}

/// When a sign of life is due: sooner the second time, so that a lost packet is no verdict.
TimePoint RoutingTable::due(const Node& node) {
    if (node.failures == 0) return std::max(node.heard_at, node.asked_at) + kGoodFor;
    return node.asked_at + kFirstRecheck * (1 << std::min<int>(node.failures - 1, 5));
}

std::size_t RoutingTable::bucket_of(const NodeId& id) const {
    return std::min(common_prefix(own_, id), buckets_.size() - 1);
}

RoutingTable::Node* RoutingTable::find(const Endpoint& endpoint) {
    for (auto& bucket : buckets_) {
        for (auto* list : {&bucket.nodes, &bucket.spare}) {
            for (auto& node : *list)
                if (node.info.endpoint == endpoint) return &node;
        }
    }
    return nullptr;
}

RoutingTable::Node* RoutingTable::find(const NodeId& id) {
    auto& bucket = buckets_[bucket_of(id)];
    for (auto* list : {&bucket.nodes, &bucket.spare}) {
        for (auto& node : *list)
            if (node.info.id == id) return &node;
    }
    return nullptr;
}

void RoutingTable::remove(const Endpoint& endpoint) {
    const auto at = [&](const Node& node) { return node.info.endpoint == endpoint; };
    for (auto& bucket : buckets_) {
        std::erase_if(bucket.spare, at);
        if (std::erase_if(bucket.nodes, at) > 0) refill(bucket);
    }
}

/// From the spare ones, the newest first.
void RoutingTable::refill(Bucket& bucket) {
    while (bucket.nodes.size() < kBucketSize && !bucket.spare.empty()) {
        bucket.nodes.push_back(bucket.spare.back());
        bucket.spare.pop_back();
    }
}

bool RoutingTable::address_is_free(const NodeInfo& node) const {
    const auto& address = node.endpoint.address;
    if (is_local(address)) return true;
    const auto subnet = subnet_of(address);
    const auto home = bucket_of(node.id);
    std::size_t same_subnet = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        for (const auto* list : {&buckets_[i].nodes, &buckets_[i].spare}) {
            for (const auto& other : *list) {
                if (subnet_of(other.info.endpoint.address) != subnet) continue;
                if (i == home || host_of(other.info.endpoint.address) == host_of(address)) {
                    return false;
                }
                ++same_subnet;
            }
        }
    }
    return same_subnet < kMaxPerSubnet;
}

/// The node of a full bucket that a newcomer may push out: a bad one, or one with an id of its own
/// choice if the newcomer's is not.
std::vector<RoutingTable::Node>::iterator RoutingTable::replaceable(Bucket& bucket, bool valid) {
    auto& nodes = bucket.nodes;
    const auto bad = std::find_if(nodes.begin(), nodes.end(),
                                  [](const Node& n) { return n.failures >= kBadFailures; });
    if (bad != nodes.end() || !valid) return bad;
    return std::find_if(nodes.begin(), nodes.end(), [](const Node& n) { return !n.valid; });
}

bool RoutingTable::knows_valid_ones() const {
    std::size_t count = 0;
    for_each([&](const Node& node) { count += node.valid ? 1 : 0; });
    return count >= kBucketSize;
}

bool RoutingTable::has_place(const Bucket& bucket, bool valid) const {
    if (bucket.nodes.size() >= kBucketSize) return false;
    if (valid) return true;
    const auto others = std::count_if(bucket.nodes.begin(), bucket.nodes.end(),
                                      [](const Node& n) { return !n.valid; });
    return static_cast<std::size_t>(others) < kMaxInvalid || !knows_valid_ones();
}

bool RoutingTable::may_split(const Bucket& bucket, bool valid) const {
    return &bucket == &buckets_.back() && bucket.nodes.size() >= kBucketSize &&
           buckets_.size() < NodeId::kBits && (valid || !knows_valid_ones());
}

/// The last bucket becomes two: only there are our own id and its neighbours.
void RoutingTable::split() {
    const auto last = buckets_.size() - 1;
    buckets_.emplace_back();
    auto old = std::move(buckets_[last]);
    buckets_[last] = {};
    for (auto list : {&Bucket::nodes, &Bucket::spare}) {
        for (const auto& node : old.*list)
            (buckets_[bucket_of(node.info.id)].*list).push_back(node);
    }
    refill(buckets_[last]);
    refill(buckets_[last + 1]);
}

bool RoutingTable::insert(const Node& node) {
    for (;;) {
        auto& bucket = buckets_[bucket_of(node.info.id)];
        if (has_place(bucket, node.valid)) {
            bucket.nodes.push_back(node);
            return true;
        }
        if (may_split(bucket, node.valid)) {
            split();
            continue;
        }
        const auto at = replaceable(bucket, node.valid);
        if (at == bucket.nodes.end()) {
            add_spare(bucket, node);
            return false;
        }
        const auto loser = *at;
        *at = node;
        if (loser.failures < kBadFailures) add_spare(bucket, loser);
        return true;
    }
}

void RoutingTable::add_spare(Bucket& bucket, const Node& node) {
    auto& spare = bucket.spare;
    if (spare.size() == kBucketSize) {
        const auto invalid =
            std::find_if(spare.begin(), spare.end(), [](const Node& n) { return !n.valid; });
        if (invalid == spare.end() && !node.valid) return;
        spare.erase(invalid == spare.end() ? spare.begin() : invalid);
    }
    spare.push_back(node);
}

bool RoutingTable::on_answer(const NodeInfo& info, TimePoint now) {
    if (info.id == own_) return false;
    if (auto* known = find(info.endpoint)) {
        if (known->info.id == info.id) {
            known->answered_at = known->heard_at = now;
            known->failures = 0;
            return false;
        }
        remove(info.endpoint);  // started again, or a liar: it has one place all the same
    }
    if (auto* namesake = find(info.id)) {
        if (namesake->failures == 0) return false;  // ids can be copied: the first one has it
        remove(namesake->info.endpoint);
    }
    if (!address_is_free(info)) return false;
    return insert({info, is_valid_for(info.id, info.endpoint.address), now, now, now, 0});
}

void RoutingTable::on_query(const NodeInfo& info, TimePoint now) {
    auto* known = find(info.endpoint);
    // A query is no proof of an address: it does not clear what an answer has to.
    if (known != nullptr && known->info.id == info.id) known->heard_at = now;
}

void RoutingTable::on_silence(const Endpoint& endpoint, TimePoint now) {
    for (auto& bucket : buckets_) {
        std::erase_if(bucket.spare, [&](const Node& n) { return n.info.endpoint == endpoint; });
        const auto at = std::find_if(bucket.nodes.begin(), bucket.nodes.end(),
                                     [&](const Node& n) { return n.info.endpoint == endpoint; });
        if (at == bucket.nodes.end()) continue;
        at->failures = static_cast<std::uint8_t>(std::min<int>(at->failures + 1, kLostFailures));
        at->asked_at = now;
        const bool bad = at->failures >= kBadFailures;
        if ((bad && !bucket.spare.empty()) || at->failures == kLostFailures) {
            bucket.nodes.erase(at);
            refill(bucket);
        }
        return;
    }
}

bool RoutingTable::has_room_for(const NodeInfo& info) const {
    if (info.id == own_ || !address_is_free(info)) return false;
    const auto& bucket = buckets_[bucket_of(info.id)];
    for (const auto& node : bucket.nodes) {
        if (node.info.id == info.id || node.info.endpoint == info.endpoint) return false;
    }
    const bool valid = is_valid_for(info.id, info.endpoint.address);
    if (has_place(bucket, valid) || may_split(bucket, valid)) return true;
    return std::any_of(bucket.nodes.begin(), bucket.nodes.end(), [&](const Node& node) {
        return node.failures >= kBadFailures || (valid && !node.valid);
    });
}

bool RoutingTable::knows(const Endpoint& endpoint, TimePoint now) const {
    bool found = false;
    for_each([&](const Node& node) {
        found |= node.info.endpoint == endpoint && now - node.answered_at < kGoodFor;
    });
    return found;
}

std::vector<NodeInfo> RoutingTable::closest(const NodeId& target, std::size_t most, bool good,
                                            TimePoint now) const {
    std::vector<NodeInfo> out;
    for_each([&](const Node& node) {
        if (good ? is_good(node, now) : node.failures < kBadFailures) out.push_back(node.info);
    });
    const auto middle = out.begin() + static_cast<std::ptrdiff_t>(std::min(most, out.size()));
    std::partial_sort(out.begin(), middle, out.end(), [&](const NodeInfo& a, const NodeInfo& b) {
        return closer(a.id, b.id, target);
    });
    out.erase(middle, out.end());
    return out;
}

std::size_t RoutingTable::good_count(TimePoint now) const {
    std::size_t out = 0;
    for_each([&](const Node& node) { out += is_good(node, now) ? 1 : 0; });
    return out;
}

std::size_t RoutingTable::size() const {
    std::size_t out = 0;
    for (const auto& bucket : buckets_)
        out += bucket.nodes.size();
    return out;
}

std::size_t RoutingTable::spare_count() const {
    std::size_t out = 0;
    for (const auto& bucket : buckets_)
        out += bucket.spare.size();
    return out;
}

std::optional<RoutingTable::Check> RoutingTable::next_check(TimePoint now, Rng& rng) {
    Node* next = nullptr;
    for (auto& bucket : buckets_) {
        for (auto& node : bucket.nodes)
            if (next == nullptr || due(node) < due(*next)) next = &node;
    }
    if (next == nullptr || due(*next) > now) return std::nullopt;
    next->asked_at = now;
    return Check{next->info, random_in(bucket_of(next->info.id), rng)};
}

TimePoint RoutingTable::next_check_time() const {
    auto out = kNever;
    for_each([&](const Node& node) { out = std::min(out, due(node)); });
    return out;
}

NodeId RoutingTable::random_in(std::size_t bucket, Rng& rng) const {
    NodeId out;
    for (auto& byte : out.bytes)
        byte = static_cast<std::byte>(rng());
    const auto bit = [](std::size_t i) { return std::byte{0x80} >> static_cast<int>(i % 8); };
    for (std::size_t i = 0; i < bucket; ++i)
        out.bytes[i / 8] = (out.bytes[i / 8] & ~bit(i)) | (own_.bytes[i / 8] & bit(i));
    if (bucket + 1 < buckets_.size()) {
        const auto i = bucket;
        out.bytes[i / 8] = (out.bytes[i / 8] & ~bit(i)) | (~own_.bytes[i / 8] & bit(i));
    }
    return out;
}

void RoutingTable::forgive() {
    for (auto& bucket : buckets_) {
        for (auto& node : bucket.nodes)
            node.failures = 0;
    }
}

void RoutingTable::move_to(const NodeId& own) {
    auto old = std::move(buckets_);
    buckets_ = std::vector<Bucket>(1);
    own_ = own;
    for (auto list : {&Bucket::nodes, &Bucket::spare}) {
        for (const auto& bucket : old) {
            for (const auto& node : bucket.*list) {
                if (node.info.id != own_ && address_is_free(node.info)) insert(node);
            }
        }
    }
}

}  // namespace bt::dht
