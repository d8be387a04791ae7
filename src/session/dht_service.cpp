#include "session/dht_service.hpp"

#include <algorithm>
#include <unordered_map>
#include <variant>

#include "bt/core/assert.hpp"
#include "bt/net/clock.hpp"
#include "bt/net/interfaces.hpp"
#include "bt/net/random.hpp"
#include "bt/net/resolver.hpp"
#include "bt/net/task_group.hpp"
#include "bt/text/escape.hpp"
#include "session/dht_state_file.hpp"

namespace bt::session {

using net::Awaitable;
using net::now;

namespace {

/// However soon the machine wants to be called again.
constexpr Duration kLeastWait = std::chrono::milliseconds(1);

std::uint64_t make_seed() {
    return std::uint64_t{net::unguessable()} << 32 | net::unguessable();
}

}  // namespace

struct DhtService::Impl {
    struct Search {
        Searcher* searcher = nullptr;
        bool announce = false;
        Duration pause{};             // after the last round
        TimePoint asked_at{};         // for the last round that was asked for
        TimePoint again_at = kNever;  // another is to be asked for
    };

    Impl(net::Services& shared, net::UdpPort& socket, DhtSettings given)
        : services(shared),
          port(socket),
          settings(std::move(given)),
          file(settings.state_file),
          timer(shared.executor()),
          retry_timer(shared.executor()),
          save_timer(shared.executor()),
          tasks(shared.executor()) {
        if (!settings.routers.empty()) return;
        for (const auto& [host, at] : kDhtRouters)
            settings.routers.emplace_back(host, at);
    }

    void awaken();
    void tell_addresses();
    void ask(const InfoHash& info_hash, Search& search);
    void ask_again(const InfoHash& info_hash, Search& search);
    void carry_out();
    void act(const dht::Action& action);
    [[nodiscard]] Searcher* searcher_of(const InfoHash& info_hash) const;
    [[nodiscard]] bool has_nodes() const;
    [[nodiscard]] TimePoint next_time() const;
    void arm();
    void save();

    [[nodiscard]] Awaitable<void> keep_time();
    [[nodiscard]] Awaitable<void> keep_saving();
    [[nodiscard]] Awaitable<void> find_routers(bool has_earlier);
    [[nodiscard]] Awaitable<void> look_up_router(std::string host, std::uint16_t at);
    [[nodiscard]] Awaitable<void> look_up_node(std::string host, std::uint16_t at);

    net::Services& services;
    net::UdpPort& port;
    DhtSettings settings;
    DhtStateFile file;
    std::optional<dht::Dht> dht;  // from the first that is asked of us
    TimePoint awake_since{};
    std::unordered_map<InfoHash, Search> searches;
    bool acting = false;       // a searcher is being told: what it asks for is done after that
    TimePoint armed = kNever;  // when keep_time() looks again
    bool retry_at_once = false;
    std::size_t router_look_ups = 0;  // under way
    std::size_t node_look_ups = 0;    // under way
    bool routers_found = false;
    bool answered = false;  // somebody, in the last round
    std::string trouble;    // of the last router that was not found
    bool stopped = false;
    net::Timer timer;
    net::Timer retry_timer;
    net::Timer save_timer;
    net::TaskGroup tasks;
};

void DhtService::Impl::awaken() {
    if (dht || stopped) return;
    dht::Settings given;
    given.port = port.port();
    given.ipv4 = port.has_v4();
    given.ipv6 = port.has_v6();
    given.read_only_for = settings.read_only_for;
    const auto earlier = file.read();
    dht.emplace(given, earlier ? std::optional(earlier->own) : std::nullopt, net::unguessable,
                make_seed());
    awake_since = now();
    tell_addresses();
    if (earlier) dht->restore(earlier->nodes, awake_since);
    tasks.spawn(keep_time());
    tasks.spawn(find_routers(earlier && !earlier->nodes.empty()));
    if (!settings.state_file.empty()) tasks.spawn(keep_saving());
}

void DhtService::Impl::tell_addresses() {
    dht->set_local_addresses(net::addresses_of(net::interfaces()));
}

void DhtService::Impl::ask(const InfoHash& info_hash, Search& search) {
    search.asked_at = now();
    search.again_at = kNever;
    const auto at = search.announce ? std::optional(port.port()) : std::nullopt;
    dht->search(info_hash, at, search.asked_at);
}

/// Peers that come and go would have it ask all the time.
void DhtService::Impl::ask_again(const InfoHash& info_hash, Search& search) {
    search.pause = std::min(search.pause * 2, kMaxPause);
    ask(info_hash, search);
}

/// After whatever was told to the machine.
void DhtService::Impl::carry_out() {
    if (acting) return;
    acting = true;
    std::vector<dht::Action> actions;
    for (dht->take_actions(actions); !actions.empty(); dht->take_actions(actions)) {
        for (const auto& action : actions)
            act(action);
        actions.clear();
    }
    acting = false;
    arm();
}

void DhtService::Impl::act(const dht::Action& action) {
    if (const auto* packet = std::get_if<dht::SendPacket>(&action)) {
        port.send(packet->packet, packet->to);
    } else if (const auto* found = std::get_if<dht::PeersFound>(&action)) {
        if (auto* searcher = searcher_of(found->info_hash)) searcher->on_dht_peers(found->peers);
    } else if (const auto* done = std::get_if<dht::LookupDone>(&action)) {
        answered = done->answered > 0;
        if (!answered) return;
        if (auto* searcher = searcher_of(done->info_hash)) searcher->on_dht_round(done->peers);
    }
}

/// Looked for at the last moment: it may have stopped since the machine found something.
DhtService::Searcher* DhtService::Impl::searcher_of(const InfoHash& info_hash) const {
    const auto at = searches.find(info_hash);
    return at == searches.end() ? nullptr : at->second.searcher;
}

bool DhtService::Impl::has_nodes() const {
    const auto stats = dht->stats();
    return stats.nodes_v4 + stats.nodes_v6 > 0;
}

TimePoint DhtService::Impl::next_time() const {
    auto out = dht->wake_at();
    for (const auto& [hash, search] : searches)
        out = std::min(out, search.again_at);
    return out;
}

void DhtService::Impl::arm() {
    if (next_time() < armed) timer.cancel();
}

Awaitable<void> DhtService::Impl::keep_time() {
    while (!stopped) {
        armed = std::max(next_time(), now() + kLeastWait);
        timer.expires_at(net::to_steady(armed));
        co_await timer.async_wait(net::kAwait);
        const auto time = now();
        if (stopped || time < armed) continue;  // something is due earlier
        for (auto& [hash, search] : searches)
            if (search.again_at <= time) ask_again(hash, search);
        dht->on_timeout(time);
        carry_out();
    }
}

Awaitable<void> DhtService::Impl::keep_saving() {
    while (!stopped) {
        save_timer.expires_after(kSaveInterval);
        const auto [cancelled] = co_await save_timer.async_wait(net::kAwait);
        if (!cancelled) save();
    }
}

void DhtService::Impl::save() {
    const auto family = port.has_v4() ? dht::Family::v4 : dht::Family::v6;
    file.write(dht->id(family), dht->nodes_to_keep());
}

Awaitable<void> DhtService::Impl::find_routers(bool has_earlier) {
    if (has_earlier) {
        retry_timer.expires_after(kGrace);
        co_await retry_timer.async_wait(net::kAwait);
    }
    auto retry = kFirstRetry;
    while (!stopped) {
        const bool fed = has_nodes();
        if (!fed && router_look_ups == 0) {
            for (const auto& [host, at] : settings.routers) {
                ++router_look_ups;
                tasks.spawn(look_up_router(host, at), [this] { --router_look_ups; });
            }
        }
        retry_timer.expires_after(fed ? kMaxRetry : retry);
        co_await retry_timer.async_wait(net::kAwait);
        const bool anew = std::exchange(retry_at_once, false) || fed;
        retry = anew ? kFirstRetry : std::min(retry * 2, kMaxRetry);
    }
}

Awaitable<void> DhtService::Impl::look_up_router(std::string host, std::uint16_t at) {
    auto looking = services.resolver().resolve(host, at);
    const auto found = co_await std::move(looking);
    if (stopped) co_return;
    if (!found) {
        trouble = host + ": " + found.error().message;
        co_return;
    }
    routers_found = true;
    for (const auto& endpoint : *found)
        dht->add_router(endpoint, now());
    carry_out();
}

Awaitable<void> DhtService::Impl::look_up_node(std::string host, std::uint16_t at) {
    auto looking = services.resolver().resolve(host, at);
    const auto found = co_await std::move(looking);
    if (stopped || !found) co_return;
    for (const auto& endpoint : *found)
        dht->add_node(endpoint, now(), dht::NodeSource::torrent);
    carry_out();
}

DhtService::DhtService(net::Services& services, net::UdpPort& port, DhtSettings settings)
    : impl_(std::make_unique<Impl>(services, port, std::move(settings))) {
    BT_ASSERT(port.port() != 0);
}

DhtService::~DhtService() = default;

void DhtService::search(const InfoHash& info_hash, Searcher& searcher, bool announce) {
    auto& impl = *impl_;
    if (impl.stopped) return;
    impl.awaken();
    const auto [at, fresh] = impl.searches.try_emplace(info_hash);
    auto& search = at->second;
    search.searcher = &searcher;
    const bool news = std::exchange(search.announce, announce) != announce;
    if (!fresh && !news) return want_peers(info_hash);
    search.pause = impl.settings.least_pause;
    impl.ask(info_hash, search);
    impl.carry_out();
}

void DhtService::stop_search(const InfoHash& info_hash) {
    if (impl_->searches.erase(info_hash) > 0) impl_->dht->stop_search(info_hash);
}

void DhtService::want_peers(const InfoHash& info_hash) {
    const auto at = impl_->searches.find(info_hash);
    if (at == impl_->searches.end()) return;
    at->second.again_at = std::min(at->second.again_at, at->second.asked_at + at->second.pause);
    impl_->arm();
}

void DhtService::add_node(const Endpoint& endpoint) {
    if (impl_->stopped) return;
    impl_->awaken();
    impl_->dht->add_node(endpoint, now(), dht::NodeSource::peer);
    impl_->carry_out();
}

void DhtService::add_node(const std::string& host, std::uint16_t port) {
    if (impl_->stopped || impl_->node_look_ups >= kMaxLookUps) return;
    impl_->awaken();
    ++impl_->node_look_ups;
    impl_->tasks.spawn(impl_->look_up_node(host, port), [this] { --impl_->node_look_ups; });
}

void DhtService::on_packet(Bytes packet, const Endpoint& from) {
    if (!impl_->dht || impl_->stopped) return;
    impl_->dht->on_packet(packet, from, now());
    impl_->carry_out();
}

void DhtService::network_changed() {
    if (!impl_->dht || impl_->stopped) return;
    impl_->tell_addresses();
    impl_->dht->network_changed(now());
    for (auto& [hash, search] : impl_->searches)
        search.pause = impl_->settings.least_pause;
    impl_->retry_at_once = true;
    impl_->retry_timer.cancel();
    impl_->carry_out();
}

Awaitable<void> DhtService::stop() {
    auto& impl = *impl_;
    if (!std::exchange(impl.stopped, true)) {
        impl.searches.clear();
        if (impl.dht) impl.save();
    }
    impl.tasks.cancel();
    co_await impl.tasks.join();
}

DhtService::Status DhtService::status() const {
    const auto& impl = *impl_;
    Status out;
    if (!impl.dht) return out;
    const auto stats = impl.dht->stats();
    out.nodes_v4 = stats.nodes_v4;
    out.nodes_v6 = stats.nodes_v6;
    out.read_only = stats.read_only;
    out.external_v4 = stats.external_v4;
    out.external_v6 = stats.external_v6;
    out.state = State::starting;
    if (impl.has_nodes() || impl.answered) {
        out.state = State::working;
    } else if (!impl.routers_found && !impl.trouble.empty() && impl.router_look_ups == 0) {
        out.state = State::failed;
        out.message = text::escape(impl.trouble);
    } else if (now() - impl.awake_since >= kPatience) {
        out.state = State::failed;
        out.message = "no node answers";
    }
    return out;
}

}  // namespace bt::session
