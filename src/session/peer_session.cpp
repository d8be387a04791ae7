#include "session/peer_session.hpp"

#include <netinet/tcp.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <utility>

#include "bt/net/clock.hpp"
#include "bt/net/deadline.hpp"
#include "bt/wire/writer.hpp"
#include "session/peer_set.hpp"

namespace bt::session {

namespace {

namespace asio = net::asio;
using net::error_code;

/// Receives in a row before other connections have their turn.
constexpr int kReceivesPerWake = 4;
/// A peer that sends no blocks gets one, of this size: the others wait for what floods us with
/// small messages no longer than for blocks.
constexpr std::size_t kSmallReceive = 16 * 1024;
/// Unacknowledged data older than this ends the connection.
constexpr int kUserTimeoutMs = 30'000;

void set_options(net::TcpSocket& socket) {
    error_code ignored;  // a socket without the option still works
    socket.non_blocking(true, ignored);
    socket.set_option(net::tcp::no_delay(true), ignored);
    socket.set_option(
        asio::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>(kUserTimeoutMs),
        ignored);
}

}  // namespace

PeerSession::PeerSession(PeerSet& set, swarm::ConnectionId number, net::TcpSocket socket,
                         Endpoint remote, std::optional<wire::Handshake> theirs, TimePoint now,
                         TimePoint deadline)
    : set_(set),
      number_(number),
      socket_(std::move(socket)),
      remote_(remote),
      outgoing_(!theirs),
      theirs_(theirs),
      reader_(set.piece_count(), set.shared().blocks),
      receiving_(set.receiving(), *this),
      sending_(set.sending(), *this),
      gate_(socket_.get_executor()),
      read_since_(now),
      deadline_(deadline),
      last_received_(now),
      last_sent_(now) {}

PeerSession::~PeerSession() {
    set_.shared().upload_bytes -= accounted_;
}

net::Awaitable<void> PeerSession::run() {
    const bool agreed = co_await shake_hands();
    if (!agreed || !set_.on_handshake(*this)) co_return;
    co_await receive_loop();
}

net::Awaitable<bool> PeerSession::shake_hands() {
    if (outgoing_) {
        const auto endpoint = net::to_tcp(remote_);
        const auto [ec] = co_await socket_.async_connect(endpoint, net::kAwait);
        if (ec) {
            set_.close(*this, swarm::CloseKind::refused, ec.message());
            co_return false;
        }
        deadline_ = net::now() + kHandshakeTimeout;
    }
    set_options(socket_);
    const auto ours = wire::to_wire(set_.our_handshake());
    append(outbox_.control(), ours);
    flush(net::now());
    if (!theirs_) {
        std::optional<net::Deadline> far_away;
        if (set_.may_speak_first(*this)) {
            far_away.emplace(socket_.get_executor(), net::now() + kSpeakFirstAfter, [this] {
                if (closed_) return;
                set_.speak_first(*this);
                flush(net::now());
            });
        }
        const auto space = asio::buffer(handshake_);
        const auto [ec, n] = co_await asio::async_read(socket_, space, net::kAwait);
        far_away.reset();
        if (ec) {
            set_.close(*this, startled() ? swarm::CloseKind::startled : swarm::CloseKind::failed,
                       ec.message());
            co_return false;
        }
        const auto parsed = wire::parse_handshake(handshake_);
        if (!parsed) {
            set_.close(*this, swarm::CloseKind::failed, parsed.error().message);
            co_return false;
        }
        theirs_ = *parsed;
    }
    fast_ = theirs_->fast;
    co_return !closed_;
}

net::Awaitable<void> PeerSession::receive_loop() {
    while (!closed_) {
        if (set_.shared().disk.receiving_blocked()) {
            paused = true;
            ++set_.shared().counters.pauses;
            const bool open = co_await gate_.wait();
            paused = false;
            if (!open) co_return;
            last_received_ = net::now();  // the silence was ours
            continue;
        }
        if (!receiving_.waiting()) {
            const auto [ec] = co_await socket_.async_wait(net::tcp::socket::wait_read, net::kAwait);
            if (ec || closed_) co_return;
            if (set_.shared().disk.receiving_blocked())
                continue;  // others have filled it meanwhile
        }
        if (receiving_.limited()) {
            const bool open = co_await admission();
            if (!open) co_return;
        }
        if (!receive()) co_return;
    }
}

bool PeerSession::receive() {
    const auto now = net::now();
    last_received_ = now;
    const auto size = delivers_ ? Shared::kScratchBytes : kSmallReceive;
    const MutableBytes scratch(set_.shared().scratch.get(), size);
    const int most = delivers_ ? kReceivesPerWake : 1;
    delivers_ = false;
    auto left = allowance();
    for (int i = 0; i < most && left > 0; ++i) {
        const auto block = reader_.direct();
        const auto direct = block.first(std::min(block.size(), left));
        const auto beyond = std::min(scratch.size(), left - direct.size());
        delivers_ |= !direct.empty();
        const std::array<asio::mutable_buffer, 2> space{asio::buffer(direct.data(), direct.size()),
                                                        asio::buffer(scratch.data(), beyond)};
        error_code ec;
        const auto n = socket_.read_some(space, ec);
        if (ec == asio::error::would_block) break;
        if (ec) {
            set_.close(*this, startled() ? swarm::CloseKind::startled : swarm::CloseKind::useless,
                       ec.message());
            break;
        }
        ++set_.shared().counters.receives;
        set_.shared().counters.received_bytes += n;
        left -= n;
        const auto into_block = std::min(n, direct.size());
        if (into_block > 0) reader_.commit_direct(into_block);
        if (!parse(scratch.first(n - into_block), now)) break;
        if (n < direct.size() + beyond) break;
    }
    if (receiving_.limited()) settle_receive(left, now);
    set_.carry_out(now);
    return !closed_;
}

bool PeerSession::parse(Bytes input, TimePoint now) {
    for (;;) {
        auto message = reader_.next(input);
        if (!message) {
            set_.close(*this, swarm::CloseKind::useless, message.error().message);
            return false;
        }
        if (!message->has_value()) return true;
        heard_ = true;
        auto& m = **message;
        if (m.id == wire::MessageId::piece) {
            ++set_.shared().counters.blocks;
            received_payload_ += m.block.length;
            delivers_ = true;
        }
        switch (m.id) {
            case wire::MessageId::extended:
                on_extended(m);
                break;
            case wire::MessageId::keep_alive:
                break;
            case wire::MessageId::port:
                set_.on_port(*this, m.port);
                break;
            default:
                if (key) {
                    set_.swarm().on_message(*key, m, now);
                } else if (!take_early(m)) {
                    return false;
                }
        }
        if (closed_) return false;
    }
}

void PeerSession::send(const swarm::Send& message) {
    auto& out = outbox_.control();
    using wire::MessageId;
    switch (message.id) {
        case MessageId::have:
        case MessageId::suggest_piece:
        case MessageId::allowed_fast:
            wire::append_piece_index(out, message.id, message.block.piece);
            break;
        case MessageId::request:
        case MessageId::cancel:
        case MessageId::reject_request:
            wire::append_block(out, message.id, message.block);
            break;
        default:
            wire::append_plain(out, message.id);
    }
}

void PeerSession::send_bitfield(const Bitfield& have) {
    wire::append_bitfield(outbox_.control(), have);
}

void PeerSession::serve(const BlockRequest& block) {
    if (!uploads_.push(block) && fast_) {
        wire::append_block(outbox_.control(), wire::MessageId::reject_request, block);
    }
    pump();
    check_flood();
}

void PeerSession::check_flood() {
    if (closed_ || uploads_.futile() <= kMaxFutile + sent_blocks_) return;
    set_.close(*this, swarm::CloseKind::useless, "floods us with requests");
}

void PeerSession::stop_serving(const swarm::StopServing& what) {
    std::vector<BlockRequest> dropped;
    if (what.all) {
        dropped = uploads_.clear();
    } else if (uploads_.cancel(what.block)) {
        dropped.push_back(what.block);
    }
    check_flood();
    if (!what.reject) return;
    for (const auto& block : dropped) {
        wire::append_block(outbox_.control(), wire::MessageId::reject_request, block);
    }
}

void PeerSession::on_read(disk::ReadJob& job) {
    if (closed_) return;
    if (uploads_.on_read(job.block)) {
        outbox_.append_block(job.block, std::move(job.buffer));
        ++sent_blocks_;
    }
    account();
}

void PeerSession::account() {
    auto& total = set_.shared().upload_bytes;
    total -= accounted_;
    accounted_ = uploads_.reading_bytes() + outbox_.unsent_payload();
    total += accounted_;
}

void PeerSession::pump() {
    const auto& shared = set_.shared();
    while (!sending_.limited() || ahead() < sending_.granted()) {
        const auto block = uploads_.next_to_read(outbox_.unsent_payload(), shared.upload_room());
        if (!block) break;
        account();
        set_.read_block(*this, *block);
    }
}

void PeerSession::flush(TimePoint now) {
    if (sending_rest_ && outbox_.unsent_control() > kMaxUnsentControl + set_.piece_count() / 8) {
        set_.close(*this, swarm::CloseKind::useless, "does not read what it is sent");
        return;
    }
    do {
        pump_metadata();
        send_out(now);
    } while (!closed_ && !sending_rest_ && !metadata_queue_.empty());
    if (sending_.limited()) send_rationed(now);
}

void PeerSession::send_out(TimePoint now) {
    while (!closed_ && !sending_rest_ && !outbox_.empty()) {
        const auto parts =
            outbox_.gather(sending_.limited() ? sending_.granted() : Outbox::kAnyPayload);
        if (parts.count == 0) return;  // blocks that wait for their turn
        std::array<asio::const_buffer, Outbox::kMaxParts> buffers;
        for (std::size_t i = 0; i < parts.count; ++i) {
            buffers[i] = asio::buffer(parts.parts[i].data(), parts.parts[i].size());
        }
        error_code ec;
        const auto n = socket_.write_some(
            std::span<const asio::const_buffer>(buffers.data(), parts.count), ec);
        if (ec == asio::error::would_block) {
            sending_rest_ = true;
            if (sending_.limited()) sending_.leave(now);
            set_.spawn_send_rest(*this);
            return;
        }
        if (ec) {
            set_.close(*this, swarm::CloseKind::useless, ec.message());
            return;
        }
        ++set_.shared().counters.sends;
        set_.shared().counters.sent_bytes += n;
        last_sent_ = now;
        const auto payload = outbox_.consume(n);
        if (payload > 0) {
            set_.swarm().on_uploaded(*key, payload, now);
            read_bytes_ += payload;
            if (sending_.limited()) sending_.spend(payload, now);
            account();
            pump();
        }
    }
}

net::Awaitable<void> PeerSession::send_rest() {
    while (!closed_) {
        const auto [ec] = co_await socket_.async_wait(net::tcp::socket::wait_write, net::kAwait);
        sending_rest_ = false;
        if (ec || closed_) co_return;
        flush(net::now());
        co_return;
    }
}

void PeerSession::on_tick(TimePoint now) {
    if (closed_) return;
    if (!shaken) {
        if (now >= deadline_) {
            set_.close(*this, swarm::CloseKind::refused, "no answer in time");
        }
        return;
    }
    if (outbox_.unsent_payload() == 0 || read_bytes_ >= kBlockSize || sending_.waiting()) {
        read_since_ = now;
        read_bytes_ = 0;
    }
    if (!paused && !receiving_.waiting() && now - last_received_ > kIdleTimeout) {
        set_.close(*this, swarm::CloseKind::useless, "silent for too long");
    } else if (now - read_since_ > kUnreadTimeout) {
        set_.close(*this, swarm::CloseKind::useless, "does not read what it asked for");
    } else if (outbox_.empty() && now - last_sent_ > kKeepAliveInterval) {
        wire::append_plain(outbox_.control(), wire::MessageId::keep_alive);
        flush(now);
    }
    if (!closed_) pump();  // there may be room that others took
    if (sending_.limited()) send_rationed(now);
}

void PeerSession::shut() {
    closed_ = true;
    error_code ignored;
    socket_.close(ignored);
    gate_.close();
    receiving_.leave(net::now());
    sending_.leave(net::now());
    uploads_.clear();
}

}  // namespace bt::session
