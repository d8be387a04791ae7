// Everything here is sent on the loopback interface alone, where Linux gives back no IPv6
// multicast: that half is tested end to end.
#include "bt/net/multicast_port.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "unit/net/support.hpp"

namespace bt::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Endpoint kGroupV4 = test::multicast_group("239.255.41.7");
const Endpoint kGroupV6 = test::multicast_group("ff15::4107");

struct Member {
    explicit Member(asio::io_context& io)
        : port(io, kGroupV4, kGroupV6, [this](Bytes datagram, const Endpoint& from) {
              heard.emplace_back(as_text(datagram));
              senders.push_back(from);
          }) {}

    std::vector<std::string> heard;
    std::vector<Endpoint> senders;
    MulticastPort port;
};

class MulticastPortTest : public ::testing::Test {
protected:
    MulticastPortTest() {
        for (auto& each : interfaces())
            if (each.loopback) loopback.push_back(std::move(each));
    }
    ~MulticastPortTest() override {
        test::run(io, one.port.stop());
        test::run(io, two.port.stop());
    }
    void SetUp() override {
        one.port.join(loopback);
        two.port.join(loopback);
        if (one.port.joined() == 0) GTEST_SKIP() << "loopback takes no multicast here";
    }
    bool hear(const Member& member, std::size_t count) {
        return test::run_until(io, [&] { return member.heard.size() >= count; });
    }

    asio::io_context io;
    std::vector<Interface> loopback;
    Member one{io};
    Member two{io};
};

TEST_F(MulticastPortTest, ReachesAllMembersOfThisHost) {
    one.port.send(kGroupV4, as_bytes("hello"));
    ASSERT_TRUE(hear(one, 1) && hear(two, 1));
    EXPECT_THAT(one.heard, ElementsAre("hello"));
    EXPECT_THAT(two.heard, ElementsAre("hello"));
    EXPECT_TRUE(two.senders[0].address.is_loopback());
    EXPECT_EQ(one.port.counts().sent, 1u);
}

TEST_F(MulticastPortTest, DoesNotHearWhatIsSentToThisHostAlone) {
    udp::socket stranger(io, udp::endpoint(asio::ip::address_v4::loopback(), 0));
    error_code refused;  // nobody listens there
    const udp::endpoint to(asio::ip::address_v4::loopback(), kGroupV4.port);
    stranger.send_to(asio::buffer("psst", 4), to, 0, refused);
    one.port.send(kGroupV4, as_bytes("hello"));
    ASSERT_TRUE(hear(two, 1));
    EXPECT_THAT(two.heard, ElementsAre("hello"));
}

TEST_F(MulticastPortTest, JoinsTwiceWithoutHearingTwice) {
    const auto joined = two.port.joined();
    two.port.join(loopback);
    EXPECT_EQ(two.port.joined(), joined);
    one.port.send(kGroupV4, as_bytes("first"));
    one.port.send(kGroupV4, as_bytes("second"));
    ASSERT_TRUE(hear(two, 2));
    EXPECT_THAT(two.heard, ElementsAre("first", "second"));
}

TEST_F(MulticastPortTest, SendsNothingWithoutAnInterface) {
    one.port.join({});
    one.port.send(kGroupV4, as_bytes("hello"));
    EXPECT_EQ(one.port.joined(), 0u);
    EXPECT_EQ(one.port.counts().sent, 0u);
    EXPECT_EQ(one.port.counts().not_sent, 0u);
}

TEST_F(MulticastPortTest, SurvivesAnInterfaceThatIsGone) {
    Interface gone = loopback.front();
    gone.index = 0x7ffffff0;
    one.port.join({&gone, 1});
    EXPECT_EQ(one.port.joined(), 0u);
    one.port.send(kGroupV4, as_bytes("hello"));
    EXPECT_EQ(one.port.counts().sent, 0u);
}

TEST_F(MulticastPortTest, IsSilentAfterItsEnd) {
    test::run(io, two.port.stop());
    two.port.join(loopback);
    two.port.send(kGroupV4, as_bytes("late"));
    one.port.send(kGroupV4, as_bytes("hello"));
    ASSERT_TRUE(hear(one, 1));
    EXPECT_THAT(one.heard, ElementsAre("hello"));
    EXPECT_THAT(two.heard, IsEmpty());
}

}  // namespace
}  // namespace bt::net
