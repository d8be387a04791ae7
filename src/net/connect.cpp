#include "net/connect.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <list>
#include <memory>
#include <optional>

#include "bt/core/assert.hpp"
#include "bt/net/clock.hpp"

namespace bt::net {

namespace {

struct Attempt {
    TcpSocket socket;
    bool done = false;
    error_code error;
};

/// What the coroutine and the handlers of its attempts share.
struct Race {
    explicit Race(const Executor& executor) : wake(executor) {}

    Timer wake;  // cancelled when an attempt ends
    std::list<Attempt> attempts;

    [[nodiscard]] bool running() const {
        return std::any_of(attempts.begin(), attempts.end(), [](const auto& a) { return !a.done; });
    }
    [[nodiscard]] Attempt* winner() {
        const auto at = std::find_if(attempts.begin(), attempts.end(),
                                     [](const auto& a) { return a.done && !a.error; });
        return at == attempts.end() ? nullptr : &*at;
    }
};

void begin(const std::shared_ptr<Race>& race, const Executor& executor, const Endpoint& to) {
    auto& attempt = race->attempts.emplace_back(Attempt{TcpSocket(executor), false, {}});
    attempt.socket.async_connect(to_tcp(to), [race, &attempt](error_code ec) {
        attempt.done = true;
        attempt.error = ec;
        race->wake.cancel();
    });
}

/// IPv6 and IPv4 in turns, so that a family without a route costs one attempt and not all. The
/// order within a family stays.
std::vector<Endpoint> alternate(const std::vector<Endpoint>& endpoints) {
    std::vector<Endpoint> first;
    std::vector<Endpoint> second;
    for (const auto& endpoint : endpoints) {
        const bool same = endpoint.address.is_v4() == endpoints.front().address.is_v4();
        (same ? first : second).push_back(endpoint);
    }
    std::vector<Endpoint> out;
    for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
        if (i < first.size()) out.push_back(first[i]);
        if (i < second.size()) out.push_back(second[i]);
    }
    return out;
}

}  // namespace

Awaitable<Result<TcpSocket>> connect_any(Executor executor, std::vector<Endpoint> endpoints,
                                         TimePoint deadline) {
    BT_ASSERT(!endpoints.empty());
    endpoints = alternate(endpoints);
    const auto race = std::make_shared<Race>(executor);
    struct Close {
        Race& race;
        ~Close() {
            error_code ignored;
            for (auto& attempt : race.attempts)
                attempt.socket.close(ignored);
        }
    } const close{*race};

    std::size_t next = 0;
    auto next_start = now();
    for (;;) {
        if (auto* winner = race->winner()) co_return std::move(winner->socket);
        const bool more = next < endpoints.size();
        if (more && (!race->running() || now() >= next_start)) {
            begin(race, executor, endpoints[next++]);
            next_start = now() + kConnectStagger;
            continue;
        }
        if (!race->running()) {
            co_return fail(Errc::network, plain_words(race->attempts.front().error));
        }
        if (now() >= deadline) co_return fail(Errc::timeout, "cannot be reached: no answer");
        race->wake.expires_at(to_steady(more ? std::min(next_start, deadline) : deadline));
        co_await race->wake.async_wait(kAwait);
    }
}

std::string plain_words(const error_code& error) {
    if (error == asio::error::eof || error == asio::ssl::error::stream_truncated ||
        error == asio::error::connection_reset || error == asio::error::broken_pipe) {
        return "connection closed";
    }
    if (error == asio::error::timed_out) return "cannot be reached: no answer";
    auto words = error.message();
    // "Connection refused" in the middle of a line.
    if (!words.empty() && words[0] >= 'A' && words[0] <= 'Z') {
        words[0] = static_cast<char>(words[0] - 'A' + 'a');
    }
    return words;
}

}  // namespace bt::net
