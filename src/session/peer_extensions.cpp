// PeerSession: extended messages (BEP 10), and what a peer says before the torrent is known.
#include <utility>

#include "bt/net/clock.hpp"
#include "bt/wire/writer.hpp"
#include "session/peer_session.hpp"
#include "session/peer_set.hpp"

namespace bt::session {

void PeerSession::on_extended(const wire::Message& message) {
    switch (message.extended_id) {
        case 0:
            return on_extended_handshake(message);
        case kMetadataId:
            return on_metadata(message.payload);
        case kPexId:
            return set_.on_pex(*this, message.payload);
        default:
            return;  // an id that we have not assigned
    }
}

void PeerSession::on_extended_handshake(const wire::Message& message) {
    if (++extended_handshakes_ > kMaxExtendedHandshakes) return;
    const auto parsed = wire::parse_extended_handshake(message.payload);
    if (!parsed) {
        set_.close(*this, swarm::CloseKind::useless, parsed.error().message);
        return;
    }
    if (parsed->client) client_ = *parsed->client;
    if (parsed->reqq && key) set_.swarm().on_request_limit(*key, *parsed->reqq);
    if (parsed->reqq) request_limit = *parsed->reqq;
    if (parsed->ut_metadata) their_metadata_id_ = *parsed->ut_metadata;
    if (parsed->ut_pex) their_pex_id_ = *parsed->ut_pex;
    if (parsed->port && *parsed->port != 0) their_port_ = *parsed->port;
    set_.on_extended_handshake(*this, *parsed);
}

std::optional<Endpoint> PeerSession::listening() const {
    if (outgoing_) return remote_;
    if (!their_port_) return std::nullopt;
    return Endpoint{remote_.address, *their_port_};
}

void PeerSession::on_metadata(Bytes payload) {
    auto parsed = wire::parse_metadata_message(payload);
    if (!parsed) {
        set_.close(*this, swarm::CloseKind::useless, parsed.error().message);
        return;
    }
    if (!*parsed) return;
    if ((*parsed)->type == wire::MetadataType::request) {
        on_metadata_request((*parsed)->piece);
    } else {
        set_.on_metadata(*this, **parsed);
    }
}

void PeerSession::on_metadata_request(std::uint32_t piece) {
    if (their_metadata_id_ == 0) return;
    // Until it is there every request is rejected; then there is something to count.
    const auto info = set_.info_dictionary();
    if (!metadata_server_ && !info.empty()) metadata_server_.emplace(info);
    swarm::MetadataServer nothing{Bytes()};
    auto& server = metadata_server_ ? *metadata_server_ : nothing;
    const auto answer = server.on_request(piece, metadata_queue_.size(), net::now());
    if (answer.type == wire::MetadataType::data) {
        metadata_queue_.push_back(answer);
    } else {
        send_metadata(answer);
    }
    set_.mark(*this);
}

void PeerSession::pump_metadata() {
    while (!metadata_queue_.empty() && outbox_.unsent_control() < kMaxUnsentMetadata) {
        send_metadata(metadata_queue_.front());
        metadata_queue_.pop_front();
    }
}

void PeerSession::send_metadata(const wire::MetadataMessage& message) {
    wire::append_extended(outbox_.control(), their_metadata_id_, wire::to_wire(message));
}

void PeerSession::send_pex(Bytes payload) {
    wire::append_extended(outbox_.control(), their_pex_id_, payload);
}

void PeerSession::send_port(std::uint16_t port) {
    wire::append_port(outbox_.control(), port);
}

void PeerSession::send_extended_handshake() {
    if (!theirs_->extended) return;
    wire::ExtendedHandshake ours;
    ours.client = set_.shared().services.settings().user_agent;
    ours.reqq = static_cast<std::uint32_t>(swarm::UploadQueue::kMaxQueued);
    if (set_.shared().listen_port != 0) ours.port = set_.shared().listen_port;
    ours.your_ip = remote_.address;
    ours.upload_only = set_.begun() && set_.swarm().complete();
    ours.ut_metadata = kMetadataId;
    if (set_.exchanges_peers()) ours.ut_pex = kPexId;
    if (const auto info = set_.info_dictionary(); !info.empty()) ours.metadata_size = info.size();
    wire::append_extended(outbox_.control(), 0, wire::to_wire(ours));
}

bool PeerSession::take_early(wire::Message& message) {
    const auto taken = early->take(message);
    if (!taken) {
        set_.close(*this, swarm::CloseKind::useless, taken.error().message);
        return false;
    }
    set_.on_early(*this);
    return !closed_;
}

}  // namespace bt::session
