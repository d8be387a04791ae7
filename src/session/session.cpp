#include "bt/session/session.hpp"

#include <algorithm>
#include <random>
#include <thread>
#include <unordered_map>
#include <utility>

#include "bt/net/clock.hpp"
#include "bt/net/network_watch.hpp"
#include "bt/net/task_group.hpp"
#include "bt/net/udp_port.hpp"
#include "bt/session/log.hpp"
#include "bt/text/escape.hpp"
#include "bt/wire/utp.hpp"
#include "session/dht_service.hpp"
#include "session/listener.hpp"
#include "session/local_discovery.hpp"
#include "session/metadata_session.hpp"
#include "session/torrent.hpp"

namespace bt::session {

namespace {

namespace asio = net::asio;

/// The whole of stop() takes no longer.
constexpr Duration kStopTime = std::chrono::milliseconds(2500);

/// BEP 20: client and version, then what makes this run unique.
PeerId make_peer_id() {
    constexpr std::string_view prefix = "-BT0100-";
    PeerId out;
    std::random_device device;
    for (auto& b : out.bytes)
        b = static_cast<std::byte>(device());
    std::copy_n(as_bytes(prefix).begin(), prefix.size(), out.bytes.begin());
    return out;
}

/// Of a clock that wraps, as uTP has it.
std::uint32_t microseconds(TimePoint at) {
    const auto since = std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch());
    return static_cast<std::uint32_t>(since.count());
}

unsigned disk_threads(unsigned wanted) {
    return wanted != 0 ? wanted : std::clamp(std::thread::hardware_concurrency(), 1u, 4u);
}

}  // namespace

struct Session::State {
    State(asio::io_context& io, const SessionSettings& settings, Observer& observer,
          std::unique_ptr<net::Services> services_made)
        : services(std::move(services_made)),
          downloads(io.get_executor(), settings.limits.download),
          uploads(io.get_executor(), settings.limits.upload),
          disk(
              io, disk_threads(settings.disk_threads), blocks, counters,
              settings.buffer_limit_bytes, [this](disk::Job& job) { deliver(job); },
              [this] { drained(); }),
          shared{*services,
                 blocks,
                 disk,
                 observer,
                 make_peer_id(),
                 0,
                 settings.buffer_limit_bytes,
                 settings.hash_first_bytes,
                 counters,
                 downloads,
                 uploads,
                 nullptr,
                 nullptr,
                 settings.discovery.pex},
          udp(io),
          network(io),
          timer(io.get_executor()),
          tasks(io.get_executor()),
          stops(io.get_executor()) {}

    void deliver(disk::Job& job) {
        std::visit([this](auto& j) { return members[j.torrent.value()].get(); }, job)->deliver(job);
    }
    void drained() {
        for (std::size_t i = 0; i < members.size(); ++i) {
            if (members[i]) members[i]->on_disk_drained();
        }
    }
    void welcome(net::TcpSocket socket, const Endpoint& remote, const wire::Handshake& theirs) {
        const auto at = by_hash.find(theirs.info_hash);
        if (at != by_hash.end()) at->second->accept(std::move(socket), remote, theirs);
    }
    void network_changed() {
        log::info("the network has changed: what failed is tried again");
        if (dht) dht->network_changed();
        if (local) local->network_changed();
        for (std::size_t i = 0; i < members.size(); ++i) {
            if (members[i]) members[i]->network_changed();
        }
    }
    void discover(asio::io_context& io, const DiscoverySettings& settings) {
        const auto port = shared.listen_port;
        if (settings.dht) {
            DhtSettings of_dht;
            of_dht.routers = settings.dht_bootstrap;
            of_dht.state_file = settings.dht_state;
            if (settings.dht_serves) of_dht.read_only_for = Duration::zero();
            dht = std::make_unique<DhtService>(*services, udp, std::move(of_dht));
            shared.dht = dht.get();
            udp.start([this](Bytes packet, const Endpoint& from) { on_datagram(packet, from); });
        }
        if (settings.lsd) {
            LocalDiscoverySettings of_local;
            of_local.port = port;
            local = std::make_unique<LocalDiscovery>(io, std::move(of_local));
            shared.local = local.get();
        }
    }
    void on_datagram(Bytes packet, const Endpoint& from) {
        // Every message of the DHT is a dictionary.
        if (!packet.empty() && packet[0] == std::byte{'d'}) {
            dht->on_packet(packet, from);
        } else if (const auto refusal = wire::refuse_utp(packet, microseconds(net::now()))) {
            udp.send(*refusal, from);
        }
    }
    net::Awaitable<void> tick() {
        for (;;) {
            timer.expires_after(swarm::kTick);
            const auto [ec] = co_await timer.async_wait(net::kAwait);
            if (ec) co_return;
            const auto now = net::now();
            listener->on_tick(now);
            for (std::size_t i = 0; i < members.size(); ++i) {
                if (members[i]) members[i]->on_tick(now);
            }
            forget_the_quiet();
        }
    }

    /// A torrent that is known, unless it would write a file of another that is here.
    [[nodiscard]] Result<std::unique_ptr<Torrent>> open(TorrentId id, TorrentSettings settings);

    net::Awaitable<void> remove(TorrentId id) {
        co_await members[id.value()]->stop(net::now() + kStopTime);
        leaving.push_back(id);
        forget_the_quiet();
    }
    /// A torrent whose disk jobs hang stays until they have come back.
    void forget_the_quiet() {
        const auto quiet = std::partition(leaving.begin(), leaving.end(), [this](TorrentId id) {
            return members[id.value()]->busy();
        });
        const std::vector<TorrentId> gone(quiet, leaving.end());
        leaving.erase(quiet, leaving.end());
        for (const auto id : gone) {
            auto& member = members[id.value()];
            member->add_counts(counters);
            by_hash.erase(member->info_hash());
            member.reset();
            shared.observer.on_removed(id);
        }
    }

    // In this order, so that buffers go home before their pool does.
    std::unique_ptr<net::Services> services;
    BlockPool blocks;
    Counters counters;
    Throttle downloads;
    Throttle uploads;
    std::vector<std::unique_ptr<Member>> members;  // by id; null once removed
    std::vector<TorrentId> leaving;                // stopped, not quiet yet
    DiskService disk;
    Shared shared;
    std::unordered_map<InfoHash, Member*> by_hash;
    std::unique_ptr<Listener> listener;
    net::UdpPort udp;  // on the listener's port, if it is of use
    std::unique_ptr<DhtService> dht;
    std::unique_ptr<LocalDiscovery> local;
    net::NetworkWatch network;
    net::Timer timer;
    net::TaskGroup tasks;
    net::TaskGroup stops;
};

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::create(asio::io_context& io, SessionSettings settings,
                                                 Observer& observer) {
    auto services = net::Services::create(io, settings.services);
    if (!services) return services.error();
    auto state = std::make_unique<State>(io, settings, observer, std::move(*services));
    auto* raw = state.get();
    Listener::Also also;
    if (settings.discovery.dht) also = [raw](std::uint16_t port) { return raw->udp.bind(port); };
    auto listener = Listener::open(
        io, settings.listen_first, settings.listen_last, settings.listen_required,
        [raw](net::TcpSocket socket, const Endpoint& remote, const wire::Handshake& theirs) {
            raw->welcome(std::move(socket), remote, theirs);
        },
        also);
    if (!listener) return listener.error();
    state->listener = std::move(*listener);
    state->shared.listen_port = state->listener->port();
    state->listener->start();
    state->discover(io, settings.discovery);
    state->tasks.spawn(state->tick());
    state->tasks.spawn(state->network.run([raw] { raw->network_changed(); }));
    state->tasks.spawn(state->downloads.run());
    state->tasks.spawn(state->uploads.run());
    return std::unique_ptr<Session>(new Session(std::move(state)));
}

Result<std::unique_ptr<Torrent>> Session::State::open(TorrentId id, TorrentSettings settings) {
    auto torrent = Torrent::open(shared, id, std::move(settings));
    if (!torrent) return torrent;
    for (const auto& other : members) {
        const auto* const known = dynamic_cast<const Torrent*>(other.get());
        if (known == nullptr) continue;
        const auto path = (*torrent)->clash(*known);
        if (!path) continue;
        (*torrent)->abandon();
        return fail(Errc::in_the_way,
                    "'" + text::escape(*path) + "' belongs to another torrent of this run");
    }
    return torrent;
}

Result<TorrentId> Session::add(TorrentSettings settings) {
    const auto hash =
        settings.metainfo ? settings.metainfo->info_hash : *settings.magnet->info_hash;
    if (state_->by_hash.contains(hash)) {
        return fail(Errc::duplicate, "the same torrent is given twice");
    }
    const TorrentId id(static_cast<std::uint32_t>(state_->members.size()));
    std::unique_ptr<Member> member;
    if (settings.metainfo) {
        auto torrent = state_->open(id, std::move(settings));
        if (!torrent) return torrent.error();
        member = std::move(*torrent);
    } else {
        member = std::make_unique<MetadataSession>(state_->shared, id, std::move(settings));
    }
    state_->by_hash.emplace(hash, member.get());
    state_->members.push_back(std::move(member));
    state_->members.back()->start();
    return id;
}

Result<> Session::begin(TorrentId id, TorrentSettings settings) {
    auto& member = state_->members.at(id.value());
    auto* const waiting = dynamic_cast<MetadataSession*>(member.get());
    BT_ASSERT(waiting != nullptr && waiting->known());
    auto torrent = state_->open(id, std::move(settings));
    if (!torrent) return torrent.error();
    (*torrent)->take_over(waiting->part());
    member = std::move(*torrent);
    state_->by_hash[member->info_hash()] = member.get();
    member->start();
    return {};
}

TorrentStatus Session::status(TorrentId torrent) const {
    return state_->members.at(torrent.value())->status();
}

void Session::remove(TorrentId torrent) {
    state_->stops.spawn(state_->remove(torrent));
}

void Session::finish(TorrentId torrent) {
    state_->members.at(torrent.value())->finish_seeding();
}

void Session::set_horizon(TorrentId torrent, std::uint64_t bytes) {
    state_->members.at(torrent.value())->set_horizon(bytes);
}

net::Awaitable<void> Session::stop() {
    const auto deadline = net::now() + kStopTime;
    for (auto& torrent : state_->members) {
        if (torrent) state_->stops.spawn(torrent->stop(deadline));
    }
    co_await state_->stops.join();
    if (state_->dht) co_await state_->dht->stop();
    if (state_->local) co_await state_->local->stop();
    co_await state_->udp.stop();
    co_await state_->listener->stop();
    state_->tasks.cancel();
    co_await state_->tasks.join();
}

Counters Session::counters() const {
    auto out = state_->counters;
    out.most_block_bytes = state_->blocks.bytes_reserved();
    for (const auto& torrent : state_->members) {
        if (torrent) torrent->add_counts(out);
    }
    return out;
}

net::Services& Session::services() {
    return *state_->services;
}

std::uint16_t Session::listen_port() const {
    return state_->listener->port();
}

}  // namespace bt::session
