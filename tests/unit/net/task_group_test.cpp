#include "bt/net/task_group.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "unit/net/support.hpp"

namespace bt::net {
namespace {

class TaskGroupTest : public ::testing::Test {
protected:
    Awaitable<void> wait_long(std::string name = {}) {
        Timer timer(io.get_executor(), Timer::time_point::max());
        co_await timer.async_wait(kAwait);
        ended += name;
    }
    Awaitable<void> wait_twice() {
        auto first = wait_long("first");
        co_await std::move(first);
        auto second = wait_long("second");
        co_await std::move(second);
    }
    Awaitable<void> fail_at_once() {
        throw std::runtime_error("a fault");
        co_return;
    }
    Awaitable<void> cancel_and_join() {
        group.cancel();
        co_await group.join();
    }

    asio::io_context io;
    TaskGroup group{io.get_executor()};
    std::string ended;
};

TEST_F(TaskGroupTest, JoinsItsChildrenAfterTheirCancellation) {
    group.spawn(wait_long("a"));
    group.spawn(wait_long("b"));
    io.poll();
    EXPECT_FALSE(group.empty());
    test::run(io, cancel_and_join());
    EXPECT_TRUE(group.empty());
    EXPECT_EQ(ended, "ab");
}

TEST_F(TaskGroupTest, JoinsAtOnceWithoutChildren) {
    test::run(io, group.join());
}

TEST_F(TaskGroupTest, EndsACancelledChildAtItsNextWait) {
    group.spawn(wait_twice());
    io.poll();
    test::run(io, cancel_and_join());
    EXPECT_EQ(ended, "first");
}

TEST_F(TaskGroupTest, TellsTheEndOfAChild) {
    bool told = false;
    group.spawn(wait_long(), [&] { told = true; });
    io.poll();
    EXPECT_FALSE(told);
    test::run(io, cancel_and_join());
    EXPECT_TRUE(told);
}

TEST_F(TaskGroupTest, LetsAFaultOut) {
    group.spawn(fail_at_once());
    EXPECT_THROW(io.run(), std::runtime_error);
    EXPECT_TRUE(group.empty());
}

TEST_F(TaskGroupTest, TakesChildrenFromAChildsEnd) {
    group.spawn(wait_long("a"), [this] { group.spawn(wait_long("b")); });
    io.poll();
    test::cancel(io, group);
    EXPECT_FALSE(group.empty());
    test::run(io, cancel_and_join());
    EXPECT_EQ(ended, "ab");
}

}  // namespace
}  // namespace bt::net
