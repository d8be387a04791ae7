// PeerSet: what the swarm wants done is done.
#include <utility>
#include <variant>

#include "bt/session/log.hpp"
#include "session/close_reason.hpp"
#include "session/peer_set.hpp"

namespace bt::session {

void PeerSet::carry_out(TimePoint now) {
    // Carrying out can close a peer, which tells the swarm, which has more to do: the outer call
    // does that too.
    if (carrying_out_) return;
    carrying_out_ = true;
    for (;;) {
        actions_.clear();
        if (swarm_) swarm_->take_actions(actions_);
        if (actions_.empty() && dirty_.empty()) break;
        for (auto& action : actions_) {
            std::visit([this](auto& a) { perform(a); }, action);
        }
        for (auto* session : std::exchange(dirty_, {})) {
            session->dirty = false;
            session->flush(now);
        }
    }
    carrying_out_ = false;
}

void PeerSet::perform(swarm::Send& action) {
    if (auto* session = find(action.peer)) {
        session->send(action);
        mark(*session);
    }
}

void PeerSet::perform(swarm::Serve& action) {
    if (auto* session = find(action.peer)) {
        session->serve(action.block);
        mark(*session);
    }
}

void PeerSet::perform(swarm::StopServing& action) {
    if (auto* session = find(action.peer)) {
        session->stop_serving(action);
        mark(*session);
    }
}

void PeerSet::perform(swarm::WriteRun& action) {
    disk::PieceJob job;
    job.torrent = id_;
    job.storage = storage_;
    job.piece = action.piece;
    job.begin = action.begin;
    job.length = action.length;
    job.last = action.last;
    job.want_digests = action.want_digests;
    job.hash = action.hash;
    job.blocks = std::move(action.blocks);
    job.parked = std::move(action.parked);
    owner_->submit(std::move(job));
}

void PeerSet::perform(swarm::ParkBlocks& action) {
    disk::ParkJob job;
    job.torrent = id_;
    job.storage = storage_;
    job.piece = action.piece;
    job.blocks = std::move(action.blocks);
    job.buffers = std::move(action.buffers);
    job.given_up = std::move(action.given_up);
    owner_->submit(std::move(job));
}

void PeerSet::perform(swarm::Disconnect& action) {
    auto* session = find(action.peer);
    if (session == nullptr) return;
    close(*session, swarm::CloseKind::useless, describe(action.reason));
    if (!action.ban) return;
    log::info("peer=", session->remote().to_string(), " banned: ", describe(action.reason));
    if (session->outgoing()) book_.forget(session->remote());
    ban(session->remote().address);
}

void PeerSet::perform(swarm::BanAddress& action) {
    log::info("peer=", action.address.to_string(),
              " banned: ", describe(swarm::CloseReason::bad_data));
    ban(action.address);
}

void PeerSet::ban(const IpAddress& address) {
    // Peers on this machine share their address: one that lies must not cost the others theirs.
    if (!address.is_loopback()) book_.ban(address);
}

void PeerSet::perform(swarm::PieceDone& action) {
    owner_->on_piece_done(action.piece);
}

}  // namespace bt::session
