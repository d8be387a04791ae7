#include "bt/metainfo/magnet.hpp"

#include <gtest/gtest.h>

#include <string>

#include "bt/core/rng.hpp"
#include "bt/metainfo/create.hpp"
#include "bt/text/base32.hpp"
#include "unit/metainfo/torrent_text.hpp"

namespace bt::metainfo {
namespace {

const std::string kHex = "c12fe1c06bba254a9dc9f519b335aa7c1367a88a";
const std::string kHex2 = std::string(62, 'a') + "0f";
const std::string kLink = "magnet:?xt=urn:btih:" + kHex;

Magnet parsed(const std::string& text) {
    const auto magnet = parse_magnet(text);
    EXPECT_TRUE(magnet) << text << ": " << magnet.error().message;
    return magnet ? *magnet : Magnet{};
}

std::string refused(const std::string& text) {
    const auto magnet = parse_magnet(text);
    if (magnet) return "accepted";
    EXPECT_EQ(magnet.error().code, Errc::magnet);
    const std::string start = "not a usable magnet link: ";
    EXPECT_TRUE(magnet.error().message.starts_with(start)) << magnet.error().message;
    return magnet.error().message.substr(start.size());
}

std::string hash_of(const std::string& text) {
    const auto magnet = parsed(text);
    return magnet.info_hash ? to_hex(*magnet.info_hash) : "none";
}

using Ranges = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

Ranges selected(const std::string& so) {
    return parsed(kLink + "&so=" + so).selected;
}

TEST(Magnet, IsReadAsInBep9) {
    const auto magnet = parsed(kLink +
                               "&dn=a%20name&tr=http%3A%2F%2Ft.example%2Fannounce&tr=udp://u:80"
                               "&x.pe=198.51.100.7:6881&x.pe=[2001:db8::1]:6882"
                               "&ws=http://w.example/d/");
    EXPECT_EQ(to_hex(*magnet.info_hash), kHex);
    EXPECT_FALSE(magnet.info_hash_v2);
    EXPECT_EQ(magnet.name, "a name");
    EXPECT_EQ(magnet.trackers, (Strings{"http://t.example/announce", "udp://u:80"}));
    EXPECT_EQ(magnet.peers, (std::vector{*Endpoint::parse("198.51.100.7:6881"),
                                         *Endpoint::parse("[2001:db8::1]:6882")}));
    EXPECT_EQ(magnet.web_seeds, Strings{"http://w.example/d/"});
    EXPECT_TRUE(magnet.selected.empty());
}

TEST(Magnet, SelectsFilesAsInBep53) {
    EXPECT_EQ(selected("0,2,4,6-8"), (Ranges{{0, 0}, {2, 2}, {4, 4}, {6, 8}}));
}

TEST(Magnet, ReadsHexAndBase32InEitherCase) {
    auto upper = kHex;
    for (auto& c : upper)
        c = static_cast<char>(std::toupper(c));
    const auto bytes = text::hex_decode(kHex);
    const auto base32 = text::base32_encode(*bytes);
    auto lower = base32;
    for (auto& c : lower)
        c = static_cast<char>(std::tolower(c));
    for (const auto& digits : {kHex, upper, base32, lower}) {
        EXPECT_EQ(hash_of("magnet:?xt=urn:btih:" + digits), kHex) << digits;
        EXPECT_EQ(hash_of(digits), kHex) << digits;
        EXPECT_TRUE(is_bare_hash(digits));
        EXPECT_FALSE(is_magnet_link(digits));
    }
    EXPECT_EQ(hash_of("MAGNET:?XT=URN:BTIH:" + upper), kHex);
    EXPECT_EQ(hash_of("magnet:?dn=x&xt=urn%3Abtih%3A" + kHex), kHex);
}

TEST(Magnet, ReadsV2Hashes) {
    for (const auto& text : {kHex2, "1220" + kHex2, "magnet:?xt=urn:btmh:1220" + kHex2}) {
        const auto magnet = parsed(text);
        EXPECT_FALSE(magnet.info_hash) << text;
        ASSERT_TRUE(magnet.info_hash_v2) << text;
        EXPECT_EQ(to_hex(*magnet.info_hash_v2), kHex2);
        const auto joined = hash_to_join(magnet);
        ASSERT_FALSE(joined);
        EXPECT_EQ(joined.error().code, Errc::unsupported);
    }
    const auto hybrid = parsed(kLink + "&xt=urn:btmh:1220" + kHex2);
    EXPECT_TRUE(hybrid.info_hash_v2);
    EXPECT_EQ(to_hex(*hash_to_join(hybrid)), kHex);
}

TEST(Magnet, RefusesWhatNamesNoTorrent) {
    const std::string no_topic = "it has no 'xt', which names the torrent";
    const std::string bad_topic = "its 'xt' has no info-hash of 40 hex or 32 base32 digits";
    const std::string no_link = "it is no 'magnet:?' and no info-hash";
    EXPECT_EQ(refused("magnet:?"), no_topic);
    EXPECT_EQ(refused("magnet:?dn=x&tr=http://t/"), no_topic);
    EXPECT_EQ(refused("magnet:?xt"), no_topic);
    for (const auto& topic :
         Strings{"", "urn:btih:" + kHex.substr(1), "urn:btih:" + kHex + "0",
                 "urn:btih:" + std::string(31, 'a'), "urn:btih:" + std::string(33, 'a'),
                 "urn:btih:" + std::string(40, 'g'), "urn:btih:" + std::string(32, '1'),
                 "urn:btih:" + kHex + "\n", "urn:btih:" + kHex + "%0a", "urn:sha1:" + kHex, kHex,
                 "urn:btih:%zz", "urn:btih%%3A" + kHex, "urn:btih:" + kHex + "%4",
                 "urn:btmh:" + kHex2, "urn:btmh:1221" + kHex2, "urn:btmh:1220" + kHex2 + "0",
                 "urn:btmh:1220" + kHex2.substr(1)}) {
        EXPECT_EQ(refused("magnet:?xt=" + topic), bad_topic) << topic;
    }
    EXPECT_EQ(refused(""), no_link);
    EXPECT_EQ(refused(kHex + "\n"), no_link);
    EXPECT_EQ(refused("1221" + kHex2), no_link);
    EXPECT_EQ(refused("http://x/"), no_link);
    EXPECT_EQ(refused("magnet:" + kHex), "it does not begin with 'magnet:?'");
}

TEST(Magnet, RefusesTwoTorrentsAndTakesOneTwice) {
    EXPECT_EQ(hash_of(kLink + "&xt=urn:btih:" + kHex), kHex);
    EXPECT_EQ(hash_of(kLink + "&xt=urn:sha1:x"), kHex);
    EXPECT_EQ(refused(kLink + "&xt=urn:btih:" + std::string(40, '0')), "it names several torrents");
    EXPECT_EQ(
        refused("magnet:?xt=urn:btmh:1220" + kHex2 + "&xt=urn:btmh:1220" + std::string(64, '0')),
        "it names several torrents");
}

TEST(Magnet, LosesAParameterWithABadEscapeAndNoOther) {
    const auto magnet = parsed(kLink + "&dn=%zz&tr=http://a/%4&tr=http://b/&ws=%&&=&x&so=%g0&dn=n");
    EXPECT_EQ(magnet.name, "n");
    EXPECT_EQ(magnet.trackers, Strings{"http://b/"});
    EXPECT_TRUE(magnet.web_seeds.empty());
    EXPECT_TRUE(magnet.selected.empty());
    EXPECT_EQ(parsed(kLink + "&dn=\xf7").name, "\xf7") << "escaped when it is shown";
}

TEST(Magnet, LeavesOutRangesThatAreNone) {
    for (const auto* so : {"7-4", "-4", "3-", "a", "", ",", "\"1\"", "1-2-3", "+1", " 1", "1.0",
                           "1000000", "0-1000000", "4294967296", "18446744073709551616"}) {
        EXPECT_EQ(selected(so), Ranges{}) << so;
    }
    EXPECT_EQ(selected("5,7-4,5,999999"), (Ranges{{5, 5}, {999'999, 999'999}}));
    EXPECT_EQ(selected("1&so=2"), (Ranges{{1, 1}, {2, 2}}));
}

TEST(Magnet, NeverNamesThisMachineAsAPeer) {
    for (const auto* peer :
         {"127.0.0.1:22", "[::1]:22", "0.0.0.0:80", "0.1.2.3:80", "169.254.169.254:80",
          "[fe80::1]:80", "224.0.0.1:80", "[ff02::1]:80", "255.255.255.255:80", "1.2.3.4:0",
          "1.2.3.4", "1.2.3.4:65536", "host.example:80", "[::ffff:127.0.0.1]:22",
          "[64:ff9b::7f00:1]:22", "[::]:1", "", ":80"}) {
        EXPECT_TRUE(parsed(kLink + "&x.pe=" + peer).peers.empty()) << peer;
    }
    EXPECT_EQ(parsed(kLink + "&x.pe=192.168.1.2:6881&x.pe=192.168.1.2:6881").peers.size(), 1u);
}

TEST(Magnet, KeepsUrlsThatCanBeUsedAndIgnoresOtherSources) {
    const auto magnet =
        parsed(kLink +
               "&tr=ftp://x/&tr=file:///etc/passwd&tr=&tr=javascript:x&tr=http://h:0/"
               "&tr=+http://c/&ws=udp://x:1&ws=file:///x&ws=http://w/a%20b"
               "&xs=http://127.0.0.1/x&as=http://127.0.0.1/y&tr.1=http://a/"
               "&tr.2=http://b/&tr.x=http://d/&amp;tr=http://e/&TR=http://a/#f");
    EXPECT_EQ(magnet.trackers, (Strings{"http://a/", "http://b/", "http://e/"}));
    EXPECT_EQ(magnet.web_seeds, Strings{"http://w/a%20b"});
}

TEST(Magnet, TakesAPlusInANameAsASpace) {
    EXPECT_EQ(parsed(kLink + "&dn=a+b%2Bc").name, "a b+c");
    EXPECT_EQ(parsed(kLink + "&dn=..%2F..%2Fetc").name, "../../etc") << "a label and no path";
}

TEST(Magnet, KeepsItsBounds) {
    std::string link = kLink;
    for (std::size_t i = 0; i <= kMaxTrackers; ++i)
        link += "&tr=http://t/" + std::to_string(i) + "&ws=http://w/" + std::to_string(i);
    for (std::size_t i = 0; i <= kMaxMagnetPeers; ++i)
        link += "&x.pe=198.51.100.7:" + std::to_string(i + 1);
    link += "&so=0";
    for (std::size_t i = 1; i <= kMaxMagnetRanges; ++i)
        link += "," + std::to_string(2 * i);
    const auto magnet = parsed(link);
    EXPECT_EQ(magnet.trackers.size(), kMaxTrackers);
    EXPECT_EQ(magnet.web_seeds.size(), kMaxWebSeeds);
    EXPECT_EQ(magnet.peers.size(), kMaxMagnetPeers);
    EXPECT_EQ(magnet.selected.size(), kMaxMagnetRanges);
    EXPECT_EQ(parsed(kLink + "&dn=" + std::string(kMaxMagnetName, 'x')).name.size(),
              kMaxMagnetName);
    EXPECT_EQ(parsed(kLink + "&dn=" + std::string(kMaxMagnetName + 1, 'x')).name.size(),
              kMaxMagnetName);
    const auto longest = kLink + "&x=" + std::string(kMaxMagnetBytes - kLink.size() - 3, 'x');
    EXPECT_EQ(hash_of(longest), kHex);
    EXPECT_EQ(refused(longest + "x"), "it is longer than 64 KiB");
}

Magnet full() {
    return parsed(kLink + "&xt=urn:btmh:1220" + kHex2 +
                  "&dn=a%26b%3D%23%2B&tr=http://t/a%3Fb%3Dc%26d&tr=udp://u:1"
                  "&ws=https://w/%2520x&x.pe=192.0.2.1:1&x.pe=[2001:db8::1]:65535&so=0,3-9");
}

TEST(Magnet, IsReadBackAsItWasWritten) {
    EXPECT_EQ(parsed(to_link(full())), full());
    EXPECT_EQ(to_link(parsed(kHex)), kLink + "&dn=");
    EXPECT_EQ(parsed(to_link(parsed(kHex2))).info_hash_v2, parsed(kHex2).info_hash_v2);
}

TEST(Magnet, IsReadBackFromATorrentsLink) {
    const auto torrent = parse_info({}, "8:announce10:http://t/&");
    ASSERT_TRUE(torrent);
    const auto magnet = parsed(magnet_link(*torrent));
    EXPECT_EQ(magnet.info_hash, torrent->info_hash);
    EXPECT_EQ(magnet.name, torrent->name);
    EXPECT_EQ(magnet.trackers, torrent->trackers[0]);
}

TEST(Magnet, SurvivesEveryTruncation) {
    const auto link = to_link(full());
    for (std::size_t cut = 0; cut < link.size(); ++cut) {
        const auto magnet = parse_magnet(link.substr(0, cut));
        const bool has_hash = cut >= kLink.size();
        EXPECT_EQ(magnet.has_value(), has_hash) << cut;
    }
}

TEST(Magnet, KeepsItsPromisesWhateverIsMutated) {
    constexpr std::uint64_t kSeed = 5;
    SCOPED_TRACE(kSeed);
    Rng rng(kSeed);
    int accepted = 0;
    for (int i = 0; i < 5000; ++i) {
        auto link = to_link(full());
        for (auto n = 1 + random_below(rng, 4); n > 0; --n)
            link[random_below(rng, link.size())] = static_cast<char>(rng());
        const auto magnet = parse_magnet(link);
        if (!magnet) continue;
        ++accepted;
        ASSERT_TRUE(magnet->info_hash || magnet->info_hash_v2);
        ASSERT_EQ(parsed(to_link(*magnet)), *magnet);
    }
    EXPECT_GT(accepted, 500);
}

TEST(JoinMagnet, MakesATorrentOfTheInfoDictionaryAndTheLink) {
    const auto original = parse_info({}, "8:announce10:http://t/&");
    ASSERT_TRUE(original);
    auto magnet = parsed(magnet_link(*original) + "&tr=udp://u:1&ws=http://w/");
    const auto torrent = join(magnet, original->info_bytes());
    ASSERT_TRUE(torrent) << torrent.error().message;
    EXPECT_EQ(torrent->info_hash, original->info_hash);
    EXPECT_EQ(torrent->name, original->name);
    EXPECT_EQ(torrent->trackers, (std::vector<Strings>{{"http://t/&"}, {"udp://u:1"}}));
    EXPECT_EQ(torrent->web_seeds, Strings{"http://w/"});
    EXPECT_EQ(as_text(torrent->info_bytes()), Info{}.text());

    magnet.info_hash->bytes[0] ^= std::byte{1};
    const auto other = join(magnet, original->info_bytes());
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Errc::mismatch);
}

TEST(ParseInfoDictionary, RefusesWhatIsNone) {
    const auto error = [](std::string_view text) {
        return parse_info_dictionary(as_bytes(text)).error();
    };
    EXPECT_EQ(refusal(parse_info_dictionary(as_bytes("i1e"))), "'info' is no dictionary");
    EXPECT_EQ(refusal(parse_info_dictionary(as_bytes("d4:name1:a4:name1:be"))),
              "'info' has a key twice");
    EXPECT_EQ(refusal(parse_info_dictionary(as_bytes(Info{}.text() + "x"))),
              "bytes follow its 'info'");
    EXPECT_EQ(refusal(parse_info_dictionary(as_bytes("de"))), "'name' is missing or no string");
    EXPECT_EQ(error("").code, Errc::bencode);
    EXPECT_EQ(error("d12:meta versioni2ee").code, Errc::unsupported);
    const auto whole = Info{}.text();
    EXPECT_TRUE(parse_info_dictionary(as_bytes(whole)));
    for (std::size_t cut = 0; cut < whole.size(); ++cut)
        EXPECT_EQ(error(whole.substr(0, cut)).code, Errc::bencode) << cut;
}

TEST(TorrentFile, SaysWhatTheParsedOneSays) {
    Info info;
    info.more = "7:privatei01e1:zi2e1:a03:xyz";  // neither sorted nor canonical
    const auto one = parse_info(info,
                                "8:announce9:http://a/"
                                "13:announce-listll9:http://a/"
                                "9:udp://b:1el9:http://c/ee7:comment1:c10:created by1:b"
                                "13:creation datei5e");
    ASSERT_TRUE(one) << one.error().message;
    auto torrent = *one;
    torrent.web_seeds = {"http://w/"};
    torrent.nodes = {{"router.example", 6881}};
    const auto again = parse(torrent_file(torrent));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->info_hash, torrent.info_hash);
    EXPECT_EQ(as_text(again->info_bytes()), info.text());
    EXPECT_EQ(again->trackers, torrent.trackers);
    EXPECT_EQ(again->web_seeds, torrent.web_seeds);
    EXPECT_EQ(again->nodes, torrent.nodes);
    EXPECT_EQ(again->comment, "c");
    EXPECT_EQ(again->created_by, "b");
    EXPECT_EQ(again->creation_date, 5);
    EXPECT_TRUE(again->is_private);
}

TEST(TorrentFile, OfAnInfoDictionaryAloneHoldsNothingElse) {
    const auto torrent = parse_info_dictionary(as_bytes(Info{}.text()));
    ASSERT_TRUE(torrent);
    EXPECT_EQ(as_text(torrent_file(*torrent)), "d4:info" + Info{}.text() + "e");
}

TEST(TorrentFile, SharesTheInfoDictionaryWithCopies) {
    const auto torrent = parse_info_dictionary(as_bytes(Info{}.text()));
    ASSERT_TRUE(torrent);
    const auto copy = *torrent;
    EXPECT_EQ(copy.info_bytes().data(), torrent->info_bytes().data());
    EXPECT_TRUE(Metainfo{}.info_bytes().empty());
}

}  // namespace
}  // namespace bt::metainfo
