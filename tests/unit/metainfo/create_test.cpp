#include "bt/metainfo/create.hpp"

#include <gtest/gtest.h>

#include <string>

#include "bt/metainfo/magnet.hpp"
#include "bt/metainfo/metainfo.hpp"

namespace bt::metainfo {
namespace {

NewTorrent folder() {
    return {.name = "top",
            .files = {{{"a", "b.txt"}, 100}, {{"c"}, 0}, {{"d"}, 60}},
            .piece_length = 64,
            .piece_hashes = std::vector<Sha1Digest>(3, Sha1Digest{std::byte{1}}),
            .trackers = {{"http://t/announce", "udp://u:80/"}, {"https://v/"}},
            .web_seeds = {"http://w/"},
            .is_private = true,
            .comment = "c",
            .created_by = "bt",
            .creation_date = 1'700'000'000};
}

TEST(BuildTorrent, IsReadBack) {
    const auto bytes = build_torrent(folder());
    ASSERT_TRUE(bytes) << bytes.error().message;
    const auto torrent = parse(*bytes);
    ASSERT_TRUE(torrent) << torrent.error().message;
    EXPECT_EQ(torrent->name, "top");
    ASSERT_EQ(torrent->files.size(), 3u);
    EXPECT_EQ(torrent->files[0].path, "top/a/b.txt");
    EXPECT_EQ(torrent->files[2].offset, 100u);
    EXPECT_EQ(torrent->layout.piece_length(), 64u);
    EXPECT_EQ(torrent->piece_hashes, folder().piece_hashes);
    EXPECT_EQ(torrent->trackers, folder().trackers);
    EXPECT_EQ(torrent->web_seeds, folder().web_seeds);
    EXPECT_TRUE(torrent->is_private);
    EXPECT_EQ(torrent->comment, "c");
    EXPECT_EQ(torrent->created_by, "bt");
    EXPECT_EQ(torrent->creation_date, 1'700'000'000);
}

TEST(BuildTorrent, WritesTheSmallestSingleFile) {
    const NewTorrent torrent{.name = "f",
                             .files = {{{}, 1}},
                             .single_file = true,
                             .piece_length = 2,
                             .piece_hashes = {Sha1Digest{}}};
    const auto bytes = build_torrent(torrent);
    ASSERT_TRUE(bytes);
    EXPECT_EQ(as_text(*bytes), "d4:infod6:lengthi1e4:name1:f12:piece lengthi2e6:pieces20:" +
                                   std::string(20, '\0') + "ee");
    EXPECT_TRUE(parse(*bytes)->single_file);
}

TEST(BuildTorrent, HasAnotherInfoHashForAnotherSource) {
    auto torrent = folder();
    const auto without = parse(*build_torrent(torrent))->info_hash;
    torrent.source = "SITE";
    const auto bytes = *build_torrent(torrent);
    EXPECT_NE(as_text(bytes).find("7:privatei1e6:source4:SITEe"), std::string::npos);
    EXPECT_NE(parse(bytes)->info_hash, without);
}

TEST(BuildTorrent, RefusesPartsThatDoNotFit) {
    const auto refused = [](auto bend) {
        auto torrent = folder();
        bend(torrent);
        return build_torrent(torrent).has_error();
    };
    EXPECT_TRUE(refused([](auto& t) { t.name.clear(); }));
    EXPECT_TRUE(refused([](auto& t) { t.files.clear(); }));
    EXPECT_TRUE(refused([](auto& t) { t.files[0].path.clear(); }));
    EXPECT_TRUE(refused([](auto& t) { t.single_file = true; }));
    EXPECT_TRUE(refused([](auto& t) { t.piece_length = 0; }));
    EXPECT_TRUE(refused([](auto& t) { t.piece_hashes.pop_back(); }));
    EXPECT_TRUE(refused([](auto& t) { t.files[0].length = UINT64_MAX; }));
    EXPECT_FALSE(refused([](auto&) {}));
}

TEST(MagnetLink, HoldsHashNameAndTrackers) {
    Metainfo torrent;
    torrent.name = "a b&c";
    torrent.info_hash.bytes.fill(std::byte{0xab});
    torrent.trackers = {{"http://t/a?b=c"}, {"udp://u:1"}};
    std::string hex;
    for (int i = 0; i < 20; ++i)
        hex += "ab";
    EXPECT_EQ(magnet_link(torrent), "magnet:?xt=urn:btih:" + hex +
                                        "&dn=a%20b%26c&tr=http%3A%2F%2Ft%2Fa%3Fb%3Dc"
                                        "&tr=udp%3A%2F%2Fu%3A1");
}

TEST(MagnetLink, HoldsBothHashesOfAHybrid) {
    Metainfo torrent;
    torrent.info_hash_v2 = Sha256Digest{};
    EXPECT_EQ(magnet_link(torrent), "magnet:?xt=urn:btih:" + std::string(40, '0') +
                                        "&xt=urn:btmh:1220" + std::string(64, '0') + "&dn=");
}

}  // namespace
}  // namespace bt::metainfo
