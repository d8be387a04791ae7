#include "bt/net/resolver.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "unit/net/support.hpp"

namespace bt::net {
namespace {

using test::run;
using test::run_until;
using Answer = Result<std::vector<Endpoint>>;

const IpAddress kAddress = IpAddress::v4({192, 0, 2, 1});
const IpAddress kOther = IpAddress::v6({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});

/// A name server that counts, and that can be held up. Outlives its resolver's threads.
struct NameServer {
    std::mutex mutex;
    std::condition_variable changed;
    bool held = false;
    int calls = 0;
    int inside = 0;
    int most_inside = 0;

    Result<std::vector<IpAddress>> look_up(const std::string& host) {
        std::unique_lock lock(mutex);
        ++calls;
        most_inside = std::max(most_inside, ++inside);
        changed.notify_all();
        changed.wait(lock, [this] { return !held; });
        --inside;
        changed.notify_all();
        if (host == "nowhere.example") return fail(Errc::resolve_failed, "host not found");
        return std::vector<IpAddress>{kAddress, kOther};
    }
    void hold(bool value) {
        const std::lock_guard lock(mutex);
        held = value;
        changed.notify_all();
    }
    void wait_inside(int count) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return inside == count; });
    }
    int count_calls() {
        const std::lock_guard lock(mutex);
        return calls;
    }
};

class ResolverTest : public ::testing::Test {
protected:
    Answer resolve(const std::string& host, Duration timeout = Resolver::kTimeout) {
        return run(io, resolver->resolve(host, 80, timeout));
    }
    /// Starts a request; its answer arrives in `answers`.
    void begin(TaskGroup& group, const std::string& host, Duration timeout) {
        group.spawn(ask(host, timeout));
    }
    Awaitable<void> ask(std::string host, Duration timeout) {
        auto asking = resolver->resolve(std::move(host), 80, timeout);
        auto answer = co_await std::move(asking);
        answers.push_back(std::move(answer));
    }

    asio::io_context io;
    std::shared_ptr<NameServer> names = std::make_shared<NameServer>();
    std::unique_ptr<Resolver> resolver = std::make_unique<Resolver>(
        io, [names = names](const std::string& host) { return names->look_up(host); });
    std::vector<Answer> answers;
};

TEST_F(ResolverTest, AnswersANumericHostWithoutALookUp) {
    EXPECT_EQ(resolve("192.0.2.7").value().front().to_string(), "192.0.2.7:80");
    EXPECT_EQ(resolve("2001:db8::1").value().front(), (Endpoint{kOther, 80}));
    EXPECT_EQ(names->count_calls(), 0);
}

TEST_F(ResolverTest, GivesAllAddressesInOrder) {
    const auto found = resolve("tracker.example");
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, (std::vector<Endpoint>{{kAddress, 80}, {kOther, 80}}));
}

TEST_F(ResolverTest, RemembersAnAnswer) {
    ASSERT_TRUE(resolve("tracker.example"));
    ASSERT_TRUE(resolve("tracker.example"));
    EXPECT_EQ(names->count_calls(), 1);
    EXPECT_EQ(resolver->known("tracker.example", 6969).value().front().port, 6969);
}

TEST_F(ResolverTest, DoesNotRememberAFailure) {
    EXPECT_EQ(resolve("nowhere.example").error().code, Errc::resolve_failed);
    EXPECT_EQ(resolve("nowhere.example").error().message, "host not found");
    EXPECT_EQ(names->count_calls(), 2);
    EXPECT_FALSE(resolver->known("nowhere.example", 80));
}

TEST_F(ResolverTest, SharesOneLookUpBetweenRequests) {
    names->hold(true);
    TaskGroup group(io.get_executor());
    for (int i = 0; i < 5; ++i)
        begin(group, "tracker.example", Resolver::kTimeout);
    io.poll();
    names->hold(false);
    ASSERT_TRUE(run_until(io, [&] { return answers.size() == 5; }));
    for (const auto& answer : answers)
        EXPECT_TRUE(answer);
    EXPECT_EQ(names->count_calls(), 1);
}

TEST_F(ResolverTest, LooksUpFourHostsAtOnceAndNoMore) {
    names->hold(true);
    TaskGroup group(io.get_executor());
    for (int i = 0; i < 7; ++i)
        begin(group, "host" + std::to_string(i), Resolver::kTimeout);
    io.poll();
    names->wait_inside(Resolver::kMaxThreads);
    names->hold(false);
    ASSERT_TRUE(run_until(io, [&] { return answers.size() == 7; }));
    EXPECT_EQ(names->most_inside, static_cast<int>(Resolver::kMaxThreads));
}

TEST_F(ResolverTest, RefusesMoreWaitingHostsThanItsBound) {
    names->hold(true);
    TaskGroup group(io.get_executor());
    for (std::size_t i = 0; i < Resolver::kMaxThreads; ++i)
        begin(group, "busy" + std::to_string(i), Resolver::kTimeout);
    io.poll();
    names->wait_inside(Resolver::kMaxThreads);
    for (std::size_t i = 0; i < Resolver::kMaxWaitingHosts; ++i)
        begin(group, "host" + std::to_string(i), Resolver::kTimeout);
    io.poll();
    EXPECT_TRUE(answers.empty());
    begin(group, "one.more", Resolver::kTimeout);
    io.poll();
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_FALSE(answers[0]);
    test::cancel(io, group);
    names->hold(false);
    ASSERT_TRUE(run_until(io, [&] { return group.empty(); }));
}

TEST_F(ResolverTest, GivesUpAtTheTimeout) {
    names->hold(true);
    const auto answer = resolve("tracker.example", std::chrono::milliseconds(5));
    EXPECT_EQ(answer.error().code, Errc::timeout);
    names->hold(false);
}

TEST_F(ResolverTest, EndsAWaitThatIsCancelled) {
    names->hold(true);
    TaskGroup group(io.get_executor());
    begin(group, "tracker.example", Resolver::kTimeout);
    io.poll();
    test::cancel(io, group);
    ASSERT_TRUE(run_until(io, [&] { return group.empty(); }));
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(answers[0].error().code, Errc::interrupted);
    names->hold(false);
}

TEST_F(ResolverTest, ForgetsAHostForWhichNobodyWaits) {
    names->hold(true);
    TaskGroup group(io.get_executor());
    for (std::size_t i = 0; i < Resolver::kMaxThreads; ++i)
        begin(group, "busy" + std::to_string(i), Resolver::kTimeout);
    io.poll();
    names->wait_inside(Resolver::kMaxThreads);
    begin(group, "given.up", std::chrono::milliseconds(5));
    ASSERT_TRUE(run_until(io, [&] { return answers.size() == 1; }));
    names->hold(false);
    ASSERT_TRUE(run_until(io, [&] { return group.empty(); }));
    EXPECT_EQ(names->count_calls(), static_cast<int>(Resolver::kMaxThreads));
}

TEST_F(ResolverTest, GoesAwayWhileALookUpHangs) {
    names->hold(true);
    EXPECT_FALSE(resolve("tracker.example", std::chrono::milliseconds(5)));
    resolver.reset();
    names->hold(false);
    names->wait_inside(0);
}

TEST_F(ResolverTest, KeepsAtMostItsBoundOfHosts) {
    for (std::size_t i = 0; i <= Resolver::kMaxCachedHosts; ++i)
        ASSERT_TRUE(resolve("host" + std::to_string(i)));
    EXPECT_FALSE(resolver->known("host0", 80));
    EXPECT_TRUE(resolver->known("host1", 80));
    EXPECT_TRUE(resolver->known("host" + std::to_string(Resolver::kMaxCachedHosts), 80));
}

TEST(Resolver, FindsLocalhostInTheSystem) {
    const auto found = Resolver::system_look_up("localhost");
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->front().is_loopback());
}

}  // namespace
}  // namespace bt::net
