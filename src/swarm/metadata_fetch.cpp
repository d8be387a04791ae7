// MetadataFetch: what peers say and send. Whom to ask is in metadata_turns.cpp.
#include "bt/swarm/metadata_fetch.hpp"

#include <algorithm>
#include <utility>

#include "bt/core/assert.hpp"
#include "bt/crypto/sha1.hpp"
#include "swarm/metadata_state.hpp"

namespace bt::swarm {
namespace {

/// Of one peer: more than it can owe.
constexpr std::size_t kMaxLate = 2 * MetadataFetch::kMaxOutstanding;

bool take_out(std::vector<std::uint32_t>& from, std::uint32_t piece) {
    const auto at = std::find(from.begin(), from.end(), piece);
    if (at == from.end()) return false;
    from.erase(at);
    return true;
}

void owe_late(MetadataPeer& peer) {
    peer.late.insert(peer.late.end(), peer.outstanding.begin(), peer.outstanding.end());
    peer.outstanding.clear();
    if (peer.late.size() > kMaxLate) {
        peer.late.erase(peer.late.begin(), peer.late.end() - static_cast<std::ptrdiff_t>(kMaxLate));
    }
}

}  // namespace

MetadataFetch::MetadataFetch(const InfoHash& info_hash)
    : state_(std::make_unique<State>(info_hash)) {}
MetadataFetch::~MetadataFetch() = default;

void MetadataFetch::on_peer(ConnectionId id, const IpAddress& address, std::uint64_t named_size,
                            TimePoint now) {
    auto& state = *state_;
    if (state.metadata || (state.peers.size() >= kMaxPeers && !state.peers.contains(id))) return;
    auto& peer = state.peers[id];
    peer.address = address;
    const auto size = named_size <= kMaxSize ? static_cast<std::uint32_t>(named_size) : 0;
    if (size == peer.size || peer.out) return;
    if (peer.size > 0) {
        if (peer.renames++ == kMaxRenames) return;
        state.leave(id, peer);
    }
    state.join(peer, size);
    state.bound_orphans();
    state.settle(now);
}

void MetadataFetch::on_peer_gone(ConnectionId id, TimePoint now) {
    auto& state = *state_;
    const auto at = state.peers.find(id);
    if (at == state.peers.end()) return;
    state.leave(id, at->second);
    state.peers.erase(at);
    state.bound_orphans();
    state.settle(now);
}

void MetadataFetch::on_data(ConnectionId id, std::uint32_t piece,
                            std::optional<std::uint64_t> total_size, Bytes payload, TimePoint now) {
    auto& state = *state_;
    const auto at = state.peers.find(id);
    if (at == state.peers.end() || !at->second.usable()) return;
    auto& peer = at->second;
    if (!take_out(peer.outstanding, piece) && !take_out(peer.late, piece)) return;
    peer.heard = now;
    const auto fits = state.attempt_of(peer).piece_size(piece) == payload.size();
    if (fits && total_size.value_or(peer.size) == peer.size) {
        state.take(id, peer, piece, payload, now);
    } else {
        state.misfit(id, peer, piece, now);
    }
    state.settle(now);
}

void MetadataFetch::on_reject(ConnectionId id, std::uint32_t piece, TimePoint now) {
    auto& state = *state_;
    const auto at = state.peers.find(id);
    if (at == state.peers.end() || !at->second.usable()) return;
    auto& peer = at->second;
    if (!take_out(peer.outstanding, piece)) return;
    peer.heard = now;
    state.attempt_of(peer).give_back(piece, id);
    state.rest(peer, now);
    state.settle(now);
}

void MetadataFetch::on_timeout(TimePoint now) {
    state_->settle(now);
}

TimePoint MetadataFetch::wake_at() const {
    return state_->wake;
}

std::vector<MetadataRequest> MetadataFetch::take_requests() {
    return std::exchange(state_->requests, {});
}

std::vector<MetadataVerdict> MetadataFetch::take_verdicts() {
    return std::exchange(state_->verdicts, {});
}

bool MetadataFetch::complete() const {
    return state_->metadata.has_value();
}

ByteVector MetadataFetch::take_metadata() {
    BT_ASSERT(complete());
    return std::exchange(*state_->metadata, {});
}

std::size_t MetadataFetch::held_bytes() const {
    return state_->held;
}

MetadataProgress MetadataFetch::progress() const {
    const auto& state = *state_;
    if (state.metadata) return state.finished;
    MetadataProgress out;
    std::uint32_t most = 0;
    for (const auto& [size, of] : state.sizes) {
        out.holders += of.peers;
        if (of.peers < most || (of.peers == most && of.shared.held_pieces() < out.pieces)) continue;
        most = of.peers;
        out.of = of.shared.piece_count();
        out.pieces = of.shared.held_pieces();
        for (const auto& [id, peer] : state.peers) {
            if (peer.size == size && peer.own) {
                out.pieces = std::max(out.pieces, peer.own->held_pieces());
            }
        }
    }
    return out;
}

void MetadataFetch::State::join(MetadataPeer& peer, std::uint32_t size) {
    peer.size = size;
    if (size == 0) return;
    ++sizes.try_emplace(size, size).first->second.peers;
}

void MetadataFetch::State::leave(ConnectionId id, MetadataPeer& peer) {
    if (peer.size == 0 || peer.out) return;
    give_up_outstanding(id, peer);
    peer.late.clear();
    if (peer.own) held -= peer.own->held_bytes();
    peer.own.reset();
    peer.has_turn = false;
    --sizes.at(std::exchange(peer.size, 0)).peers;
}

void MetadataFetch::State::give_up_outstanding(ConnectionId id, MetadataPeer& peer) {
    auto& attempt = attempt_of(peer);
    for (const auto piece : peer.outstanding)
        attempt.give_back(piece, id);
    owe_late(peer);
}

/// It has nothing to give for now. Answers to what was asked before are heard all the same.
void MetadataFetch::State::rest(MetadataPeer& peer, TimePoint now) {
    if (peer.paused_until > now) return;  // one of many rejects in a row
    ++peer.rests;
    peer.paused_until = now + peer.pause;
    peer.pause = std::min(2 * peer.pause, kMaxPause);
    peer.window = std::max(1u, peer.window / 2);
    peer.has_turn = false;
}

/// The sender may have gone.
void MetadataFetch::State::judge(const MetadataSender& sender, MetadataVerdict::Kind kind) {
    const auto at = peers.find(sender.peer);
    if (at != peers.end()) {
        if (at->second.out) return;
        leave(at->first, at->second);
        at->second.out = true;
    }
    verdicts.push_back({sender.peer, sender.address, kind});
}

/// Sizes that nobody names any more are worth what has arrived of them.
void MetadataFetch::State::bound_orphans() {
    std::vector<std::pair<std::size_t, std::uint32_t>> orphans;
    for (auto at = sizes.begin(); at != sizes.end();) {
        const auto& of = at->second;
        const bool worthless = of.shared.held_bytes() == 0 && !of.in_doubt;
        if (of.peers == 0 && worthless) {
            at = sizes.erase(at);
            continue;
        }
        if (of.peers == 0) orphans.emplace_back(of.shared.held_bytes(), at->first);
        ++at;
    }
    if (orphans.size() <= kMaxOrphans) return;
    std::sort(orphans.begin(), orphans.end());
    for (std::size_t i = 0; i < orphans.size() - kMaxOrphans; ++i) {
        held -= orphans[i].first;
        sizes.erase(orphans[i].second);
    }
}

MetadataAttempt& MetadataFetch::State::attempt_of(MetadataPeer& peer) {
    auto& of = sizes.at(peer.size);
    if (!of.in_doubt) return of.shared;
    if (!peer.own) peer.own = std::make_unique<MetadataAttempt>(peer.size);
    return *peer.own;
}

void MetadataFetch::State::take(ConnectionId id, MetadataPeer& peer, std::uint32_t piece,
                                Bytes payload, TimePoint now) {
    ++peer.answers;
    peer.rests = 0;
    peer.pause = kFirstPause;
    peer.window = std::min(peer.window + 1, kMaxOutstanding);
    auto& attempt = attempt_of(peer);
    if (!attempt.wants(piece)) return;
    attempt.hold(piece, payload, {id, peer.address}, now);
    held += payload.size();
    bound_bytes(attempt);
    if (attempt.full()) finish(id, peer);
}

void MetadataFetch::State::misfit(ConnectionId id, MetadataPeer& peer, std::uint32_t piece,
                                  TimePoint now) {
    attempt_of(peer).give_back(piece, id);
    if (++peer.misfits == kMaxMisfits) {
        judge({id, peer.address}, MetadataVerdict::Kind::broken);
    } else {
        rest(peer, now);
    }
}

template <class Visit>
void MetadataFetch::State::for_each_attempt(Visit visit) {
    for (auto& [size, of] : sizes)
        visit(size, of.shared);
    for (auto& [id, peer] : peers) {
        if (peer.own) visit(peer.size, *peer.own);
    }
}

/// Makes room by what has not moved for the longest time, of those with no less than their share:
/// who fills the room cannot drive out what is small and moves.
void MetadataFetch::State::bound_bytes(const MetadataAttempt& receiver) {
    while (held > kMaxHeldBytes) {
        std::size_t count = 0;
        for_each_attempt([&](std::uint32_t, const MetadataAttempt& one) {
            count += one.held_bytes() > 0 ? 1 : 0;
        });
        MetadataAttempt* victim = nullptr;
        std::uint32_t size_of_victim = 0;
        const auto consider = [&](std::size_t share) {
            for_each_attempt([&](std::uint32_t size, MetadataAttempt& one) {
                if (&one == &receiver || one.held_bytes() < share) return;
                if (victim && victim->last_progress() <= one.last_progress()) return;
                victim = &one;
                size_of_victim = size;
            });
        };
        consider(held / count);
        if (!victim) consider(1);
        BT_ASSERT(victim);  // one alone is no larger than half of the bound
        renew(size_of_victim, *victim);
    }
}

/// Begins `attempt` anew. What its peers owe is late from now on.
void MetadataFetch::State::renew(std::uint32_t size, MetadataAttempt& attempt) {
    held -= attempt.held_bytes();
    for (auto& [id, peer] : peers) {
        if (peer.usable() && &attempt_of(peer) == &attempt) owe_late(peer);
    }
    attempt = MetadataAttempt(size);
}

void MetadataFetch::State::finish(ConnectionId id, MetadataPeer& peer) {
    const auto& attempt = attempt_of(peer);
    if (attempt.digest() != info_hash.bytes) return failed(id, peer);
    auto whole = attempt.assemble();
    finished = {attempt.piece_count(), attempt.piece_count(), 0};
    for (const auto& [size, of] : sizes)
        finished.holders += of.peers;
    convict_by(attempt, peer.size);
    metadata = std::move(whole);
    peers.clear();
    sizes.clear();
    requests.clear();
    held = 0;
}

void MetadataFetch::State::failed(ConnectionId id, MetadataPeer& peer) {
    const auto size = peer.size;
    auto& of = sizes.at(size);
    const auto liar =
        of.in_doubt ? std::optional(MetadataSender{id, peer.address}) : of.shared.only_sender();
    if (!liar) return put_in_doubt(size);
    if (!of.in_doubt) renew(size, of.shared);
    judge(*liar, MetadataVerdict::Kind::liar);
    bound_orphans();
}

/// The bytes are dropped; who sent which stays known, for when the true ones have come.
void MetadataFetch::State::put_in_doubt(std::uint32_t size) {
    auto& of = sizes.at(size);
    for (const auto& [piece, held_piece] : of.shared.pieces()) {
        of.evidence.push_back({piece, crypto::sha1(held_piece.bytes), held_piece.sender});
    }
    renew(size, of.shared);
    of.in_doubt = true;
}

void MetadataFetch::State::convict_by(const MetadataAttempt& good, std::uint32_t size) {
    std::vector<MetadataSender> liars;
    const auto add = [&liars](const MetadataSender& sender) {
        if (std::find(liars.begin(), liars.end(), sender) == liars.end()) liars.push_back(sender);
    };
    std::map<std::uint32_t, Sha1Digest> digests;
    for (const auto& one : sizes.at(size).evidence) {
        const auto at = digests.try_emplace(one.piece).first;
        if (at->second == Sha1Digest{}) {
            at->second = crypto::sha1(good.pieces().at(one.piece).bytes);
        }
        if (at->second != one.digest) add(one.sender);
    }
    for (const auto& [id, peer] : peers) {
        if (peer.size != size || !peer.own) continue;
        for (const auto& [piece, one] : peer.own->pieces()) {
            if (one.bytes != good.pieces().at(piece).bytes) add(one.sender);
        }
    }
    for (const auto& liar : liars) {
        if (std::none_of(verdicts.begin(), verdicts.end(),
                         [&](const auto& one) { return one.peer == liar.peer; })) {
            judge(liar, MetadataVerdict::Kind::liar);
        }
    }
}

}  // namespace bt::swarm
