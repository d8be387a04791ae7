#include "bt/swarm/pex.hpp"

#include <algorithm>

namespace bt::swarm {

using wire::kMaxPexPeers;
using wire::PexMessage;
using wire::PexPeer;

namespace {

bool can_be_peer(const Endpoint& endpoint) {
    return endpoint.port != 0 && endpoint.address.is_unicast();
}

}  // namespace

void Pex::on_connected(ConnectionId id, const std::optional<Endpoint>& listening,
                       std::uint8_t flags, TimePoint now) {
    const auto known = peers_.find(id);
    if (known == peers_.end() && peers_.size() == kMaxPeers) return;
    auto& peer = known != peers_.end() ? known->second : peers_[id];
    if (known == peers_.end()) peer.send_at = now + kFirstAfter;
    const auto old = peer.listening;
    peer.listening = listening && can_be_peer(*listening) ? listening : std::nullopt;
    peer.flags = flags;
    if (peer.listening) add_contact(*peer.listening, flags);
    if (old) drop_contact(*old);
}

void Pex::on_support(ConnectionId id, bool speaks) {
    const auto at = peers_.find(id);
    if (at != peers_.end()) at->second.speaks = speaks;
}

void Pex::on_disconnected(ConnectionId id) {
    const auto at = peers_.find(id);
    if (at == peers_.end()) return;
    if (at->second.listening) drop_contact(*at->second.listening);
    peers_.erase(at);
}

void Pex::add_contact(const Endpoint& endpoint, std::uint8_t flags) {
    auto& contact = contacts_[endpoint];
    if (contact.connections++ == 0) ++version_;
    contact.flags = flags;
}

void Pex::drop_contact(const Endpoint& endpoint) {
    const auto at = contacts_.find(endpoint);
    if (--at->second.connections > 0) return;
    contacts_.erase(at);
    ++version_;
}

std::optional<PexMessage> Pex::next_message(ConnectionId id, TimePoint now) {
    const auto at = peers_.find(id);
    if (at == peers_.end()) return std::nullopt;
    auto& peer = at->second;
    if (!peer.speaks || now < peer.send_at || peer.seen == version_) return std::nullopt;

    PexMessage out;
    bool all = true;
    std::vector<Endpoint> told;
    for (const auto& endpoint : peer.told) {
        if (contacts_.contains(endpoint)) {
            told.push_back(endpoint);
        } else if (out.dropped.size() < kMaxPexPeers) {
            out.dropped.push_back(endpoint);
        } else {
            told.push_back(endpoint);
            all = false;
        }
    }
    for (const auto& [endpoint, contact] : contacts_) {
        if (endpoint == peer.listening) continue;
        if (std::binary_search(peer.told.begin(), peer.told.end(), endpoint)) continue;
        if (told.size() == kMaxTold) break;  // until some of these have gone
        if (out.added.size() == kMaxPexPeers) {
            all = false;
            break;
        }
        out.added.push_back({endpoint, contact.flags});
        told.push_back(endpoint);
    }
    if (all) peer.seen = version_;
    if (out.added.empty() && out.dropped.empty()) return std::nullopt;
    std::sort(told.begin(), told.end());
    peer.told = std::move(told);
    peer.send_at = now + kInterval;
    return out;
}

TimePoint Pex::wake_at() const {
    auto out = kNever;
    for (const auto& [id, peer] : peers_) {
        if (peer.speaks && peer.seen != version_) out = std::min(out, peer.send_at);
    }
    return out;
}

std::vector<PexPeer> Pex::on_message(ConnectionId id, Bytes payload, TimePoint now) {
    const auto at = peers_.find(id);
    if (at == peers_.end() || now < at->second.take_at) return {};
    at->second.take_at = now + kInterval - kTolerance;
    auto message = wire::parse_pex(payload);
    if (!message) return {};
    std::vector<PexPeer> out;
    for (const auto& peer : message->added) {
        const bool known = std::any_of(out.begin(), out.end(), [&](const PexPeer& other) {
            return other.endpoint.address == peer.endpoint.address;
        });
        if (!known && can_be_peer(peer.endpoint)) out.push_back(peer);
    }
    return out;
}

}  // namespace bt::swarm
