#include "bt/net/tracker_client.hpp"

#include <algorithm>
#include <utility>

#include "bt/net/http_client.hpp"
#include "bt/net/resolver.hpp"
#include "bt/tracker/http.hpp"
#include "net/udp_announce.hpp"

namespace bt::net {

namespace {

/// Addresses of one UDP tracker that are tried; the rest is out of reach as well.
constexpr std::size_t kMaxUdpAddresses = 4;

/// The status already shows the host: "example: connection refused" says it twice.
Error without_host(Error error, const text::Url& url) {
    const auto prefix = url.host + ": ";
    if (error.message.starts_with(prefix)) error.message.erase(0, prefix.size());
    return error;
}

/// IPv4 first: an IPv6 without a working route costs 15 s of silence.
void order(std::vector<Endpoint>& endpoints, const std::optional<Endpoint>& last_good) {
    std::stable_partition(endpoints.begin(), endpoints.end(),
                          [](const Endpoint& e) { return e.address.is_v4(); });
    if (last_good) {
        std::stable_partition(endpoints.begin(), endpoints.end(),
                              [&](const Endpoint& e) { return e == *last_good; });
    }
    if (endpoints.size() <= kMaxUdpAddresses) return;
    // The families differ in what they reach: neither is cut off altogether.
    if (!endpoints.back().address.is_v4()) endpoints[kMaxUdpAddresses - 1] = endpoints.back();
    endpoints.resize(kMaxUdpAddresses);
}

}  // namespace

TrackerClient::TrackerClient(Services& services, text::Url url, TrackerOptions options)
    : services_(services), url_(std::move(url)), options_(options) {}

Awaitable<tracker::AnnounceOutcome> TrackerClient::announce(tracker::AnnounceRequest request,
                                                            bool may_look_up) {
    auto announcing = url_.scheme == "udp" ? over_udp(std::move(request), may_look_up)
                                           : over_http(std::move(request), may_look_up);
    co_return co_await std::move(announcing);
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
    auto getting = http_get(services_, std::move(url), std::move(options));
    const auto answer = co_await std::move(getting);
    if (!answer) co_return tracker::AnnounceFailure{without_host(answer.error(), url_), {}};
    // Many trackers put a reason into the body of a 400 or 404; others a page of HTML.
    const bool fine = answer->status >= 200 && answer->status < 300;
    if (!fine && !answer->body.starts_with('d')) {
        co_return tracker::AnnounceFailure{http_status_error(answer->status), {}};
    }
    co_return tracker::parse_http_reply(as_bytes(answer->body));
}

Awaitable<tracker::AnnounceOutcome> TrackerClient::over_udp(tracker::AnnounceRequest request,
                                                            bool may_look_up) {
    std::vector<Endpoint> endpoints;
    if (may_look_up) {
        auto looking = services_.resolver().resolve(url_.host, url_.port);
        auto found = co_await std::move(looking);
        if (!found) co_return tracker::AnnounceFailure{found.error(), {}};
        endpoints = std::move(*found);
    } else if (last_good_) {
        endpoints = {*last_good_};
    }
    order(endpoints, last_good_);

    tracker::AnnounceOutcome outcome =
        tracker::AnnounceFailure{fail(Errc::resolve_failed, "no known address"), {}};
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        const auto& to = endpoints[i];
        UdpAnnounce what{request, url_.target(), options_.udp_haste, tracker::kUdpLastRetry};
        // While there is another address, silence is not waited out to the end.
        if (i + 1 < endpoints.size()) what.last_retry = 0;
        auto announcing = udp_announce(services_.executor(), to, std::move(what));
        outcome = co_await std::move(announcing);
        if (outcome || outcome.error().error.code == Errc::protocol) {
            last_good_ = to;  // it has spoken, if only to refuse
            break;
        }
    }
    co_return outcome;
}

}  // namespace bt::net
