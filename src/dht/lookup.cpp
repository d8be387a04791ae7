#include "dht/lookup.hpp"

#include <algorithm>
#include <utility>

#include "bt/core/nearness.hpp"
#include "dht/subnet.hpp"

namespace bt::dht {

bool Lookup::may_add(const NodeInfo& node) const {
    const auto& address = node.endpoint.address;
    const bool local = is_local(address);
    std::size_t same_subnet = 0;
    for (const auto& other : candidates_) {
        if (other.node.endpoint == node.endpoint) return false;
        if (local || subnet_of(other.node.endpoint.address) != subnet_of(address)) continue;
        if (host_of(other.node.endpoint.address) == host_of(address)) return false;
        ++same_subnet;
    }
    if (same_subnet >= kMaxPerSubnet) return false;
    return std::none_of(unnamed_.begin(), unnamed_.end(), [&](const Unnamed& other) {
        return other.endpoint == node.endpoint && other.stage != Stage::answered;
    });
}

/// What is missed least goes first: failures, then ids of their own choice, then the farthest; what
/// is asked or has answered stays.
bool Lookup::make_room() {
    if (candidates_.size() < kMaxCandidates) return true;
    const auto drop = [&](auto which) {
        const auto at = std::find_if(candidates_.rbegin(), candidates_.rend(), which);
        if (at == candidates_.rend()) return false;
        candidates_.erase(std::next(at).base());
        return true;
    };
    return drop([](const Candidate& c) { return c.stage == Stage::failed; }) ||
           drop([](const Candidate& c) { return c.stage == Stage::fresh && !c.valid; }) ||
           drop([](const Candidate& c) { return c.stage == Stage::fresh; });
}

void Lookup::insert(Candidate candidate) {
    const auto at = std::lower_bound(candidates_.begin(), candidates_.end(), candidate,
                                     [&](const Candidate& a, const Candidate& b) {
                                         return closer(a.node.id, b.node.id, target_);
                                     });
    candidates_.insert(at, std::move(candidate));
}

void Lookup::add(const NodeInfo& node) {
    if (!may_add(node) || !make_room()) return;
    insert({node, is_valid_for(node.id, node.endpoint.address), Stage::fresh, {}});
}

void Lookup::add_unnamed(const Endpoint& endpoint) {
    const bool known =
        std::any_of(candidates_.begin(), candidates_.end(),
                    [&](const Candidate& c) { return c.node.endpoint == endpoint; }) ||
        std::any_of(unnamed_.begin(), unnamed_.end(),
                    [&](const Unnamed& u) { return u.endpoint == endpoint; });
    if (!known && unnamed_.size() < kMaxUnnamed) unnamed_.push_back({endpoint, Stage::fresh, 0});
}

std::size_t Lookup::in_flight(bool valid) const {
    return static_cast<std::size_t>(std::count_if(
        candidates_.begin(), candidates_.end(),
        [&](const Candidate& c) { return c.stage == Stage::asked && c.valid == valid; }));
}

Lookup::Progress Lookup::progress(bool valid_only) {
    Progress out;
    std::size_t settled = 0;
    for (auto& one : candidates_) {
        if (valid_only && !one.valid) continue;
        if (one.stage == Stage::fresh && asked_ < kMaxAsked && out.next == nullptr) out.next = &one;
        out.waits |= one.stage == Stage::asked;
        out.late |= one.stage == Stage::late;
        if (one.stage == Stage::answered && ++settled == kClosest) {
            out.reached = out.next == nullptr && !out.waits;
            break;
        }
    }
    return out;
}

std::optional<Endpoint> Lookup::next() {
    if (asked_ >= kMaxAsked) return std::nullopt;
    for (auto& one : unnamed_) {
        if (one.stage != Stage::fresh) continue;
        one.stage = Stage::asked;
        ++one.tries;
        ++asked_;
        return one.endpoint;
    }
    const auto valid = progress(true);
    if (valid.reached || in_flight(true) + in_flight(false) >= kAlpha) return std::nullopt;
    auto* next = valid.next;
    if (next == nullptr && (!valid.open() || in_flight(false) < kMaxOthersInFlight)) {
        next = progress(false).next;
    }
    if (next == nullptr) return std::nullopt;
    next->stage = Stage::asked;
    ++asked_;
    return next->node.endpoint;
}

void Lookup::on_answer(const NodeInfo& node, Bytes token) {
    ++answered_;
    set_stage(node.endpoint, Stage::answered);
    std::erase_if(candidates_,
                  [&](const Candidate& c) { return c.node.endpoint == node.endpoint; });
    if (!may_add(node) || !make_room()) return;
    insert({node, is_valid_for(node.id, node.endpoint.address), Stage::answered,
            ByteVector(token.begin(), token.end())});
}

void Lookup::set_stage(const Endpoint& endpoint, Stage stage) {
    for (auto& one : candidates_)
        if (one.node.endpoint == endpoint) one.stage = stage;
    for (auto& one : unnamed_)
        if (one.endpoint == endpoint) one.stage = stage;
}

void Lookup::on_late(const Endpoint& endpoint) {
    set_stage(endpoint, Stage::late);
    for (auto& one : unnamed_) {
        const bool again = answered_ == 0 && one.tries < kMaxTries;
        if (one.endpoint == endpoint && one.stage == Stage::late && again) one.stage = Stage::fresh;
    }
}

void Lookup::on_failure(const Endpoint& endpoint) {
    set_stage(endpoint, Stage::failed);
}

bool Lookup::done() {
    const auto valid = progress(true);
    if (valid.reached) return true;
    if (valid.open()) return false;
    const auto all = progress(false);
    if (all.open()) return false;
    if (all.reached) return true;
    bool late = all.late;
    for (const auto& one : unnamed_) {
        if (one.stage == Stage::asked || (one.stage == Stage::fresh && asked_ < kMaxAsked)) {
            return false;
        }
        late |= one.stage == Stage::late;
    }
    return answered_ > 0 || !late;  // who is late may be the only one there is
}

std::vector<Lookup::Place> Lookup::places() const {
    std::vector<Place> out;
    std::size_t valid = 0;
    std::size_t others = 0;
    for (const auto& one : candidates_) {
        if (one.stage != Stage::answered || one.token.empty()) continue;
        if (!one.valid && others++ >= kMaxOthers) continue;
        out.push_back({one.node.endpoint, one.token});
        if (one.valid && ++valid == kClosest) break;
    }
    return out;
}

}  // namespace bt::dht
