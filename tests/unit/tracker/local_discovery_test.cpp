#include "bt/tracker/local_discovery.hpp"

#include <gtest/gtest.h>

#include <map>

#include "bt/core/rng.hpp"

namespace bt::tracker {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart = TimePoint(1000s);

InfoHash hash(std::uint8_t n) {
    InfoHash out;
    out.bytes.fill(std::byte{n});
    return out;
}

const std::string kHex(40, 'a');
const std::string kHead = "BT-SEARCH * HTTP/1.1\r\n";

std::optional<LocalAnnounce> parse(std::string_view text) {
    return parse_local_announce(as_bytes(text));
}

LocalAnnounce sample() {
    return {6881, {hash(0xaa), hash(0x1f)}, "bt-12ab"};
}

TEST(LocalAnnounce, IsTheTextOfBep14) {
    EXPECT_EQ(encode_local_announce({6881, {hash(0xaa)}, ""}, local_group_v4()),
              "BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6881\r\nInfohash: " +
                  kHex + "\r\n\r\n\r\n");
    EXPECT_EQ(encode_local_announce(sample(), local_group_v6()),
              "BT-SEARCH * HTTP/1.1\r\nHost: [ff15::efc0:988f]:6771\r\nPort: 6881\r\nInfohash: " +
                  kHex + "\r\nInfohash: 1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f" +
                  "\r\ncookie: bt-12ab\r\n\r\n\r\n");
}

TEST(LocalAnnounce, IsReadBack) {
    for (const auto& group : {local_group_v4(), local_group_v6()})
        EXPECT_EQ(parse(encode_local_announce(sample(), group)), sample());
}

TEST(LocalAnnounce, KeepsTheBoundOfADatagramWithAllThatItMayHold) {
    LocalAnnounce announce{65535, {}, std::string(kMaxLocalCookie, 'c')};
    for (std::uint8_t n = 0; n < kMaxLocalHashes; ++n)
        announce.info_hashes.push_back(hash(n));
    const auto text = encode_local_announce(announce, local_group_v6());
    EXPECT_LE(text.size(), kMaxLocalAnnounce);
    EXPECT_EQ(parse(text), announce);
}

TEST(LocalAnnounce, IsReadHoweverOthersWriteIt) {
    const LocalAnnounce want{6881, {hash(0xaa)}, "x y"};
    EXPECT_EQ(parse("bt-search * http/1.1\nPORT:6881\nINFOHASH:\t" + std::string(40, 'A') +
                    " \nCookie: x y\n"),
              want);
    EXPECT_EQ(parse(kHead + "cookie:x y\r\nX-Unknown: 1\r\nno header\r\nInfohash: " + kHex +
                    "\r\nInfohash: short\r\nInfohash: " + kHex +
                    "\r\nPort: 6881\r\n\r\nPort: 1\r\nInfohash: " + std::string(40, 'b')),
              want);
}

TEST(LocalAnnounce, RefusesWhatIsNone) {
    const auto rest = "Infohash: " + kHex + "\r\n\r\n\r\n";
    EXPECT_TRUE(parse(kHead + "Port: 1\r\n" + rest));
    EXPECT_TRUE(parse(kHead + "Port: 65535\r\n" + rest));
    for (const auto* port : {"", "0", "65536", "-1", "+1", "1x", "0x1", "99999999999999999999"})
        EXPECT_FALSE(parse(kHead + "Port: " + port + "\r\n" + rest)) << port;
    EXPECT_FALSE(parse(kHead + rest));
    EXPECT_FALSE(parse(kHead + "Port: 1\r\n\r\n" + rest));
    EXPECT_FALSE(parse("NOTIFY * HTTP/1.1\r\nPort: 1\r\n" + rest));
    EXPECT_FALSE(parse("\r\n" + kHead + "Port: 1\r\n" + rest));
    for (const auto& bad : {std::string(), kHex.substr(1), kHex + "a", std::string(40, 'g')})
        EXPECT_FALSE(parse(kHead + "Port: 1\r\nInfohash: " + bad + "\r\n\r\n")) << bad;
}

TEST(LocalAnnounce, KeepsItsBounds) {
    auto text = kHead + "Port: 1\r\ncookie: " + std::string(kMaxLocalCookie + 1, 'c') + "\r\n";
    for (std::uint8_t n = 0; n <= kMaxLocalHashes; ++n)
        text += "Infohash: " + to_hex(hash(n)) + "\r\n";
    EXPECT_EQ(parse(text)->info_hashes.size(), kMaxLocalHashes);
    EXPECT_EQ(parse(text)->cookie.size(), kMaxLocalCookie);
    text.resize(kMaxLocalDatagram, '\n');
    EXPECT_TRUE(parse(text));
    EXPECT_FALSE(parse(text + "\n"));
}

TEST(LocalAnnounce, SurvivesEveryTruncation) {
    const auto text = encode_local_announce(sample(), local_group_v4());
    const auto first_hash = text.find("Infohash: ") + 50;
    for (std::size_t cut = 0; cut < text.size(); ++cut)
        EXPECT_EQ(parse(text.substr(0, cut)).has_value(), cut >= first_hash) << cut;
}

TEST(LocalAnnounce, KeepsItsPromisesWhateverIsMutated) {
    constexpr std::uint64_t kSeed = 3;
    SCOPED_TRACE(kSeed);
    Rng rng(kSeed);
    int accepted = 0;
    for (int i = 0; i < 5000; ++i) {
        auto text = encode_local_announce(sample(), local_group_v4());
        for (auto n = 1 + random_below(rng, 3); n > 0; --n)
            text[random_below(rng, text.size())] = static_cast<char>(rng());
        const auto announce = parse(text);
        if (!announce) continue;
        ++accepted;
        ASSERT_NE(announce->port, 0);
        ASSERT_LE(announce->info_hashes.size(), 2u);
        ASSERT_FALSE(announce->info_hashes.empty());
    }
    EXPECT_GT(accepted, 500);
}

using Hashes = std::vector<InfoHash>;

TEST(LocalSchedule, AnnouncesAtTheStartAndThenEachFiveMinutes) {
    LocalSchedule schedule;
    EXPECT_EQ(schedule.wake_at(), kNever);
    EXPECT_EQ(schedule.poll(kStart), Hashes{});
    schedule.add(hash(1), kStart);
    schedule.add(hash(1), kStart);
    EXPECT_EQ(schedule.wake_at(), kStart);
    EXPECT_EQ(schedule.poll(kStart), Hashes{hash(1)});
    EXPECT_EQ(schedule.wake_at(), kStart + 5min);
    EXPECT_EQ(schedule.poll(kStart + 5min - 1ns), Hashes{});
    EXPECT_EQ(schedule.poll(kStart + 5min), Hashes{hash(1)});
    schedule.remove(hash(1));
    EXPECT_EQ(schedule.wake_at(), kNever);
}

TEST(LocalSchedule, AnnouncesNoMoreThanOnceAMinute) {
    LocalSchedule schedule;
    schedule.add(hash(1), kStart);
    EXPECT_EQ(schedule.poll(kStart), Hashes{hash(1)});
    schedule.add(hash(2), kStart + 1s);
    EXPECT_EQ(schedule.wake_at(), kStart + 1min);
    schedule.add(hash(3), kStart + 2s);
    EXPECT_EQ(schedule.poll(kStart + 1min - 1ns), Hashes{});
    EXPECT_EQ(schedule.poll(kStart + 1min), (Hashes{hash(2), hash(3)}));
    EXPECT_EQ(schedule.wake_at(), kStart + 5min);
}

TEST(LocalSchedule, AnnouncesManyInTurn) {
    LocalSchedule schedule;
    for (std::uint8_t n = 0; n < 50; ++n)
        schedule.add(hash(n), kStart);
    auto now = kStart;
    for (const auto expected : {20u, 20u, 10u}) {
        EXPECT_EQ(schedule.poll(now).size(), expected);
        now += 1min;
    }
    EXPECT_EQ(schedule.wake_at(), kStart + 5min);
}

TEST(LocalSchedule, ForgetsNobodyHoweverManyThereAre) {
    LocalSchedule schedule;
    for (std::uint8_t n = 0; n < 200; ++n)
        schedule.add(hash(n), kStart);
    std::map<InfoHash, int> announced;
    auto now = kStart;
    while (now <= kStart + 1h) {
        for (const auto& torrent : schedule.poll(now))
            ++announced[torrent];
        ASSERT_GT(schedule.wake_at(), now);
        now = schedule.wake_at();
    }
    EXPECT_EQ(announced.size(), 200u);
    for (const auto& [torrent, times] : announced)
        EXPECT_GE(times, 5);
}

}  // namespace
}  // namespace bt::tracker
