#include "swarm/state.hpp"

#include <utility>

namespace bt::swarm {

using wire::MessageId;

Swarm::State::State(const metainfo::PieceLayout& layout, Bitfield have, const Bitfield& wanted,
                    const Settings& chosen, std::uint64_t seed)
    : settings(chosen),
      rng(seed),
      manager(layout, std::move(have), wanted),
      upload(manager, peers, outbox, settings, rng) {
    if (!complete()) download = std::make_unique<Download>(manager, peers, outbox, settings, rng);
}

void Swarm::State::on_message(Peer& peer, wire::Message& message, TimePoint now) {
    switch (message.id) {
        case MessageId::choke:
            if (download) download->on_choke(peer, now);
            peer.choking_us = true;
            break;
        case MessageId::unchoke:
            if (download) download->on_unchoke(peer, now);
            peer.choking_us = false;
            break;
        case MessageId::interested:
            upload.on_interested(peer, now);
            break;
        case MessageId::not_interested:
            upload.on_not_interested(peer);
            break;
        case MessageId::request:
            upload.on_request(peer, message.block);
            break;
        case MessageId::cancel:
            upload.on_cancel(peer, message.block);
            break;
        case MessageId::piece:
            peer.down.add(message.block.length, now);
            down.add(message.block.length, now);
            if (download) {
                download->on_block(peer, message.block, std::move(message.data), now);
            } else {
                final_counts.wasted += message.block.length;
            }
            break;
        case MessageId::reject_request:
            if (download) download->on_reject(peer, message.block, now);
            break;
        case MessageId::have:
        case MessageId::bitfield:
        case MessageId::have_all:
        case MessageId::have_none:
        case MessageId::allowed_fast:
        case MessageId::suggest_piece:
            if (!on_pieces_message(peer, message, now)) {
                outbox.close(peer, CloseReason::protocol_error);
            }
            close_if_done(peer);
            break;
        case MessageId::port:
        case MessageId::extended:
        case MessageId::keep_alive:
            break;
    }
}

bool Swarm::State::on_pieces_message(Peer& peer, const wire::Message& message, TimePoint now) {
    const auto piece = message.block.piece;
    const auto count = manager.layout().piece_count();
    const auto replace = [&](PieceSet pieces) {
        if (download) {
            download->on_pieces(peer, std::move(pieces), now);
        } else {
            peer.pieces = std::move(pieces);
        }
    };
    const bool map = message.id == MessageId::bitfield || message.id == MessageId::have_all ||
                     message.id == MessageId::have_none;
    if (map && ++peer.maps > kMaxMaps) return false;
    switch (message.id) {
        case MessageId::have:
            if (!valid(piece)) return false;
            if (download) {
                download->on_have(peer, piece, now);
            } else {
                peer.pieces.set(piece);
            }
            return true;
        case MessageId::bitfield: {
            auto bits = Bitfield::from_wire(message.payload, count);
            if (!bits) return false;
            PieceSet pieces(count);
            pieces.assign(std::move(*bits));
            replace(std::move(pieces));
            return true;
        }
        case MessageId::have_all: {
            PieceSet pieces(count);
            pieces.set_all();
            replace(std::move(pieces));
            return true;
        }
        case MessageId::have_none:
            replace(PieceSet(count));
            return true;
        // BEP 6: out of range means nothing, and harms nobody.
        case MessageId::allowed_fast:
            if (download && valid(piece)) download->on_allowed_fast(peer, piece, now);
            return true;
        default:
            if (download && valid(piece)) download->on_suggest(peer, piece);
            return true;
    }
}

void Swarm::State::on_piece_verified(PieceIndex piece, const std::vector<Sha1Digest>& digests,
                                     TimePoint now) {
    if (!download || !download->on_verified(piece, digests, now)) return;
    fresh.push_back(piece);
    outbox.push(PieceDone{piece});
    if (complete()) on_complete();
}

void Swarm::State::on_doubt_settled(PieceIndex piece, bool there, TimePoint now) {
    if (!download || !download->settle(piece, there, now) || !there) return;
    fresh.push_back(piece);
    outbox.push(PieceDone{piece});
    if (complete()) on_complete();
}

void Swarm::State::on_complete() {
    send_haves();
    final_counts = download->counts();
    download.reset();
    for (auto* peer : peers.all())
        close_if_done(*peer);
}

void Swarm::State::close_if_done(Peer& peer) {
    if (complete() && peer.pieces.size() > 0 && peer.pieces.all()) {
        outbox.close(peer, CloseReason::both_complete);
    }
}

void Swarm::State::send_haves() {
    if (fresh.empty()) return;
    for (const auto* peer : peers.all()) {
        if (peer->pieces.all()) continue;
        for (const auto piece : fresh) {
            if (!peer->pieces.get(piece)) outbox.send(*peer, MessageId::have, {piece, 0, 0});
        }
    }
    fresh.clear();
}

}  // namespace bt::swarm
