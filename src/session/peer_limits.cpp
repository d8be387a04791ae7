// PeerSession: receiving and sending under a limit.
#include <algorithm>

#include "bt/net/clock.hpp"
#include "session/peer_session.hpp"
#include "session/peer_set.hpp"

namespace bt::session {

namespace {

/// A peer that owes us no block is read freely, so much at a time: its messages are small, and
/// must not wait for the blocks of others.
constexpr std::size_t kFreeReceive = 16 * 1024;

}  // namespace

void PeerSession::Receiving::on_grant(TimePoint now) {
    session.last_received_ = now;  // the silence was ours
    if (session.key) session.set_.swarm().on_released(*session.key, now);
    session.gate_.notify();
}

void PeerSession::Sending::on_grant(TimePoint now) {
    session.send_rationed(now);
}

net::Awaitable<bool> PeerSession::admission() {
    while (!may_receive(net::now())) {
        const bool open = co_await gate_.wait();
        if (!open || closed_) co_return false;
    }
    co_return true;
}

bool PeerSession::may_receive(TimePoint now) {
    if (receiving_.granted() > 0) return true;
    if (allowance() > 0) return true;
    const auto rest = reader_.direct().size();
    receiving_.ask(rest > 0 ? rest : kBlockSize, now);
    if (receiving_.granted() > 0) return true;
    set_.swarm().on_held(*key, now);
    return false;
}

std::size_t PeerSession::allowance() const {
    if (!receiving_.limited()) return swarm::TokenBucket::kUnlimited;
    if (!key) return kFreeReceive;  // there are no blocks before the torrent is known
    if (receiving_.granted() > 0 || receiving_.waiting()) return receiving_.granted();
    const bool owes = !reader_.direct().empty() || set_.swarm().expects_blocks(*key);
    return owes ? 0 : kFreeReceive;
}

void PeerSession::settle_receive(std::size_t left, TimePoint now) {
    // Small messages are free: what they ask of us must not wait for what we ask of others.
    const auto payload = received_payload_ + reader_.filled();
    receiving_.spend(payload - settled_payload_, now);
    settled_payload_ = payload;
    // With something left of it, the socket is empty.
    if (left > 0 || !receiving_.waiting()) receiving_.leave(now);
}

void PeerSession::send_rationed(TimePoint now) {
    while (!closed_ && !sending_rest_) {
        if (ahead() == 0 && uploads_.queued() == 0) return sending_.leave(now);
        if (sending_.granted() == 0) {
            const auto unsent = outbox_.unsent_payload();
            sending_.ask(unsent > 0 ? std::min<std::size_t>(unsent, kBlockSize) : kBlockSize, now);
        }
        const auto granted = sending_.granted();
        if (granted == 0) return;
        pump();
        if (ahead() == 0) return sending_.leave(now);  // no memory to read into
        send_out(now);
        if (sending_.granted() == granted) return;  // until the disk has read
    }
}

}  // namespace bt::session
