// A swarm under test, and the words to tell it facts and to read its actions.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "bt/swarm/swarm.hpp"

namespace bt::swarm::test {

using namespace std::chrono_literals;
using wire::MessageId;

inline const TimePoint kStart = TimePoint{} + 1000s;

class SwarmTest : public ::testing::Test {
protected:
    /// Pieces of four blocks, unless said otherwise.
    void start(std::uint32_t pieces, Settings settings = {},
               std::uint32_t piece_length = 4 * kBlockSize) {
        layout = metainfo::PieceLayout(piece_length, std::uint64_t{pieces} * piece_length);
        start(Bitfield(pieces), Bitfield(pieces, true), settings);
    }
    void start(Bitfield have, Bitfield wanted, Settings settings = {}) {
        swarm = std::make_unique<Swarm>(layout, std::move(have), std::move(wanted), settings, 1);
    }

    PeerKey connect(bool fast = false, std::uint8_t host = 0) {
        PeerTraits traits;
        const auto last = host != 0 ? host : ++hosts;
        traits.endpoint = {IpAddress::v4({10, 0, 0, last}), 6881};
        traits.fast = fast;
        return swarm->on_peer_connected(traits, now);
    }
    /// As connect(), after our interest has gone out with our handshake.
    PeerKey connect_told() {
        PeerTraits traits;
        traits.endpoint = {IpAddress::v4({10, 0, 0, ++hosts}), 6881};
        traits.told_interest = true;
        return swarm->on_peer_connected(traits, now);
    }
    /// A peer that has everything and serves us.
    PeerKey seed(bool fast = false) {
        const auto peer = connect(fast);
        tell(peer, MessageId::have_all);
        tell(peer, MessageId::unchoke);
        return peer;
    }
    void tell(PeerKey peer, MessageId id, BlockRequest block = {}) {
        wire::Message message;
        message.id = id;
        message.block = block;
        swarm->on_message(peer, message, now);
        collect();
    }
    /// "x.x": has pieces 0 and 2.
    void tell_bitfield(PeerKey peer, const std::string& art) {
        Bitfield bits(static_cast<std::uint32_t>(art.size()));
        for (std::uint32_t i = 0; i < art.size(); ++i) {
            if (art[i] == 'x') bits.set(PieceIndex(i));
        }
        const auto bytes = bits.to_wire();
        wire::Message message;
        message.id = MessageId::bitfield;
        message.payload = bytes;
        swarm->on_message(peer, message, now);
        collect();
    }
    void send_block(PeerKey peer, BlockRequest block) {
        wire::Message message;
        message.id = MessageId::piece;
        message.block = block;
        message.data = pool.acquire();
        swarm->on_message(peer, message, now);
        collect();
    }
    void wait(Duration time) {
        for (const auto end = now + time; now < end;) {
            now += kTick;
            swarm->on_timeout(now);
            collect();
        }
    }
    /// The peer answers what it has been asked for, until it is asked for nothing more; the disk
    /// finds all of it good.
    void serve(PeerKey peer) {
        for (std::size_t guard = 0; guard < 10000; ++guard) {
            const auto asked = requests_to(peer);
            if (asked.empty() && runs.empty() && parks.empty()) return;
            forget_requests(peer);
            now += 1ms;
            for (const auto& block : asked)
                send_block(peer, block);
            write_all();
        }
        FAIL() << "asked for ever";
    }
    void write_all() {
        for (auto& park : std::exchange(parks, {})) {
            park.buffers.clear();
            swarm->on_parked(park.piece, park.blocks, marks_of(park), now);
            collect();
        }
        for (auto& run : std::exchange(runs, {})) {
            run.blocks.clear();
            if (run.last) {
                swarm->on_piece_verified(run.piece, {}, now);
            } else {
                swarm->on_run_written(run.piece, run.hash, now);
            }
            collect();
        }
    }

    /// Tells blocks apart that were parked at different times.
    std::vector<std::uint32_t> marks_of(const ParkBlocks& park) {
        std::vector<std::uint32_t> out(park.blocks.size());
        for (auto& mark : out)
            mark = ++marks_given;
        return out;
    }

    void collect() {
        std::vector<Action> actions;
        swarm->take_actions(actions);
        for (auto& action : actions) {
            if (auto* send = std::get_if<Send>(&action)) sends.push_back(*send);
            if (auto* serve = std::get_if<Serve>(&action)) serves.push_back(*serve);
            if (auto* stop = std::get_if<StopServing>(&action)) stops.push_back(*stop);
            if (auto* run = std::get_if<WriteRun>(&action)) runs.push_back(std::move(*run));
            if (auto* park = std::get_if<ParkBlocks>(&action)) parks.push_back(std::move(*park));
            if (auto* close = std::get_if<Disconnect>(&action)) closed.push_back(*close);
            if (auto* done = std::get_if<PieceDone>(&action)) pieces_done.push_back(done->piece);
            if (auto* ban = std::get_if<BanAddress>(&action)) banned.push_back(ban->address);
        }
    }
    [[nodiscard]] std::vector<BlockRequest> sent(PeerKey peer, MessageId id) const {
        std::vector<BlockRequest> out;
        for (const auto& send : sends) {
            if (send.peer == peer && send.id == id) out.push_back(send.block);
        }
        return out;
    }
    [[nodiscard]] std::vector<BlockRequest> requests_to(PeerKey peer) const {
        return sent(peer, MessageId::request);
    }
    [[nodiscard]] std::size_t count(PeerKey peer, MessageId id) const {
        return sent(peer, id).size();
    }
    void forget_requests(PeerKey peer) {
        std::erase_if(sends,
                      [&](const Send& s) { return s.peer == peer && s.id == MessageId::request; });
    }
    [[nodiscard]] bool was_closed(PeerKey peer, CloseReason reason) const {
        return std::any_of(closed.begin(), closed.end(), [&](const Disconnect& d) {
            return d.peer == peer && d.reason == reason;
        });
    }
    [[nodiscard]] PeerStats stats(PeerKey peer) const { return *swarm->peer_stats(peer, now); }
    [[nodiscard]] BlockRequest block(std::uint32_t piece, std::uint32_t index) const {
        return layout.block(PieceIndex(piece), index);
    }

    BlockPool pool;  // outlives the swarm and its actions
    metainfo::PieceLayout layout;
    std::unique_ptr<Swarm> swarm;
    TimePoint now = kStart;
    std::uint8_t hosts = 0;
    std::vector<Send> sends;
    std::vector<Serve> serves;
    std::vector<StopServing> stops;
    std::vector<WriteRun> runs;
    std::vector<ParkBlocks> parks;
    std::uint32_t marks_given = 0;
    std::vector<Disconnect> closed;
    std::vector<PieceIndex> pieces_done;
    std::vector<IpAddress> banned;
};

}  // namespace bt::swarm::test
