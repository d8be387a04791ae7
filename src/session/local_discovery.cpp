#include "session/local_discovery.hpp"

#include <algorithm>
#include <utility>

#include "bt/core/nearness.hpp"
#include "bt/net/clock.hpp"
#include "bt/net/random.hpp"

namespace bt::session {

namespace {

std::string make_cookie() {
    ByteVector bytes;
    append_be(bytes, net::unguessable());
    append_be(bytes, net::unguessable());
    return "bt-" + to_hex(bytes);
}

/// Of all that are up, those to use.
std::vector<net::Interface> choose(std::vector<net::Interface> all,
                                   const std::vector<std::string>& names) {
    const auto keep = [&all](auto wanted) {
        std::vector<net::Interface> out;
        std::copy_if(all.begin(), all.end(), std::back_inserter(out), wanted);
        return out;
    };
    if (!names.empty()) {
        return keep([&](const net::Interface& one) {
            return std::find(names.begin(), names.end(), one.name) != names.end();
        });
    }
    auto out = keep([](const net::Interface& one) { return one.multicast && !one.loopback; });
    if (out.empty()) out = keep([](const net::Interface& one) { return one.loopback; });
    return out;
}

}  // namespace

LocalDiscovery::LocalDiscovery(net::asio::io_context& io, LocalDiscoverySettings settings)
    : settings_(std::move(settings)),
      cookie_(make_cookie()),
      io_(io),
      timer_(io.get_executor()),
      tasks_(io.get_executor()) {}

void LocalDiscovery::search(const InfoHash& info_hash, Searcher& searcher) {
    if (stopped_) return;
    searches_[info_hash] = &searcher;
    const auto now = net::now();
    if (schedule_.wake_at() > now) not_before_ = now + kGather;
    schedule_.add(info_hash, now);
    if (!port_) open();
    arm();
}

void LocalDiscovery::stop_search(const InfoHash& info_hash) {
    searches_.erase(info_hash);
    schedule_.remove(info_hash);
}

void LocalDiscovery::open() {
    port_.emplace(io_, settings_.group_v4, settings_.group_v6,
                  [this](Bytes datagram, const Endpoint& from) { on_datagram(datagram, from); });
    network_changed();
    tasks_.spawn(keep_time());
}

void LocalDiscovery::network_changed() {
    if (!port_ || stopped_) return;
    interfaces_ = choose(net::interfaces(), settings_.interfaces);
    port_->join(interfaces_);
}

void LocalDiscovery::arm() {
    if (std::max(schedule_.wake_at(), not_before_) < armed_) timer_.cancel();
}

net::Awaitable<void> LocalDiscovery::keep_time() {
    while (!stopped_) {
        armed_ = std::max(schedule_.wake_at(), not_before_);
        timer_.expires_at(net::to_steady(armed_));
        co_await timer_.async_wait(net::kAwait);
        const auto now = net::now();
        if (!stopped_ && now >= armed_) announce(now);
    }
}

void LocalDiscovery::announce(TimePoint now) {
    tracker::LocalAnnounce out;
    out.port = settings_.port;
    out.info_hashes = schedule_.poll(now);
    out.cookie = cookie_;
    if (out.info_hashes.empty()) return;
    ++counts_.announces;
    for (const auto& group : {settings_.group_v4, settings_.group_v6})
        port_->send(group, as_bytes(tracker::encode_local_announce(out, group)));
}

void LocalDiscovery::on_datagram(Bytes datagram, const Endpoint& from) {
    ++counts_.dropped;
    if (stopped_ || !is_near(from.address) || !guard_.admit(from.address, net::now())) return;
    const auto announce = tracker::parse_local_announce(datagram);
    if (!announce || announce->cookie == cookie_) return;
    --counts_.dropped;
    ++counts_.heard;
    const Endpoint peer{from.address, announce->port};
    for (const auto& hash : announce->info_hashes) {
        const auto at = searches_.find(hash);
        if (at != searches_.end()) at->second->on_local_peers({&peer, 1});
    }
}

bool LocalDiscovery::is_near(const IpAddress& address) const {
    if (!address.is_unicast()) return false;
    // It means something only together with an interface, which an endpoint does not name.
    if (!address.is_v4() && address.is_link_local()) return false;
    return is_local(address) ||
           std::any_of(interfaces_.begin(), interfaces_.end(),
                       [&](const net::Interface& one) { return is_on_link(address, one); });
}

net::Awaitable<void> LocalDiscovery::stop() {
    stopped_ = true;
    searches_.clear();
    tasks_.cancel();
    if (port_) co_await port_->stop();
    co_await tasks_.join();
}

LocalDiscovery::Status LocalDiscovery::status() const {
    auto out = counts_;
    if (port_) {
        out.interfaces = port_->joined();
        out.datagrams = port_->counts();
    }
    return out;
}

}  // namespace bt::session
