#include "sim/metadata_sim.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "bt/crypto/sha1.hpp"
#include "bt/wire/metadata.hpp"

namespace bt::swarm::sim {
namespace {

using namespace std::chrono_literals;

ByteVector random_bytes(std::size_t size, Rng& rng) {
    ByteVector out;
    out.reserve(size + sizeof(std::uint64_t));
    while (out.size() < size)
        append_be(out, std::uint64_t{rng()});
    out.resize(size);
    return out;
}

}  // namespace

MetadataSim::MetadataSim(std::uint32_t size, std::uint64_t seed)
    : rng_(seed), content_(random_bytes(size, rng_)), fetch_(InfoHash{crypto::sha1(content_)}) {}

void MetadataSim::add(const MetadataSimPeer& is) {
    peers_.emplace_back().is = is;
    at(now_ + is.after, [this, index = peers_.size() - 1] { join(index); });
}

bool MetadataSim::run(Duration limit) {
    const auto end = now_ + limit;
    while (!fetch_.complete()) {
        const auto wake = fetch_.wake_at();
        EXPECT_TRUE(wake > now_) << "it would spin";
        const auto next = events_.empty() ? kNever : events_.top().at;
        if (std::min(wake, next) > end || wake <= now_) break;
        now_ = std::min(wake, next);
        if (wake <= next) {
            fetch_.on_timeout(now_);
        } else {
            const auto run = events_.top().run;
            events_.pop();
            run();
        }
        carry_out();
        EXPECT_LE(fetch_.held_bytes(), received_) << "memory for bytes that have not arrived";
        EXPECT_LE(fetch_.held_bytes(), MetadataFetch::kMaxHeldBytes);
    }
    return fetch_.complete();
}

void MetadataSim::at(TimePoint when, std::function<void()> what) {
    events_.push({when, order_++, std::move(what)});
}

std::uint32_t MetadataSim::named(const Peer& peer) const {
    const auto size = static_cast<std::uint32_t>(content_.size());
    return peer.is.manner == Manner::misnaming ? peer.is.misnamed : size;
}

void MetadataSim::join(std::size_t index) {
    auto& peer = peers_[index];
    peer.id = ConnectionId(next_id_++);
    peer.here = true;
    peer.owed = 0;
    peer.joined = now_;
    index_of_[peer.id] = index;
    const auto n = static_cast<std::uint8_t>(index);
    fetch_.on_peer(peer.id, IpAddress::v4({192, 0, 2, n}), named(peer), now_);
    if (peer.is.manner == Manner::fickle) {
        at(now_ + 1ms * (50 + random_below(rng_, 3000)), [this, index] { leave(index); });
    }
}

void MetadataSim::leave(std::size_t index) {
    auto& peer = peers_[index];
    if (!peer.here) return;
    peer.here = false;
    fetch_.on_peer_gone(peer.id, now_);
    at(now_ + 1ms * random_below(rng_, 5000), [this, index] { join(index); });
}

void MetadataSim::carry_out() {
    for (const auto& request : fetch_.take_requests()) {
        const auto index = index_of_.at(request.peer);
        auto& peer = peers_[index];
        ASSERT_TRUE(peer.here && peer.id == request.peer) << "asked although it has gone";
        on_request(index, request.piece);
    }
    for (const auto& verdict : fetch_.take_verdicts()) {
        const auto index = index_of_.at(verdict.peer);
        auto& peer = peers_[index];
        if (verdict.kind == MetadataVerdict::Kind::liar) {
            EXPECT_TRUE(peer.is.manner == Manner::corrupting || peer.is.manner == Manner::misnaming)
                << "an honest peer was called a liar";
            liars_.push_back(peer.is.manner);
        } else {
            EXPECT_EQ(peer.is.manner, Manner::misfitting);
        }
        if (peer.here && peer.id == verdict.peer) {
            peer.here = false;
            fetch_.on_peer_gone(peer.id, now_);
        }
    }
}

void MetadataSim::on_request(std::size_t index, std::uint32_t piece) {
    auto& peer = peers_[index];
    ++peer.owed;
    const auto size = std::uint64_t{piece} * wire::kMetadataPieceSize;
    ASSERT_LT(size, named(peer)) << "asked for a piece that there is not";
    if (peer.is.manner == Manner::silent) return;
    const bool rejects = peer.is.manner == Manner::rejecting ||
                         (peer.is.manner == Manner::learning && now_ < peer.joined + 20s);
    if (rejects) {
        at(now_ + peer.is.latency,
           [this, index, id = peer.id, piece] { reject(index, id, piece); });
        return;
    }
    const auto takes = peer.is.manner == Manner::dripping
                           ? Duration(9s)
                           : from_seconds(wire::kMetadataPieceSize / peer.is.rate);
    peer.free = std::max(peer.free, now_ + peer.is.latency / 2) + takes;
    at(peer.free + peer.is.latency / 2,
       [this, index, id = peer.id, piece] { answer(index, id, piece); });
}

void MetadataSim::reject(std::size_t index, ConnectionId id, std::uint32_t piece) {
    auto& peer = peers_[index];
    if (!peer.here || peer.id != id) return;
    --peer.owed;
    fetch_.on_reject(id, piece, now_);
}

void MetadataSim::answer(std::size_t index, ConnectionId id, std::uint32_t piece) {
    auto& peer = peers_[index];
    if (!peer.here || peer.id != id) return;
    --peer.owed;
    const auto bytes = bytes_of(peer, piece);
    received_ += bytes.size();
    fetch_.on_data(id, piece, named(peer), bytes, now_);
}

ByteVector MetadataSim::bytes_of(Peer& peer, std::uint32_t piece) {
    const auto begin = std::size_t{piece} * wire::kMetadataPieceSize;
    const auto length = std::min<std::size_t>(wire::kMetadataPieceSize, named(peer) - begin);
    if (peer.is.manner == Manner::misnaming) return random_bytes(length, rng_);
    const auto first = content_.begin() + static_cast<std::ptrdiff_t>(begin);
    ByteVector out(first, first + static_cast<std::ptrdiff_t>(length));
    if (peer.is.manner == Manner::misfitting) out.pop_back();
    if (peer.is.manner == Manner::corrupting) {
        const auto roll = static_cast<double>(random_below(rng_, 1000)) / 1000;
        // The first piece always: one that never lies is honest.
        const bool lies = piece == 0 || roll < peer.is.corrupt;
        if (peer.corrupts.try_emplace(piece, lies).first->second) out[0] ^= std::byte{1};
    }
    return out;
}

}  // namespace bt::swarm::sim
