#include "session/peer_set.hpp"

#include <utility>

#include "bt/net/clock.hpp"
#include "bt/session/log.hpp"
#include "bt/text/escape.hpp"
#include "bt/wire/writer.hpp"
#include "session/dht_service.hpp"

namespace bt::session {

namespace {

/// BEP 6: the size of the allowed-fast set that we grant.
constexpr std::uint32_t kAllowedFast = 10;

/// Of a download's connections, incoming ones take this share at most: whoever comes must not keep
/// us from dialing others.
swarm::PeerBookSettings leave_room_for_dials(swarm::PeerBookSettings book, bool complete) {
    book.max_incoming = complete ? book.max_peers : book.max_peers - book.max_peers / 4;
    return book;
}

/// With more pieces, the bitfield does not fit into what a new connection may send at once.
constexpr std::uint32_t kMaxEarlyPieces = 8 * 8192;

bool is_local(const IpAddress& address) {
    return address.is_loopback() || address.is_private() || address.is_link_local();
}

}  // namespace

PeerSet::PeerSet(Shared& shared, Owner& owner, TorrentId id, PeerSetSettings settings)
    : shared_(shared),
      owner_(&owner),
      id_(id),
      info_hash_(settings.info_hash),
      dht_(settings.dht && shared.dht != nullptr),
      book_(leave_room_for_dials(settings.book, settings.complete), shared.seeds()),
      receiving_(shared.downloads, settings.limits.download),
      sending_(shared.uploads, settings.limits.upload),
      tasks_(shared.services.executor()) {
    if (settings.pex) pex_.emplace();
}

PeerSet::~PeerSet() {
    BT_ASSERT(sessions_.empty());
}

wire::Handshake PeerSet::our_handshake() const {
    wire::Handshake out;
    out.info_hash = info_hash_;
    out.peer_id = shared_.peer_id;
    out.fast = true;
    out.extended = true;
    out.dht = dht_;
    return out;
}

void PeerSet::add(std::span<const Endpoint> endpoints, swarm::PeerSource source) {
    const auto now = net::now();
    for (const auto& endpoint : endpoints)
        book_.add(endpoint, source, now);
    dial(now);
}

void PeerSet::dial(TimePoint now) {
    if (closing_) return;
    while (const auto endpoint = book_.next_to_dial(now)) {
        start(std::make_unique<PeerSession>(
            *this, swarm::ConnectionId(next_number_++), net::TcpSocket(shared_.services.executor()),
            *endpoint, std::nullopt, now, now + book_.dial_timeout(*endpoint)));
    }
}

void PeerSet::accept(net::TcpSocket socket, const Endpoint& remote, const wire::Handshake& theirs) {
    const auto now = net::now();
    if (closing_ || !book_.on_incoming(remote.address, now)) return;
    start(std::make_unique<PeerSession>(*this, swarm::ConnectionId(next_number_++),
                                        std::move(socket), remote, theirs, now,
                                        now + PeerSession::kHandshakeTimeout));
}

void PeerSet::start(std::unique_ptr<PeerSession> session) {
    auto& ref = *session;
    sessions_.emplace(&ref, std::move(session));
    spawn(ref, ref.run());
}

void PeerSet::spawn(PeerSession& session, net::Awaitable<void> task) {
    ++session.live;
    tasks_.spawn(std::move(task), [this, &session] { release(session); });
}

void PeerSet::spawn_send_rest(PeerSession& session) {
    spawn(session, session.send_rest());
}

void PeerSet::release(PeerSession& session) {
    if (--session.live > 0) return;
    if (!session.closed()) close(session, swarm::CloseKind::useless, "closed");
    if (session.dirty) std::erase(dirty_, &session);
    sessions_.erase(&session);
    if (closing_) return;
    const auto now = net::now();
    dial(now);
    carry_out(now);
    owner_->on_peer_closed();
}

PeerSession* PeerSet::find(PeerKey key) const {
    if (key.slot >= by_slot_.size()) return nullptr;
    auto* session = by_slot_[key.slot];
    return session != nullptr && session->key == key ? session : nullptr;
}

PeerSession* PeerSet::redundant(PeerSession& session) {
    for (const auto& [raw, one] : sessions_) {
        auto* const other = one.get();
        if (!other->shaken || other->closed()) continue;
        if (other->theirs().peer_id != session.theirs().peer_id) continue;
        if (other->outgoing() == session.outgoing()) return &session;
        // Its id is no secret: who comes from elsewhere with it must not push out one that gives.
        const auto stats = other->key ? swarm_->peer_stats(*other->key, net::now()) : std::nullopt;
        const bool elsewhere = other->remote().address != session.remote().address;
        if (elsewhere && stats && stats->downloaded > 0) return &session;
        // Both sides see the same two connections; the one dialed by the greater id stays.
        const bool ours_stays = shared_.peer_id > session.theirs().peer_id;
        return session.outgoing() == ours_stays ? other : &session;
    }
    return nullptr;
}

bool PeerSet::may_speak_first(const PeerSession& session) const {
    return begun() && session.outgoing() && piece_count() <= kMaxEarlyPieces &&
           !book_.has_failed(session.remote());
}

void PeerSet::speak_first(PeerSession& session) {
    if (swarm_->complete()) return;
    const auto& have = swarm_->have();
    // Whether it knows have_none (BEP 6) is not known yet; every client knows a bitfield.
    session.send_bitfield(have);
    session.send({{}, wire::MessageId::interested, {}});
    session.told = have;
    session.spoke_first = true;
}

void PeerSet::tell_pieces(PeerSession& session) {
    const auto& have = swarm_->have();
    const bool all = have.all();
    const bool none = have.none();
    if (session.told) {
        for (std::uint32_t i = 0; i < have.size(); ++i) {
            const PieceIndex piece(i);
            if (!have.get(piece) || session.told->get(piece)) continue;
            session.send({{}, wire::MessageId::have, {piece, 0, 0}});
        }
    } else if (session.fast() && (all || none)) {
        session.send({{}, all ? wire::MessageId::have_all : wire::MessageId::have_none, {}});
    } else if (!none) {
        session.send_bitfield(have);
    }
}

bool PeerSet::on_handshake(PeerSession& session) {
    const auto now = net::now();
    const auto& theirs = session.theirs();
    if (theirs.info_hash != info_hash_) {
        close(session, swarm::CloseKind::failed, "another torrent");
        return false;
    }
    if (theirs.peer_id == shared_.peer_id) {
        close(session, swarm::CloseKind::redundant, "ourselves");
        if (session.outgoing()) book_.forget(session.remote());
        return false;
    }
    if (auto* loser = redundant(session)) {
        close(*loser, swarm::CloseKind::redundant, "connected already");
        if (loser == &session) return false;
    }
    if (session.outgoing()) book_.on_connected(session.remote(), now);
    session.shaken = true;
    log::debug("peer=", session.remote().to_string(), " connected");
    if (begun()) {
        admit(session, now);
    } else {
        keep_waiting(session);
    }
    session.send_extended_handshake();
    if (dht_) follow_dht(session, theirs);
    if (pex_) pex_->on_connected(session.number(), session.listening(), 0, now);
    mark(session);
    carry_out(now);
    return !session.closed();
}

void PeerSet::follow_dht(PeerSession& session, const wire::Handshake& theirs) {
    const auto dht = shared_.dht->status();
    // Who answers no query does not ask for any.
    if (theirs.dht && !dht.read_only) session.send_port(shared_.listen_port);
    for (const auto& address : {dht.external_v4, dht.external_v6})
        if (address) book_.set_own_address({*address, shared_.listen_port});
}

void PeerSet::admit(PeerSession& session, TimePoint now) {
    tell_pieces(session);
    swarm::PeerTraits traits;
    traits.endpoint = session.remote();
    traits.fast = session.fast();
    traits.outgoing = session.outgoing();
    traits.local = is_local(session.remote().address);
    traits.told_interest =
        session.told.has_value() && (session.spoke_first || session.early_interest);
    const bool none = swarm_->have().none();
    const auto key = swarm_->on_peer_connected(traits, now);
    session.key = key;
    if (key.slot >= by_slot_.size()) by_slot_.resize(key.slot + 1);
    by_slot_[key.slot] = &session;
    session.told.reset();
    if (session.request_limit) swarm_->on_request_limit(key, *session.request_limit);
    if (traits.fast && !none) swarm_->grant_allowed_fast(key, info_hash_, kAllowedFast);
}

void PeerSet::close(PeerSession& session, swarm::CloseKind kind, const std::string& why) {
    if (session.closed()) return;
    const auto now = net::now();
    session.shut();
    log::debug("peer=", session.remote().to_string(), " client=\"", text::escape(session.client()),
               "\" closed: ", text::escape(why));
    if (session.key) {
        const auto stats = swarm_->peer_stats(*session.key, now);
        if (kind == swarm::CloseKind::useless && stats && stats->downloaded > 0) {
            kind = swarm::CloseKind::worked;
        }
        by_slot_[session.key->slot] = nullptr;
        swarm_->on_peer_disconnected(*session.key, now);
    }
    early_bytes_ -= std::exchange(session.early_bytes, 0);
    if (metadata_) {
        metadata_->on_peer_gone(session.number(), now);
        metadata_news_ = true;  // others are to be asked; not from here, which has many callers
    }
    if (pex_) pex_->on_disconnected(session.number());
    if (session.outgoing()) {
        book_.on_closed(session.remote(), kind, now);
    } else {
        book_.on_incoming_closed(session.remote().address, now);
    }
}

void PeerSet::on_tick(TimePoint now) {
    std::vector<PeerSession*> all;
    all.reserve(sessions_.size());
    for (const auto& [raw, session] : sessions_)
        all.push_back(session.get());
    for (auto* session : all)
        session->on_tick(now);
    if (swarm_) {
        const auto counts = book_.counts(now);
        swarm_->set_slots_wanted(counts.ready > 0 && counts.full);
        if (receiving_.limited()) swarm_->set_rate_limit(receiving_.fair_rate(now));
        swarm_->on_timeout(now);
    }
    if (pex_ && now >= pex_->wake_at()) name_peers(now);
    dial(now);
    carry_out(now);
    if (metadata_ && (std::exchange(metadata_news_, false) || now >= metadata_->wake_at())) {
        metadata_->on_timeout(now);
        follow_metadata(now);
    }
}

void PeerSet::on_written(disk::PieceJob& job) {
    const auto now = net::now();
    job.blocks.clear();
    if (job.outcome == disk::Outcome::altered) {
        log::warning("piece ", std::to_string(job.piece.value()),
                     ": what was written of it was changed by another program");
        swarm_->on_piece_altered(job.piece, now);
    } else if (job.outcome == disk::Outcome::mismatch) {
        swarm_->on_piece_failed(job.piece, job.digests, now);
    } else if (job.last) {
        swarm_->on_piece_verified(job.piece, job.digests, now);
    } else {
        swarm_->on_run_written(job.piece, job.hash, now);
    }
}

void PeerSet::on_parked(disk::ParkJob& job) {
    job.buffers.clear();
    swarm_->on_parked(job.piece, job.blocks, job.marks, net::now());
}

void PeerSet::put_by() {
    swarm_->put_by();
    carry_out(net::now());
}

void PeerSet::on_checked(const disk::CheckJob& job) {
    const auto now = net::now();
    for (std::uint32_t i = 0; i < job.good.size(); ++i)
        swarm_->on_doubt_settled(PieceIndex(job.first.value() + i), job.good[i], now);
}

void PeerSet::network_changed() {
    book_.network_changed();
    dial(net::now());
}

void PeerSet::read_block(PeerSession& session, const BlockRequest& block) {
    disk::ReadJob job;
    job.torrent = id_;
    job.storage = storage_;
    job.peer = *session.key;
    job.block = block;
    job.buffer = shared_.blocks.acquire();
    owner_->submit(std::move(job));
}

void PeerSet::on_read(disk::ReadJob& job) {
    auto* session = find(job.peer);
    if (session == nullptr) return;
    session->on_read(job);
    mark(*session);
}

void PeerSet::on_disk_drained() {
    carry_out(net::now());
    if (shared_.disk.receiving_blocked()) return;
    for (const auto& [raw, session] : sessions_) {
        if (session->paused) session->resume();
    }
}

void PeerSet::close_all() {
    closing_ = true;
    for (const auto& [raw, session] : sessions_) {
        close(*session, swarm::CloseKind::useless, "stopping");
    }
    tasks_.cancel();
}

void PeerSet::mark(PeerSession& session) {
    if (session.dirty) return;
    session.dirty = true;
    dirty_.push_back(&session);
}

}  // namespace bt::session
