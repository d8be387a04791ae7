#include "bt/net/tracker_client.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <iterator>
#include <optional>
#include <utility>

#include "bt/net/clock.hpp"
#include "bt/net/deadline.hpp"
#include "bt/net/http_client.hpp"
#include "bt/net/resolver.hpp"
#include "bt/net/task_group.hpp"
#include "bt/tracker/http.hpp"
#include "bt/tracker/trust.hpp"
#include "net/udp_announce.hpp"

namespace bt::net {

namespace {

/// Addresses of one family of a UDP tracker that are tried; the rest is out of reach as well.
constexpr std::size_t kMaxUdpAddresses = 4;

/// The status already shows the host: "example: connection refused" says it twice.
Error without_host(Error error, const text::Url& url) {
    const auto prefix = url.host + ": ";
    if (error.message.starts_with(prefix)) error.message.erase(0, prefix.size());
    return error;
}

/// Those of `endpoints` that are tried in turn, the one in `last_good` first.
std::vector<Endpoint> of_family(bool v4, const std::vector<Endpoint>& endpoints,
                                const std::vector<Endpoint>& last_good) {
    std::vector<Endpoint> out;
    std::copy_if(endpoints.begin(), endpoints.end(), std::back_inserter(out),
                 [v4](const Endpoint& e) { return e.address.is_v4() == v4; });
    const auto good =
        std::find_first_of(out.begin(), out.end(), last_good.begin(), last_good.end());
    if (good != out.end()) std::rotate(out.begin(), good, good + 1);
    if (out.size() > kMaxUdpAddresses) out.resize(kMaxUdpAddresses);
    return out;
}

tracker::AnnounceOutcome merged(tracker::AnnounceOutcome first, tracker::AnnounceOutcome second) {
    if (first && second) {
        first->peers.insert(first->peers.end(), second->peers.begin(), second->peers.end());
        tracker::keep_usable_peers(first->peers);
        return first;
    }
    if (first || second) return first ? first : second;
    // A family without a route fails at once: the later failure is of the one that has one.
    return has_spoken(first) ? first : second;
}

}  // namespace

/// The announces of a UDP tracker's families: in the frame of over_udp(), which joins them.
struct TrackerClient::Families {
    explicit Families(const Executor& executor) : group(executor) {}

    TaskGroup group;
    std::vector<tracker::AnnounceOutcome> outcomes;  // as they come
    std::optional<Deadline> end;                     // from the first answer on
};

TrackerClient::TrackerClient(Services& services, text::Url url, TrackerOptions options)
    : services_(services), url_(std::move(url)), options_(options) {}

Awaitable<tracker::AnnounceOutcome> TrackerClient::announce(tracker::AnnounceRequest request,
                                                            bool may_look_up) {
    auto announcing = url_.scheme == "udp" ? over_udp(std::move(request), may_look_up)
                                           : over_http(std::move(request), may_look_up);
    auto outcome = co_await std::move(announcing);
    // Some trackers repeat the pass-key that they do not know.
    if (outcome) {
        outcome->warning = text::redact_in(std::move(outcome->warning), url_);
        co_return outcome;
    }
    auto failure = outcome.error();
    if (has_spoken(outcome)) {
        failure.error.message = text::redact_in(std::move(failure.error.message), url_);
    }
    co_return failure;
}

/// Why `address` is not asked for `hop`: this tracker's URL, or where it redirects to.
std::optional<std::string> TrackerClient::why_not_asked(const text::Url& hop,
                                                        const IpAddress& address) const {
    if (options_.typed && hop.host == url_.host) return std::nullopt;
    // Of the query, what we have added does not count.
    auto judged = hop;
    judged.query = url_.query;
    return tracker::why_not_asked(judged, address);
}

Awaitable<tracker::AnnounceOutcome> TrackerClient::over_http(tracker::AnnounceRequest request,
                                                             bool may_look_up) {
    auto url = url_;
    const auto target = tracker::announce_target(url_, request);
    const auto mark = target.find('?');
    url.path = target.substr(0, mark);
    url.has_query = mark != std::string::npos;
    url.query = url.has_query ? target.substr(mark + 1) : std::string();

    HttpOptions options;
    options.timeout = options_.http_timeout;
    options.may_look_up = may_look_up;
    options.any_status = true;
    options.refuse = [this](const text::Url& hop, const IpAddress& address) {
        return why_not_asked(hop, address);
    };
    auto getting = http_get(services_, std::move(url), std::move(options));
    const auto answer = co_await std::move(getting);
    if (!answer) co_return tracker::AnnounceFailure{without_host(answer.error(), url_), {}};
    // Many trackers put a reason into the body of a 400 or 404; others a page of HTML.
    const bool fine = answer->status >= 200 && answer->status < 300;
    if (!fine && !answer->body.starts_with('d')) {
        co_return tracker::AnnounceFailure{http_status_error(answer->status), {}};
    }
    auto outcome = tracker::parse_http_reply(as_bytes(answer->body));
    if (!outcome) co_return outcome;
    tracker::drop_forged_peers(outcome->peers, answer->from.address);
    std::erase(outcome->peers, Endpoint{answer->us, request.port});
    co_return outcome;
}

Awaitable<tracker::AnnounceOutcome> TrackerClient::over_udp(tracker::AnnounceRequest request,
                                                            bool may_look_up) {
    std::vector<Endpoint> endpoints;
    if (may_look_up) {
        auto looking = services_.resolver().resolve(url_.host, url_.port);
        auto found = co_await std::move(looking);
        if (!found) co_return tracker::AnnounceFailure{found.error(), {}};
        endpoints = std::move(*found);
    } else {
        endpoints = last_good_;
    }
    if (endpoints.empty()) {
        co_return tracker::AnnounceFailure{fail(Errc::resolve_failed, "no known address"), {}};
    }
    const auto refused = why_not_asked(url_, endpoints.front().address);
    std::erase_if(endpoints, [this](const Endpoint& endpoint) {
        return why_not_asked(url_, endpoint.address).has_value();
    });
    if (endpoints.empty()) co_return tracker::AnnounceFailure{fail(Errc::network, *refused), {}};
    Families families(services_.executor());
    for (const bool v4 : {true, false}) {
        auto addresses = of_family(v4, endpoints, last_good_);
        if (addresses.empty()) continue;
        families.group.spawn(ask_in_turn(families, std::move(addresses), request));
    }
    // They refer to this frame, so a cancellation unwinds it only when they have ended.
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!families.group.empty()) {
        co_await families.group.join();
        families.group.cancel();
    }
    co_await asio::this_coro::throw_if_cancelled(true);
    co_await families.group.join();  // throws if there was one

    auto& outcomes = families.outcomes;
    if (outcomes.size() == 1) co_return std::move(outcomes.front());
    co_return merged(std::move(outcomes.at(0)), std::move(outcomes.at(1)));
}

/// Announces to the addresses of one family until one answers.
Awaitable<void> TrackerClient::ask_in_turn(Families& families, std::vector<Endpoint> addresses,
                                           tracker::AnnounceRequest request) {
    std::optional<tracker::AnnounceOutcome> outcome;
    for (const auto& to : addresses) {
        UdpAnnounce what{request, url_.target()};
        what.first_timeout = tracker::kUdpFirstTimeout / options_.udp_haste;
        // While there is another address, silence is not waited out to the end.
        if (to != addresses.back()) what.last_retry = 0;
        auto announcing =
            udp_announce(services_.executor(), services_.udp_connections(), to, std::move(what));
        outcome = co_await std::move(announcing);
        if (!has_spoken(*outcome)) continue;
        if (*outcome) tracker::drop_forged_peers((*outcome)->peers, to.address);
        std::erase_if(last_good_,
                      [&](const Endpoint& e) { return e.address.is_v4() == to.address.is_v4(); });
        last_good_.push_back(to);
        break;
    }
    if (has_spoken(*outcome) && !families.end) {
        families.end.emplace(services_.executor(), now() + options_.other_family,
                             [&families] { families.group.cancel(); });
    }
    families.outcomes.push_back(std::move(*outcome));
}

}  // namespace bt::net
