#include "session/peer_finder.hpp"

#include "bt/net/resolver.hpp"
#include "bt/session/log.hpp"
#include "bt/text/escape.hpp"

namespace bt::session {

namespace {

AnnouncerSettings announcing(Shared& shared, const PeerFinderSettings& settings) {
    AnnouncerSettings out;
    out.info_hash = settings.info_hash;
    out.peer_id = shared.peer_id;
    out.key = static_cast<std::uint32_t>(shared.seeds());
    out.port = shared.listen_port;
    out.tiers = settings.tiers;
    out.typed = settings.typed_trackers;
    return out;
}

}  // namespace

PeerFinder::PeerFinder(Shared& shared, PeerFinderSettings settings, Host& host)
    : shared_(shared),
      settings_(std::move(settings)),
      host_(&host),
      announcer_(shared.services, announcing(shared, settings_), *this),
      tasks_(shared.services.executor()) {}

PeerFinder::~PeerFinder() {
    leave_the_open();
}

void PeerFinder::start() {
    if (!settings_.named_peers.empty()) {
        host_->on_found(settings_.named_peers, swarm::PeerSource::manual);
    }
    if (!settings_.peers.empty()) tasks_.spawn(resolve_named());
    announcer_.start();
    if (!settings_.open) return;
    if (shared_.dht != nullptr) {
        on_dht_ = true;
        for (const auto& [host, port] : settings_.nodes)
            shared_.dht->add_node(host, port);
        shared_.dht->search(settings_.info_hash, *this, true);
    }
    if (shared_.local != nullptr) {
        on_local_ = true;
        shared_.local->search(settings_.info_hash, *this);
    }
}

void PeerFinder::leave_the_open() {
    if (std::exchange(on_dht_, false)) shared_.dht->stop_search(settings_.info_hash);
    if (std::exchange(on_local_, false)) shared_.local->stop_search(settings_.info_hash);
}

void PeerFinder::go_private() {
    settings_.open = false;
    leave_the_open();
}

void PeerFinder::want_peers() {
    announcer_.want_peers();
    if (on_dht_) shared_.dht->want_peers(settings_.info_hash);
}

net::Awaitable<void> PeerFinder::stop(TimePoint deadline) {
    stopping_ = true;
    leave_the_open();
    tasks_.cancel();
    auto farewell = announcer_.stop(deadline);
    co_await std::move(farewell);
    co_await tasks_.join();
}

void PeerFinder::on_tracker_peers(std::span<const Endpoint> peers) {
    found_.tracker += peers.size();
    host_->on_found(peers, swarm::PeerSource::tracker);
}

void PeerFinder::on_dht_peers(std::span<const Endpoint> peers) {
    found_.dht += peers.size();
    log::info("source=dht peers=", peers.size());
    host_->on_found(peers, swarm::PeerSource::dht);
}

void PeerFinder::on_local_peers(std::span<const Endpoint> peers) {
    found_.local += peers.size();
    log::info("source=lsd peers=", peers.size());
    host_->on_found(peers, swarm::PeerSource::lsd);
}

net::Awaitable<void> PeerFinder::resolve_named() {
    for (const auto& [host, port] : settings_.peers) {
        auto look_up = shared_.services.resolver().resolve(host, port);
        const auto found = co_await std::move(look_up);
        if (stopping_) co_return;
        if (!found) {
            log::warning("peer ", text::escape(host), ": ", found.error().message);
            continue;
        }
        host_->on_found(*found, swarm::PeerSource::manual);
    }
}

}  // namespace bt::session
