// What a swarm under fuzzing may do, seen from outside: the peers as they are, what each was asked
// for, and the runs that lie with the disk. Every action is held against it.
//
// Invariants: a request is for a block that the peer has and we lack, and to a peer that serves it;
// a cancel is of a request; choke and interest alternate; only peers with BEP 6 hear its messages;
// nothing is said to a peer after its Disconnect; what is served, we have; the runs of a piece come
// in order, one at a time, and so does what is parked of it, which is just what a run lacks.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "bt/core/assert.hpp"
#include "bt/swarm/swarm.hpp"
#include "bt/wire/reader.hpp"

namespace bt::fuzz {

using wire::MessageId;

struct ModelPeer {
    ModelPeer(PeerKey k, const swarm::PeerTraits& t, std::uint32_t pieces, BlockPool& pool)
        : key(k), traits(t), reader(pieces, pool), has(pieces), interesting(t.told_interest) {}

    PeerKey key;
    swarm::PeerTraits traits;
    wire::Reader reader;
    Bitfield has;
    std::set<PieceIndex> allowed_fast;  // to us
    std::set<PieceIndex> granted;       // by us
    std::set<BlockRequest> asked;
    std::set<BlockRequest> unanswered;  // by a peer that chokes us since: it may answer or not
    bool chokes_us = true;
    bool choked = true;
    bool interesting = false;
    bool closed = false;
};

class SwarmModel {
public:
    SwarmModel(const metainfo::PieceLayout& layout, const swarm::Swarm& swarm)
        : layout_(layout), swarm_(swarm) {}

    std::vector<ModelPeer> peers;
    std::vector<swarm::WriteRun> runs;     // with the disk, in order
    std::vector<swarm::ParkBlocks> parks;  // with the disk, in order

    /// Takes note of what `peer` is about to say.
    void hear(ModelPeer& peer, const wire::Message& message) {
        const auto piece = message.block.piece;
        const bool valid = piece.value() < layout_.piece_count();
        switch (message.id) {
            case MessageId::choke:
                if (peer.chokes_us) break;  // said twice, it takes nothing back
                peer.chokes_us = true;
                if (peer.traits.fast) peer.unanswered.merge(peer.asked);
                peer.asked.clear();
                break;
            case MessageId::unchoke:
                peer.chokes_us = false;
                break;
            case MessageId::have:
                if (valid) peer.has.set(piece);
                break;
            case MessageId::have_all:
                peer.has = Bitfield(layout_.piece_count(), true);
                break;
            case MessageId::have_none:
                peer.has = Bitfield(layout_.piece_count());
                break;
            case MessageId::bitfield:
                if (auto bits = Bitfield::from_wire(message.payload, layout_.piece_count())) {
                    peer.has = std::move(*bits);
                }
                break;
            case MessageId::allowed_fast:
                if (valid) peer.allowed_fast.insert(piece);
                break;
            case MessageId::piece:
                peer.asked.erase(message.block);
                peer.unanswered.erase(message.block);
                break;
            case MessageId::reject_request:
                // Only where the block begins counts.
                if (layout_.contains(message.block)) {
                    const auto block = layout_.block(piece, message.block.begin / kBlockSize);
                    peer.asked.erase(block);
                    peer.unanswered.erase(block);
                }
                break;
            default:
                break;
        }
    }

    /// Takes note of what the swarm wants done.
    void take(std::vector<swarm::Action>& actions) {
        for (auto& action : actions)
            std::visit([this](auto& a) { check(a); }, action);
    }

    /// What the disk says of blocks that it has parked.
    [[nodiscard]] std::vector<std::uint32_t> marks_of(const swarm::ParkBlocks& park) {
        std::vector<std::uint32_t> out;
        for (const auto block : park.blocks)
            out.push_back(parked_[park.piece][block]);
        return out;
    }
    /// The run could not be hashed: it is to be fetched again.
    void on_altered(const swarm::WriteRun& run) { written_[run.piece] = run.begin; }
    void on_failed(const swarm::WriteRun& run) { written_[run.piece] = 0; }

    void check_peers(TimePoint now) const {
        for (const auto& peer : peers) {
            const auto stats = swarm_.peer_stats(peer.key, now);
            BT_ASSERT(stats.has_value());
            if (peer.closed) continue;
            BT_ASSERT(stats->outstanding <= peer.asked.size() + peer.unanswered.size());
            BT_ASSERT(stats->choking_us == peer.chokes_us);
            BT_ASSERT(stats->choked_by_us == peer.choked);
            BT_ASSERT(stats->interesting == peer.interesting);
            BT_ASSERT(stats->pieces == peer.has.count());
        }
    }

private:
    ModelPeer& open_peer(PeerKey key) {
        const auto found = std::find_if(peers.begin(), peers.end(),
                                        [&](const ModelPeer& peer) { return peer.key == key; });
        BT_ASSERT(found != peers.end() && !found->closed);
        return *found;
    }

    void check(const swarm::Send& send) {
        auto& peer = open_peer(send.peer);
        const auto piece = send.block.piece;
        switch (send.id) {
            case MessageId::request:
                check_request(peer, send.block);
                break;
            case MessageId::cancel:
                BT_ASSERT(peer.asked.erase(send.block) + peer.unanswered.erase(send.block) > 0);
                break;
            case MessageId::choke:
            case MessageId::unchoke:
                BT_ASSERT(peer.choked == (send.id == MessageId::unchoke));
                peer.choked = !peer.choked;
                break;
            case MessageId::interested:
            case MessageId::not_interested:
                // An interest told before the handshake may be repeated.
                BT_ASSERT(peer.traits.told_interest ||
                          peer.interesting == (send.id == MessageId::not_interested));
                peer.interesting = send.id == MessageId::interested;
                break;
            case MessageId::have:
                BT_ASSERT(swarm_.have().get(piece));
                break;
            case MessageId::reject_request:
                BT_ASSERT(peer.traits.fast);
                break;
            case MessageId::allowed_fast:
                BT_ASSERT(peer.traits.fast && piece.value() < layout_.piece_count());
                peer.granted.insert(piece);
                break;
            default:
                BT_ASSERT(false);  // no other message is the swarm's to send
        }
    }
    void check_request(ModelPeer& peer, const BlockRequest& block) {
        BT_ASSERT(layout_.contains(block));
        BT_ASSERT(block == layout_.block(block.piece, block.begin / kBlockSize));
        BT_ASSERT(peer.has.get(block.piece) && !swarm_.have().get(block.piece));
        BT_ASSERT(!peer.chokes_us || peer.allowed_fast.contains(block.piece));
        BT_ASSERT(peer.interesting);
        peer.unanswered.erase(block);
        peer.asked.insert(block);
    }
    void check(const swarm::Serve& serve) {
        const auto& peer = open_peer(serve.peer);
        BT_ASSERT(layout_.contains(serve.block) && swarm_.have().get(serve.block.piece));
        BT_ASSERT(!peer.choked || peer.granted.contains(serve.block.piece));
    }
    void check(const swarm::StopServing& stop) {
        BT_ASSERT(stop.reject == open_peer(stop.peer).traits.fast);
    }
    void check(swarm::WriteRun& run) {
        const auto size = layout_.piece_size(run.piece);
        BT_ASSERT(run.length > 0 && run.begin + run.length <= size);
        BT_ASSERT(run.last == (run.begin + run.length == size));
        BT_ASSERT(run.blocks.size() == (run.length + kBlockSize - 1) / kBlockSize);
        BT_ASSERT(!swarm_.have().get(run.piece));
        BT_ASSERT(!is_with_disk(run.piece));
        auto& parked = parked_[run.piece];
        std::size_t missing = 0;
        for (const auto& block : run.blocks)
            missing += block ? 0 : 1;
        BT_ASSERT(missing == run.parked.size());
        const auto first = run.begin / kBlockSize;
        for (const auto& [block, mark] : run.parked) {
            BT_ASSERT(block >= first && block - first < run.blocks.size());
            BT_ASSERT(!run.blocks[block - first] && mark == parked.at(block));
        }
        parked.erase(parked.lower_bound(first),
                     parked.lower_bound(first + static_cast<std::uint32_t>(run.blocks.size())));
        auto& written = written_[run.piece];
        BT_ASSERT(run.begin == 0 || run.begin == written);
        written = run.begin + run.length;
        runs.push_back(std::move(run));
    }
    void check(swarm::ParkBlocks& park) {
        BT_ASSERT(!swarm_.have().get(park.piece) && !is_with_disk(park.piece));
        BT_ASSERT(park.blocks.size() == park.buffers.size());
        BT_ASSERT(!park.blocks.empty() || !park.given_up.empty());
        auto& parked = parked_[park.piece];
        for (const auto block : park.given_up)
            BT_ASSERT(parked.erase(block) == 1);
        for (std::size_t i = 0; i < park.blocks.size(); ++i) {
            const auto block = park.blocks[i];
            BT_ASSERT(park.buffers[i] && block < layout_.block_count(park.piece));
            BT_ASSERT(!parked.contains(block));
            BT_ASSERT(block >= written_[park.piece] / kBlockSize);
            BT_ASSERT(i == 0 || block > park.blocks[i - 1]);
            parked[block] = ++marks_;
        }
        parks.push_back(std::move(park));
    }
    [[nodiscard]] bool is_with_disk(PieceIndex piece) const {
        const auto of_piece = [&](const auto& job) { return job.piece == piece; };
        return std::ranges::any_of(runs, of_piece) || std::ranges::any_of(parks, of_piece);
    }
    void check(const swarm::Disconnect& close) {
        BT_ASSERT(close.reason != swarm::CloseReason::none);
        open_peer(close.peer).closed = true;
    }
    void check(const swarm::PieceDone& done) { BT_ASSERT(swarm_.have().get(done.piece)); }
    void check(const swarm::BanAddress&) {}

    const metainfo::PieceLayout& layout_;
    const swarm::Swarm& swarm_;
    std::map<PieceIndex, std::uint32_t> written_;  // bytes handed to the disk in the last runs
    /// The marks of blocks on disk, or on their way there.
    std::map<PieceIndex, ParkedBlocks> parked_;
    std::uint32_t marks_ = 0;
};

}  // namespace bt::fuzz
