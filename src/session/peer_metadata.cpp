// PeerSet: before the torrent is known, and what peers tell of others.
#include <algorithm>
#include <utility>

#include "bt/net/clock.hpp"
#include "bt/session/log.hpp"
#include "bt/text/escape.hpp"
#include "bt/wire/pex.hpp"
#include "session/dht_service.hpp"
#include "session/peer_set.hpp"

namespace bt::session {

void PeerSet::fetch_metadata() {
    metadata_ = std::make_unique<swarm::MetadataFetch>(info_hash_);
}

void PeerSet::go_private() {
    pex_.reset();
    dht_ = false;
}

std::optional<swarm::MetadataProgress> PeerSet::metadata_progress() const {
    if (!metadata_) return std::nullopt;
    return metadata_->progress();
}

std::uint32_t PeerSet::peer_count() const {
    const auto connected = [](const auto& one) {
        return one.second->shaken && !one.second->closed();
    };
    return static_cast<std::uint32_t>(std::ranges::count_if(sessions_, connected));
}

void PeerSet::begin(std::shared_ptr<const metainfo::Metainfo> metainfo,
                    std::shared_ptr<disk::Storage> storage, std::unique_ptr<swarm::Swarm> swarm) {
    metainfo_ = std::move(metainfo);
    storage_ = std::move(storage);
    swarm_ = std::move(swarm);
    metadata_.reset();
    const auto now = net::now();
    for (const auto& [raw, session] : sessions_) {
        session->set_piece_count(piece_count());
        if (session->shaken && !session->closed()) admit_early(*session, now);
    }
    carry_out(now);
}

void PeerSet::keep_waiting(PeerSession& session) {
    session.early.emplace();
    // BEP 6: something has to be said of what we have. Without BEP 6 silence means the same.
    if (session.fast()) session.send({{}, wire::MessageId::have_none, {}});
}

void PeerSet::on_early(PeerSession& session) {
    early_bytes_ +=
        session.early->bytes() - std::exchange(session.early_bytes, session.early->bytes());
    if (early_bytes_ > kMaxEarlyBytes) {
        return close(session, swarm::CloseKind::useless, "says more than there is room for");
    }
    if (session.early_interest || !session.early->has_pieces()) return;
    // By the time that we know what to ask for, it may have unchoked us.
    session.early_interest = true;
    session.send({{}, wire::MessageId::interested, {}});
    mark(session);
}

void PeerSet::admit_early(PeerSession& session, TimePoint now) {
    const auto early = std::exchange(session.early, std::nullopt);
    early_bytes_ -= std::exchange(session.early_bytes, 0);
    const auto pieces = early->pieces(piece_count());
    if (!pieces) {
        return close(session, swarm::CloseKind::useless, pieces.error().message);
    }
    session.told = Bitfield(piece_count());
    admit(session, now);
    const auto replay = [&](wire::MessageId id, PieceIndex piece = {}, Bytes payload = {}) {
        if (!session.key) return;
        wire::Message message;
        message.id = id;
        message.block.piece = piece;
        message.payload = payload;
        swarm_->on_message(*session.key, message, now);
    };
    const auto bits = pieces->to_wire();
    if (session.fast() && early->has_all()) {
        replay(wire::MessageId::have_all);
    } else if (!pieces->none()) {
        replay(wire::MessageId::bitfield, {}, bits);
    }
    for (const auto piece : early->allowed_fast())
        replay(wire::MessageId::allowed_fast, piece);
    if (early->unchoked()) replay(wire::MessageId::unchoke);
    if (early->interested()) replay(wire::MessageId::interested);
    // Others can have the metadata from us now.
    session.send_extended_handshake();
    mark(session);
}

PeerSession* PeerSet::find(swarm::ConnectionId number) const {
    const auto at = std::ranges::find_if(
        sessions_, [&](const auto& one) { return one.second->number() == number; });
    return at == sessions_.end() || at->second->closed() ? nullptr : at->second.get();
}

void PeerSet::on_extended_handshake(PeerSession& session, const wire::ExtendedHandshake& theirs) {
    const auto now = net::now();
    if (pex_) {
        std::uint8_t flags = session.outgoing() ? wire::pex_flag::kReachable : 0;
        if (theirs.upload_only) flags |= wire::pex_flag::kSeed;
        pex_->on_connected(session.number(), session.listening(), flags, now);
        pex_->on_support(session.number(), session.speaks_pex());
    }
    if (!metadata_ || !session.speaks_metadata()) return;
    metadata_->on_peer(session.number(), session.remote().address, theirs.metadata_size.value_or(0),
                       now);
    follow_metadata(now);
}

void PeerSet::on_metadata(PeerSession& session, const wire::MetadataMessage& message) {
    if (!metadata_) return;
    const auto now = net::now();
    if (message.type == wire::MetadataType::data) {
        metadata_->on_data(session.number(), message.piece, message.total_size, message.payload,
                           now);
    } else {
        metadata_->on_reject(session.number(), message.piece, now);
    }
    follow_metadata(now);
}

void PeerSet::follow_metadata(TimePoint now) {
    for (const auto& verdict : metadata_->take_verdicts()) {
        const bool liar = verdict.kind == swarm::MetadataVerdict::Kind::liar;
        if (auto* session = find(verdict.peer)) {
            close(*session, swarm::CloseKind::useless, "sends wrong metadata");
            if (liar && session->outgoing()) book_.forget(session->remote());
        }
        if (liar) ban(verdict.address);
    }
    for (const auto& request : metadata_->take_requests()) {
        auto* const session = find(request.peer);
        if (session == nullptr || !session->speaks_metadata()) continue;
        session->send_metadata({wire::MetadataType::request, request.piece, std::nullopt, {}});
        mark(*session);
    }
    carry_out(now);
    if (!metadata_->complete()) return;
    auto info = metadata_->take_metadata();
    metadata_.reset();
    owner_->on_metadata(std::move(info));
}

void PeerSet::on_pex(PeerSession& session, Bytes payload) {
    if (!pex_) return;
    const auto now = net::now();
    std::size_t added = 0;
    for (const auto& peer : pex_->on_message(session.number(), payload, now)) {
        const swarm::PeerOrigin origin{swarm::PeerSource::pex, session.remote().address};
        if (book_.add(peer.endpoint, origin, now)) ++added;
    }
    if (added == 0) return;
    named_by_peers_ += added;
    log::info("source=pex peer=", session.remote().to_string(), " new=", added);
    dial(now);
}

void PeerSet::name_peers(TimePoint now) {
    for (const auto& [raw, session] : sessions_) {
        if (!session->shaken || session->closed() || !session->speaks_pex()) continue;
        const auto message = pex_->next_message(session->number(), now);
        if (!message) continue;
        session->send_pex(wire::to_wire(*message));
        mark(*session);
    }
}

void PeerSet::on_port(PeerSession& session, std::uint16_t port) {
    if (dht_ && port != 0) shared_.dht->add_node({session.remote().address, port});
}

}  // namespace bt::session
