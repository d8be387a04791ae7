// Whole sessions on loopback: one seeds, others download.
#include "bt/session/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <unordered_map>

#include "unit/session/session_fixture.hpp"

namespace bt::session {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using namespace test;

TEST_F(SessionTest, DownloadsFromASeed) {
    const auto payload = make_payload({100'000, 0, 1, 70'001, 300'000}, 32'000);
    write_payload(payload, seed_dir_.path());
    Node seed(io_);
    Node leech(io_);
    const auto s = *seed.add(payload, seed_dir_.path(), [](auto& x) { x.seed_only = true; });
    run_until([&] { return seed.session->status(s).state == TorrentState::seeding; });
    const auto l = *leech.add(payload, leech_dir_.path(), from(seed));
    run_until([&] { return leech.session->status(l).state == TorrentState::finished; });
    EXPECT_EQ(read_payload(payload, leech_dir_.path()), payload.bytes);
    EXPECT_TRUE(fs::exists(leech_dir_.path() / "t/f1"));
    const auto status = leech.session->status(l);
    EXPECT_EQ(status.done, payload.bytes.size());
    EXPECT_EQ(status.wasted, 0u);
    EXPECT_EQ(seed.session->status(s).uploaded, payload.bytes.size());
    stop(leech);
    stop(seed);
    EXPECT_EQ(std::distance(fs::directory_iterator(leech_dir_.path()), {}), 1) << "the claim stays";
}

TEST_F(SessionTest, TwoTorrentsOfOneNameDoNotMeetInOneFolder) {
    const auto payload = make_payload({400'000}, 16'384);
    const auto namesake = make_payload({300'000}, 16'384, 8);
    Node leech(io_);
    ASSERT_TRUE(leech.add(payload, leech_dir_.path()));
    const auto refused = leech.add(namesake, leech_dir_.path());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::in_the_way);
    EXPECT_THAT(refused.error().message, testing::HasSubstr("t/f0"));
    EXPECT_EQ(std::distance(fs::directory_iterator(leech_dir_.path()), {}), 1)
        << "the one that is there has a claim, the other one left none";
    EXPECT_TRUE(leech.add(namesake, seed_dir_.path())) << "elsewhere it is welcome";
    stop(leech);
}

TEST_F(SessionTest, WhatHasEndedKeepsNoNamesakeOut) {
    const auto payload = make_payload({400'000}, 16'384);
    const auto namesake = make_payload({300'000}, 16'384, 8);
    write_payload(namesake, leech_dir_.path());
    Node leech(io_);
    const auto first = *leech.add(payload, leech_dir_.path());
    run_until([&] { return leech.session->status(first).state == TorrentState::failed; });
    const auto second = leech.add(namesake, leech_dir_.path());
    ASSERT_TRUE(second) << second.error().message;
    run_until([&] { return leech.session->status(*second).state == TorrentState::finished; });
    stop(leech);
}

TEST_F(SessionTest, KeepsWhatIsThereAndFetchesTheRest) {
    const auto payload = make_payload({400'000}, 16'384);
    write_payload(payload, seed_dir_.path());
    fs::create_directories(leech_dir_.path() / "t");
    std::ofstream(leech_dir_.path() / "t/f0", std::ios::binary) << payload.bytes.substr(0, 200'000);
    Node seed(io_);
    Node leech(io_);
    const auto s = *seed.add(payload, seed_dir_.path(), [](auto& x) { x.seed_only = true; });
    run_until([&] { return seed.session->status(s).state == TorrentState::seeding; });
    const auto l = *leech.add(payload, leech_dir_.path(), from(seed));
    run_until([&] { return leech.session->status(l).state == TorrentState::finished; });
    EXPECT_EQ(read_payload(payload, leech_dir_.path()), payload.bytes);
    const auto whole = 200'000 / 16'384 * 16'384;
    EXPECT_EQ(seed.session->status(s).uploaded, payload.bytes.size() - whole);
    stop(leech);
    stop(seed);
}

TEST_F(SessionTest, TellsOfEachFileOnceItIsThere) {
    const auto payload = make_payload({100'000, 0, 1, 70'001, 300'000}, 32'000);
    write_payload(payload, seed_dir_.path());
    fs::create_directories(leech_dir_.path() / "t");
    std::ofstream(leech_dir_.path() / "t/f0", std::ios::binary) << payload.bytes.substr(0, 100'000);
    std::ofstream(leech_dir_.path() / "t/f4", std::ios::binary)
        << payload.bytes.substr(170'002, 300'000);
    Node seed(io_);
    Node leech(io_);
    const auto s = *seed.add(payload, seed_dir_.path(), [](auto& x) { x.seed_only = true; });
    run_until([&] { return seed.session->status(s).state == TorrentState::seeding; });
    // Nothing is whole but what has no bytes and, of the seed, all.
    EXPECT_EQ(seed.whole.size(), 5u);
    const auto l = *leech.add(payload, leech_dir_.path(), from(seed));
    run_until([&] { return leech.session->status(l).state == TorrentState::downloading; });
    EXPECT_EQ(leech.whole, std::vector{FileIndex(1)});
    run_until([&] { return leech.session->status(l).state == TorrentState::finished; });
    std::sort(leech.whole.begin(), leech.whole.end());
    EXPECT_EQ(leech.whole,
              (std::vector{FileIndex(0), FileIndex(1), FileIndex(2), FileIndex(3), FileIndex(4)}));
    stop(leech);
    stop(seed);
}

TEST_F(SessionTest, FinishesWithoutAPeerWhenAllIsThere) {
    const auto payload = make_payload({50'000}, 16'384);
    write_payload(payload, leech_dir_.path());
    Node leech(io_);
    const auto l = *leech.add(payload, leech_dir_.path());
    run_until([&] { return leech.session->status(l).state == TorrentState::finished; });
    stop(leech);
}

TEST_F(SessionTest, RefusesAForeignFileInTheWay) {
    const auto payload = make_payload({50'000}, 16'384);
    fs::create_directories(leech_dir_.path() / "t");
    std::ofstream(leech_dir_.path() / "t/f0") << "something of somebody else";
    Node leech(io_);
    const auto l = *leech.add(payload, leech_dir_.path());
    run_until([&] { return leech.session->status(l).state == TorrentState::failed; });
    EXPECT_EQ(leech.session->status(l).error.code, Errc::in_the_way);
    EXPECT_EQ(fs::file_size(leech_dir_.path() / "t/f0"), 26u);
    stop(leech);
}

TEST_F(SessionTest, SeedsOnlyWhatIsWhole) {
    const auto payload = make_payload({50'000}, 16'384);
    write_payload(payload, seed_dir_.path());
    fs::resize_file(seed_dir_.path() / "t/f0", 40'000);
    Node seed(io_);
    const auto s = *seed.add(payload, seed_dir_.path(), [](auto& x) { x.seed_only = true; });
    run_until([&] { return seed.session->status(s).state == TorrentState::failed; });
    EXPECT_EQ(seed.session->status(s).error.code, Errc::mismatch);
    stop(seed);
}

TEST_F(SessionTest, RefusesTheSameTorrentTwice) {
    const auto payload = make_payload({50'000}, 16'384);
    Node one(io_);
    Node other(io_);
    ASSERT_TRUE(one.add(payload, leech_dir_.path()));
    EXPECT_EQ(one.add(payload, leech_dir_.path()).error().code, Errc::duplicate);
    EXPECT_EQ(other.add(payload, leech_dir_.path()).error().code, Errc::duplicate);
    stop(one);
    stop(other);
}

TEST_F(SessionTest, StopsInTheMiddleAndGoesOnLater) {
    const auto payload = make_payload({8'000'000}, 65'536);
    write_payload(payload, seed_dir_.path());
    Node seed(io_);
    const auto s = *seed.add(payload, seed_dir_.path(), [](auto& x) { x.seed_only = true; });
    run_until([&] { return seed.session->status(s).state == TorrentState::seeding; });
    std::uint32_t kept = 0;
    {
        Node leech(io_);
        const auto l = *leech.add(payload, leech_dir_.path(), from(seed));
        run_until([&] { return leech.session->status(l).pieces_done >= 10; });
        stop(leech);
        kept = leech.session->status(l).pieces_done;
    }
    Node leech(io_);
    const auto l = *leech.add(payload, leech_dir_.path(), from(seed));
    std::uint32_t found = 0;
    leech.changed = [&](TorrentState state) {
        if (state == TorrentState::downloading) found = leech.session->status(l).pieces_done;
    };
    run_until([&] { return leech.session->status(l).state == TorrentState::finished; });
    if (kept < payload.metainfo->layout.piece_count()) {
        EXPECT_EQ(found, kept);
    }
    EXPECT_EQ(read_payload(payload, leech_dir_.path()), payload.bytes);
    stop(leech);
    stop(seed);
}

TEST_F(SessionTest, RemovesOneTorrentWhileAnotherGoesOn) {
    const auto payload = make_payload({300'000}, 32'000);
    write_payload(payload, seed_dir_.path());
    auto other = make_payload({300'000}, 32'000);
    other.metainfo->info_hash.bytes[0] ^= std::byte{1};
    other.metainfo->name = "u";
    other.metainfo->files[0].path = "u";
    Node seed(io_);
    Node leech(io_);
    const auto s = *seed.add(payload, seed_dir_.path(), [](auto& x) { x.seed_only = true; });
    const auto stuck = *leech.add(other, leech_dir_.path());  // without a peer
    run_until([&] { return leech.session->status(stuck).state == TorrentState::downloading; });
    leech.session->remove(stuck);
    run_until([&] { return leech.removed == std::vector<TorrentId>{stuck}; });
    run_until([&] { return seed.session->status(s).state == TorrentState::seeding; });
    const auto l = *leech.add(payload, leech_dir_.path(), from(seed));
    run_until([&] { return leech.session->status(l).state == TorrentState::finished; });
    EXPECT_TRUE(leech.add(other, leech_dir_.path())) << "what was removed may come again";
    stop(leech);
    stop(seed);
}

TEST_F(SessionTest, EndsTheSeedingOfOneTorrent) {
    const auto payload = make_payload({100'000}, 32'000);
    write_payload(payload, seed_dir_.path());
    Node seed(io_);
    const auto s = *seed.add(payload, seed_dir_.path(), [](auto& x) { x.keep_seeding = true; });
    run_until([&] { return seed.session->status(s).state == TorrentState::seeding; });
    seed.session->finish(s);
    run_until([&] { return seed.session->status(s).state == TorrentState::finished; });
    stop(seed);
    EXPECT_EQ(std::distance(fs::directory_iterator(seed_dir_.path()), {}), 1) << "only the data";
}

TEST_F(SessionTest, EndsASeedThatOnlyReads) {
    const auto payload = make_payload({100'000}, 32'000);
    write_payload(payload, seed_dir_.path());
    Node seed(io_);
    const auto s = *seed.add(payload, seed_dir_.path(), [](auto& x) { x.seed_only = true; });
    run_until([&] { return seed.session->status(s).state == TorrentState::seeding; });
    seed.session->finish(s);
    run_until([&] { return seed.session->status(s).state == TorrentState::finished; });
    stop(seed);
}

TEST_F(SessionTest, TellsADialedPeerThatIsFarAwayWhatItHasAndWants) {
    const auto payload = make_payload({100'000}, 32'000);  // four pieces
    Node leech(io_);
    net::TcpAcceptor acceptor(io_.get_executor(), {net::asio::ip::address_v4::loopback(), 0});
    net::TcpSocket peer(io_.get_executor());
    std::string heard;
    acceptor.async_accept(peer, [&](net::error_code accepted) {
        ASSERT_FALSE(accepted);
        heard.resize(68 + 6 + 5);
        net::asio::async_read(peer, net::asio::buffer(heard), [&](net::error_code ec, std::size_t) {
            EXPECT_FALSE(ec);
            heard = heard.substr(68);
        });
    });
    const auto added = leech.add(payload, leech_dir_.path(), [&](auto& settings) {
        settings.peers.emplace_back("127.0.0.1", acceptor.local_endpoint().port());
    });
    ASSERT_TRUE(added);
    run_until([&] { return heard.size() == 11; });
    // BEP 3: a bitfield without pieces, then interested.
    EXPECT_EQ(heard, std::string("\0\0\0\x02\x05\0\0\0\0\x01\x02", 11));
    stop(leech);
}

TEST_F(SessionTest, DialsAPeerAgainAtOnceThatItStartledAndLetsItSpeakFirst) {
    const auto payload = make_payload({100'000}, 32'000);
    Node leech(io_);
    net::TcpAcceptor acceptor(io_.get_executor(), {net::asio::ip::address_v4::loopback(), 0});
    net::TcpSocket startled(io_.get_executor());
    net::TcpSocket again(io_.get_executor());
    std::string first(68 + 6 + 5, '\0');
    std::string second(68, '\0');
    std::string answered(5, '\0');
    TimePoint closed = kNever;
    TimePoint dialed = kNever;
    bool done = false;
    acceptor.async_accept(startled, [&](net::error_code) {
        net::asio::async_read(startled, net::asio::buffer(first), [&](auto, std::size_t) {
            startled.close();
            closed = net::now();
        });
        acceptor.async_accept(again, [&](net::error_code) {
            dialed = net::now();
            net::asio::async_read(again, net::asio::buffer(second), [&](auto, std::size_t) {
                // A handshake of another peer, which speaks BEP 6.
                auto theirs = second;
                theirs[27] |= 0x04;
                theirs[67] ^= 0x01;
                net::asio::write(again, net::asio::buffer(theirs));
                net::asio::async_read(again, net::asio::buffer(answered),
                                      [&](auto, std::size_t) { done = true; });
            });
        });
    });
    ASSERT_TRUE(leech.add(payload, leech_dir_.path(), [&](auto& settings) {
        settings.peers.emplace_back("127.0.0.1", acceptor.local_endpoint().port());
    }));
    run_until([&] { return done; });
    EXPECT_LT(dialed - closed, 5s);
    // have_none: nothing had been said before the peer's handshake was known.
    EXPECT_EQ(answered, std::string("\0\0\0\x01\x0f", 5));
    stop(leech);
}

TEST_F(SessionTest, TellsAFarPeerOfThePiecesThatCameBeforeItsHandshake) {
    const auto payload = make_payload({100'000}, 32'000);  // four pieces
    write_payload(payload, seed_dir_.path());
    Node leech(io_);
    Node seed(io_);
    net::TcpAcceptor acceptor(io_.get_executor(), {net::asio::ip::address_v4::loopback(), 0});
    net::TcpSocket far(io_.get_executor());
    std::string early(68 + 6 + 5, '\0');
    std::string haves(4 * 9, '\0');
    bool spoken_to = false;
    bool told = false;
    acceptor.async_accept(far, [&](net::error_code) {
        net::asio::async_read(far, net::asio::buffer(early),
                              [&](auto, std::size_t) { spoken_to = true; });
    });
    const auto l = *leech.add(payload, leech_dir_.path(), [&](auto& settings) {
        settings.keep_seeding = true;
        settings.peers.emplace_back("127.0.0.1", acceptor.local_endpoint().port());
    });
    run_until([&] { return spoken_to; });
    ASSERT_TRUE(seed.add(payload, seed_dir_.path(), [&](auto& settings) {
        settings.seed_only = true;
        settings.peers.emplace_back("127.0.0.1", leech.session->listen_port());
    }));
    run_until([&] { return leech.session->status(l).state == TorrentState::seeding; });
    auto theirs = early.substr(0, 68);
    theirs[67] ^= 0x01;
    net::asio::write(far, net::asio::buffer(theirs));
    net::asio::async_read(far, net::asio::buffer(haves), [&](auto, std::size_t) { told = true; });
    run_until([&] { return told; });
    for (std::size_t piece = 0; piece < 4; ++piece) {
        const std::string have{0, 0, 0, 5, 4, 0, 0, 0, static_cast<char>(piece)};
        EXPECT_EQ(haves.substr(piece * 9, 9), have);
    }
    stop(leech);
    stop(seed);
}

TEST_F(SessionTest, ServesSeveralAtOnceFromOnePort) {
    const auto one = make_payload({3'000'000}, 65'536);
    const auto two = make_payload({2'000'000, 5}, 16'384);
    write_payload(one, seed_dir_.path() / "1");
    write_payload(two, seed_dir_.path() / "2");
    Node seed(io_);
    Node leech(io_);
    const auto seeding = [](auto& x) { x.seed_only = true; };
    const auto s1 = *seed.add(one, seed_dir_.path() / "1", seeding);
    const auto s2 = *seed.add(two, seed_dir_.path() / "2", seeding);
    run_until([&] {
        return seed.session->status(s1).state == TorrentState::seeding &&
               seed.session->status(s2).state == TorrentState::seeding;
    });
    const auto l1 = *leech.add(one, leech_dir_.path() / "1", from(seed));
    const auto l2 = *leech.add(two, leech_dir_.path() / "2", from(seed));
    run_until([&] {
        return leech.session->status(l1).state == TorrentState::finished &&
               leech.session->status(l2).state == TorrentState::finished;
    });
    EXPECT_EQ(read_payload(one, leech_dir_.path() / "1"), one.bytes);
    EXPECT_EQ(read_payload(two, leech_dir_.path() / "2"), two.bytes);
    stop(leech);
    stop(seed);
}

}  // namespace
}  // namespace bt::session
