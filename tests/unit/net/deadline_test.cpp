#include "bt/net/deadline.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "bt/net/event.hpp"
#include "unit/net/support.hpp"

namespace bt::net {
namespace {

TEST(Deadline, ActsWhenItPasses) {
    asio::io_context io;
    int acts = 0;
    const Deadline deadline(io.get_executor(), now(), [&] { ++acts; });
    EXPECT_FALSE(deadline.passed());
    io.run();
    EXPECT_EQ(acts, 1);
    EXPECT_TRUE(deadline.passed());
}

TEST(Deadline, DoesNothingOnceItIsGone) {
    asio::io_context io;
    int acts = 0;
    std::optional<Deadline> deadline;
    deadline.emplace(io.get_executor(), now(), [&] { ++acts; });
    deadline.reset();
    io.run();
    EXPECT_EQ(acts, 0);
}

TEST(Deadline, DoesNothingWhenItGoesWithItsHandlerQueued) {
    asio::io_context io;
    int acts = 0;
    std::optional<Deadline> second;
    const Deadline first(io.get_executor(), now(), [&] { second.reset(); });
    second.emplace(io.get_executor(), now(), [&] { ++acts; });
    io.run();  // both have expired before the first handler runs
    EXPECT_EQ(acts, 0);
}

TEST(Event, CountsANotificationBeforeTheWait) {
    asio::io_context io;
    Event event(io.get_executor());
    event.notify();
    event.notify();
    EXPECT_TRUE(test::run(io, event.wait()));
}

TEST(Event, IsFalseOnceClosed) {
    asio::io_context io;
    Event event(io.get_executor());
    event.close();
    EXPECT_FALSE(test::run(io, event.wait()));
}

}  // namespace
}  // namespace bt::net
