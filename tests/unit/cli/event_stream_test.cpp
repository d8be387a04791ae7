#include "cli/event_stream.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

namespace bt::cli {
namespace {

using Need = EventStream::Need;

class EventStreamTest : public testing::Test {
protected:
    void SetUp() override {
        std::signal(SIGPIPE, SIG_IGN);
        ASSERT_EQ(::pipe2(pipe_.data(), O_CLOEXEC), 0);
    }
    void TearDown() override {
        for (const int fd : pipe_)
            if (fd >= 0) ::close(fd);
    }
    void close_reader() {
        ::close(pipe_[0]);
        pipe_[0] = -1;
    }
    /// What there is until `end` of it has come.
    std::string read_until(std::string_view end) {
        std::string out;
        while (!out.ends_with(end)) {
            std::array<char, 65536> some{};
            const auto n = ::read(pipe_[0], some.data(), some.size());
            if (n <= 0) break;
            out.append(some.data(), static_cast<std::size_t>(n));
        }
        return out;
    }
    static constexpr auto kSoon = std::chrono::milliseconds(100);

    std::array<int, 2> pipe_{-1, -1};
};

TEST_F(EventStreamTest, WritesLinesInOrder) {
    EventStream stream(pipe_[1]);
    stream.put("one", Need::order);
    stream.put("two", Need::latest);
    stream.put("three", Need::always);
    EXPECT_TRUE(stream.flush(std::nullopt));
    EXPECT_EQ(read_until("three\n"), "one\ntwo\nthree\n");
}

TEST_F(EventStreamTest, LeavesProgressOutForASlowReaderAndKeepsTheRest) {
    EventStream stream(pipe_[1]);
    const std::string kilobyte(1023, 'p');
    for (int i = 0; i < 1000; ++i)
        stream.put(kilobyte, Need::latest);
    stream.put("event", Need::order);
    stream.put("last", Need::always);
    EXPECT_FALSE(stream.flush(kSoon));
    const auto got = read_until("last\n");
    EXPECT_TRUE(got.ends_with("\nevent\nlast\n"));
    // What the pipe took, and what waited before it.
    EXPECT_LT(got.size(), 64u * 1024 + 2 * EventStream::kLatestBytes + 2048);
    EXPECT_EQ(stream.left_out(), 0u);
    EXPECT_TRUE(stream.flush(std::nullopt));
}

TEST_F(EventStreamTest, LeavesEventsOutPastItsBoundAndCountsThem) {
    EventStream stream(pipe_[1]);
    const std::string large(1u << 20, 'e');
    for (std::size_t i = 0; i < EventStream::kMostBytes / large.size() + 3; ++i)
        stream.put(large, Need::order);
    EXPECT_GE(stream.left_out(), 2u);
    stream.put("last", Need::always);
    const auto got = read_until("last\n");
    EXPECT_TRUE(got.ends_with("e\nlast\n"));
    EXPECT_LE(got.size(), EventStream::kMostBytes + 2 * large.size());
}

TEST_F(EventStreamTest, EndsQuietlyWithItsReader) {
    EventStream stream(pipe_[1]);
    close_reader();
    stream.put("nobody", Need::always);
    EXPECT_TRUE(stream.flush(std::nullopt));
    stream.put("nobody", Need::always);
    EXPECT_TRUE(stream.flush(std::nullopt));
    EXPECT_EQ(stream.error(), 0);
}

TEST_F(EventStreamTest, SaysWhyItCannotWrite) {
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    ASSERT_GE(full, 0);
    {
        EventStream stream(full);
        stream.put("no room", Need::always);
        EXPECT_TRUE(stream.flush(std::nullopt));
        EXPECT_EQ(stream.error(), ENOSPC);
    }
    ::close(full);
}

TEST_F(EventStreamTest, EndsAlthoughNobodyReads) {
    EventStream stream(pipe_[1]);
    stream.put(std::string(1u << 20, 'x'), Need::always);
    EXPECT_FALSE(stream.flush(kSoon));
}

}  // namespace
}  // namespace bt::cli
