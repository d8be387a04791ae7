// Everything here is sent on the loopback interface alone.
#include "session/local_discovery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "unit/net/support.hpp"

namespace bt::session {
namespace {

using ::testing::IsEmpty;

struct Recorder final : LocalDiscovery::Searcher {
    void on_local_peers(std::span<const Endpoint> found) override {
        peers.insert(peers.end(), found.begin(), found.end());
        if (on_peers) on_peers();
    }
    std::vector<Endpoint> peers;
    std::function<void()> on_peers;
};

const Endpoint kGroupV4 = net::test::multicast_group("239.255.41.8");
const Endpoint kGroupV6 = net::test::multicast_group("ff15::4108");

InfoHash random_hash() {
    std::random_device device;
    InfoHash out;
    for (auto& byte : out.bytes)
        byte = static_cast<std::byte>(device());
    return out;
}

class LocalDiscoveryTest : public ::testing::Test {
protected:
    LocalDiscoveryTest() {
        for (auto& one : net::interfaces())
            if (one.loopback) loopback.push_back(std::move(one));
    }
    ~LocalDiscoveryTest() override {
        for (auto& one : all)
            net::test::run(io, one->stop());
        net::test::run(io, stranger.stop());
    }
    void SetUp() override {
        stranger.join(loopback);
        stranger.send(kGroupV4, as_bytes("is anybody there"));
        if (stranger.counts().sent == 0) GTEST_SKIP() << "loopback takes no multicast here";
    }
    LocalDiscovery& add(std::uint16_t port) {
        LocalDiscoverySettings settings;
        settings.port = port;
        settings.group_v4 = kGroupV4;
        settings.group_v6 = kGroupV6;
        for (const auto& one : loopback)
            settings.interfaces.push_back(one.name);
        all.push_back(std::make_unique<LocalDiscovery>(io, settings));
        return *all.back();
    }
    /// As another client would, which listens on port 2222.
    static std::string announce(std::vector<InfoHash> hashes) {
        return tracker::encode_local_announce({2222, std::move(hashes), "another"}, kGroupV4);
    }
    void say(std::vector<InfoHash> hashes) {
        stranger.send(kGroupV4, as_bytes(announce(std::move(hashes))));
    }
    Recorder& record() { return recorders.emplace_back(); }
    template <class Condition>
    bool until(Condition condition) {
        return net::test::run_until(io, condition);
    }

    net::asio::io_context io;
    std::vector<net::Interface> loopback;
    std::deque<Recorder> recorders;  // as long as anybody might tell them something
    std::vector<std::unique_ptr<LocalDiscovery>> all;
    std::vector<std::string> overheard;
    net::MulticastPort stranger{io, kGroupV4, kGroupV6, [this](Bytes datagram, const Endpoint&) {
                                    overheard.emplace_back(as_text(datagram));
                                }};
    const InfoHash hash = random_hash();
    const InfoHash other = random_hash();
};

TEST_F(LocalDiscoveryTest, FindsAnotherClientOfThisHost) {
    auto& one = add(1111);
    auto& two = add(2222);
    auto& of_one = record();
    auto& of_two = record();
    one.search(hash, of_one);
    two.search(hash, of_two);
    ASSERT_TRUE(until([&] { return !of_one.peers.empty() && !of_two.peers.empty(); }));
    EXPECT_EQ(of_one.peers[0].port, 2222);
    EXPECT_EQ(of_two.peers[0].port, 1111);
    EXPECT_TRUE(of_one.peers[0].address.is_loopback());
    EXPECT_EQ(one.status().announces, 1u);
    EXPECT_GE(one.status().heard, 1u);
}

TEST_F(LocalDiscoveryTest, OpensAndSendsNothingBeforeTheFirstSearch) {
    auto& one = add(1111);
    one.network_changed();
    one.stop_search(hash);
    io.poll();
    EXPECT_EQ(one.status().interfaces, 0u);
    EXPECT_EQ(one.status().datagrams.sent + one.status().datagrams.not_sent, 0u);
    auto& recorder = record();
    one.search(hash, recorder);
    EXPECT_GE(one.status().interfaces, 1u);
    EXPECT_TRUE(until([&] { return one.status().datagrams.sent > 0; }));
}

TEST_F(LocalDiscoveryTest, AnnouncesTorrentsThatComeTogetherInOneDatagram) {
    auto& one = add(1111);
    auto& recorder = record();
    one.search(hash, recorder);
    one.search(other, recorder);
    const auto announced = [&](const InfoHash& what) {
        return std::count_if(overheard.begin(), overheard.end(), [&](const std::string& text) {
            return text.find(to_hex(what)) != std::string::npos;
        });
    };
    ASSERT_TRUE(until([&] { return announced(hash) > 0; }));
    EXPECT_EQ(one.status().announces, 1u);
    EXPECT_EQ(announced(hash), announced(other));
    for (const auto& text : overheard) {
        const auto parsed = tracker::parse_local_announce(as_bytes(text));
        if (!parsed || std::ranges::count(parsed->info_hashes, hash) == 0) continue;
        EXPECT_THAT(parsed->info_hashes, ::testing::UnorderedElementsAre(hash, other));
    }
    // The next announce is a minute off, whatever is added.
    one.search(random_hash(), recorder);
    io.poll();
    EXPECT_EQ(one.status().announces, 1u);
}

TEST_F(LocalDiscoveryTest, IgnoresItsOwnAnnounce) {
    auto& one = add(1111);
    auto& recorder = record();
    one.search(hash, recorder);
    ASSERT_TRUE(until([&] { return one.status().announces > 0; }));
    say({hash});
    ASSERT_TRUE(until([&] { return !recorder.peers.empty(); }));
    EXPECT_EQ(recorder.peers[0].port, 2222);
    EXPECT_GE(one.status().dropped, 1u);
}

TEST_F(LocalDiscoveryTest, TellsASearcherNothingOnceItHasStopped) {
    auto& one = add(1111);
    auto& kept = record();
    one.search(other, kept);
    auto gone = std::make_unique<Recorder>();
    int told = 0;
    gone->on_peers = [&] {
        ++told;
        one.stop_search(hash);
    };
    one.search(hash, *gone);
    say({hash});
    ASSERT_TRUE(until([&] { return told > 0; }));
    gone.reset();
    say({hash, other});
    ASSERT_TRUE(until([&] { return !kept.peers.empty(); }));
    EXPECT_EQ(told, 1);
}

TEST_F(LocalDiscoveryTest, SurvivesJunkAndAFlood) {
    auto& one = add(1111);
    auto& recorder = record();
    one.search(hash, recorder);
    ASSERT_TRUE(until([&] { return one.status().announces > 0; }));
    const auto good = announce({hash});
    stranger.send(kGroupV4, {});
    stranger.send(kGroupV4, as_bytes(std::string(tracker::kMaxLocalDatagram + 1, 'B')));
    stranger.send(kGroupV4, as_bytes(good.substr(0, good.size() / 2)));
    const auto flood = FloodGuard::kOfAll * 2;
    for (std::size_t i = 0; i < flood; ++i) {
        say({hash});
        io.poll();  // a socket keeps only so many
    }
    ASSERT_TRUE(until([&] { return one.status().datagrams.received >= flood + 3; }));
    EXPECT_LE(recorder.peers.size(), FloodGuard::kOfOne);
    EXPECT_FALSE(recorder.peers.empty());
    EXPECT_GE(one.status().dropped, flood - FloodGuard::kOfOne);
}

TEST_F(LocalDiscoveryTest, StopsAtOnceAndIsSilentAfterwards) {
    auto& one = add(1111);
    auto& recorder = record();
    one.search(hash, recorder);
    net::test::run(io, one.stop());
    one.search(other, recorder);
    one.network_changed();
    say({hash, other});
    ASSERT_TRUE(until([&] { return !overheard.empty(); }));
    EXPECT_THAT(recorder.peers, IsEmpty());
    EXPECT_EQ(one.status().announces, 0u);
}

}  // namespace
}  // namespace bt::session
