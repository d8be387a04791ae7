#include "bt/net/resolver.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "bt/net/clock.hpp"
#include "net/sockaddr.hpp"

namespace bt::net {

namespace {

using Addresses = std::vector<IpAddress>;

std::vector<Endpoint> with_port(const Addresses& addresses, std::uint16_t port) {
    std::vector<Endpoint> out;
    out.reserve(addresses.size());
    for (const auto& address : addresses)
        out.push_back({address, port});
    return out;
}

}  // namespace

/// One coroutine in resolve(). Lives in its frame; the timer is cancelled when the answer is there.
struct Resolver::Waiter {
    explicit Waiter(const Executor& executor) : timer(executor) {}
    Timer timer;
    std::optional<Result<Addresses>> answer;
};

struct Resolver::State {
    struct Answer {
        std::string host;
        Result<Addresses> addresses;
    };
    struct Cached {
        Addresses addresses;
        TimePoint at;
    };

    State(asio::io_context& context, LookUp function)
        : io(&context), look_up(std::move(function)) {}

    // Of the io thread.
    std::map<std::string, std::vector<Waiter*>> waiting;
    std::map<std::string, Cached> cache;

    // Shared with the helpers.
    std::mutex mutex;
    std::condition_variable work;
    asio::io_context* io;  // null once the resolver is gone
    const LookUp look_up;
    std::deque<std::string> queue;
    std::vector<Answer> answers;
    std::size_t threads = 0;
    std::size_t idle = 0;

    [[nodiscard]] static Result<> enqueue(const std::shared_ptr<State>& self,
                                          const std::string& host);
    void forget(const std::string& host, Waiter& waiter);
    void deliver();
    void remember(const std::string& host, const Addresses& addresses);
    static void help(std::shared_ptr<State> self);
};

/// Hands one host to the helpers; starts one when all are busy.
Result<> Resolver::State::enqueue(const std::shared_ptr<State>& self, const std::string& host) {
    const std::lock_guard lock(self->mutex);
    if (self->queue.size() >= kMaxWaitingHosts) {
        return fail(Errc::resolve_failed, "too many host names are being looked up");
    }
    self->queue.push_back(host);
    if (self->queue.size() > self->idle && self->threads < kMaxThreads) {
        try {
            std::thread(help, self).detach();
            ++self->threads;
        } catch (const std::system_error& error) {
            if (self->threads == 0) {
                self->queue.pop_back();
                return fail(Errc::resolve_failed,
                            std::string("cannot start a thread: ") + error.what());
            }
        }
    }
    self->work.notify_one();
    return {};
}

/// The life of a helper. Outlives the resolver when getaddrinfo() hangs.
void Resolver::State::help(std::shared_ptr<State> self) {
    std::unique_lock lock(self->mutex);
    for (;;) {
        ++self->idle;
        self->work.wait(lock, [&] { return !self->io || !self->queue.empty(); });
        --self->idle;
        if (!self->io) return;
        auto host = std::move(self->queue.front());
        self->queue.pop_front();
        lock.unlock();
        auto addresses = self->look_up(host);
        lock.lock();
        if (!self->io) return;
        self->answers.push_back({std::move(host), std::move(addresses)});
        // The lock is held, so the io context is still there. Whoever waits for the answer keeps it
        // running by the timer of the wait.
        if (self->answers.size() == 1) {
            asio::post(self->io->get_executor(), [state = self] { state->deliver(); });
        }
    }
}

/// On the io thread: wakes those who wait for what has been found.
void Resolver::State::deliver() {
    std::vector<Answer> found;
    {
        const std::lock_guard lock(mutex);
        found.swap(answers);
        if (!io) return;
    }
    for (auto& answer : found) {
        if (answer.addresses) remember(answer.host, *answer.addresses);
        const auto at = waiting.find(answer.host);
        if (at == waiting.end()) continue;
        for (auto* waiter : at->second) {
            waiter->answer = answer.addresses;
            waiter->timer.cancel();
        }
        waiting.erase(at);
    }
}

void Resolver::State::remember(const std::string& host, const Addresses& addresses) {
    if (cache.size() >= kMaxCachedHosts && !cache.contains(host)) {
        cache.erase(std::min_element(cache.begin(), cache.end(), [](const auto& a, const auto& b) {
            return a.second.at < b.second.at;
        }));
    }
    cache[host] = {addresses, now()};
}

/// `waiter` goes away. A host for which nobody waits any more is not looked up.
void Resolver::State::forget(const std::string& host, Waiter& waiter) {
    const auto at = waiting.find(host);
    if (at == waiting.end()) return;
    std::erase(at->second, &waiter);
    if (!at->second.empty()) return;
    const std::lock_guard lock(mutex);
    // One that a helper has begun stays, so that the next who asks joins it.
    if (std::erase(queue, host) > 0) waiting.erase(at);
}

Resolver::Resolver(asio::io_context& io, LookUp look_up)
    : state_(std::make_shared<State>(io, std::move(look_up))) {}

Resolver::~Resolver() {
    const std::lock_guard lock(state_->mutex);
    state_->io = nullptr;
    state_->queue.clear();
    state_->work.notify_all();
}

Awaitable<Result<std::vector<Endpoint>>> Resolver::resolve(std::string host, std::uint16_t port,
                                                           Duration timeout) {
    if (const auto address = IpAddress::parse(host)) {
        co_return std::vector<Endpoint>{{*address, port}};
    }
    const auto state = state_;
    if (const auto at = state->cache.find(host);
        at != state->cache.end() && now() - at->second.at < kFresh) {
        co_return with_port(at->second.addresses, port);
    }
    const auto [at, first] = state->waiting.try_emplace(host);
    if (first) {
        if (const auto queued = State::enqueue(state, host); !queued) {
            state->waiting.erase(at);
            co_return queued.error();
        }
    }
    Waiter waiter(state->io->get_executor());
    at->second.push_back(&waiter);
    struct Leave {
        State& state;
        const std::string& host;
        Waiter& waiter;
        ~Leave() { state.forget(host, waiter); }
    } const leave{*state, host, waiter};

    waiter.timer.expires_after(timeout);
    const auto [ec] = co_await waiter.timer.async_wait(kAwait);
    if (!waiter.answer) {
        if (ec) co_return fail(Errc::interrupted, "interrupted");
        co_return fail(Errc::timeout, "the name server does not answer");
    }
    if (!*waiter.answer) co_return waiter.answer->error();
    co_return with_port(**waiter.answer, port);
}

std::optional<std::vector<Endpoint>> Resolver::known(const std::string& host,
                                                     std::uint16_t port) const {
    if (const auto address = IpAddress::parse(host)) {
        return std::vector<Endpoint>{{*address, port}};
    }
    const auto at = state_->cache.find(host);
    if (at == state_->cache.end()) return std::nullopt;
    return with_port(at->second.addresses, port);
}

Result<std::vector<IpAddress>> Resolver::system_look_up(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;  // else every address comes once per socket type
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (error == EAI_NONAME || error == EAI_NODATA) {
        return fail(Errc::resolve_failed, "host not found");
    }
    if (error == EAI_AGAIN) {
        return fail(Errc::resolve_failed, "host name cannot be resolved at the moment");
    }
    if (error != 0) {
        return fail(Errc::resolve_failed,
                    std::string("host name cannot be resolved: ") + ::gai_strerror(error));
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    Addresses out;
    for (const auto* at = found; at && out.size() < kMaxAddresses; at = at->ai_next) {
        const auto address = from_sockaddr(at->ai_addr);
        if (address && std::find(out.begin(), out.end(), *address) == out.end()) {
            out.push_back(*address);
        }
    }
    if (out.empty()) return fail(Errc::resolve_failed, "host has no address");
    return out;
}

}  // namespace bt::net
