#include "cli/magnet_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bt/crypto/sha1.hpp"
#include "cli/metadata_cache.hpp"
#include "unit/cli/temporary_folder.hpp"

namespace bt::cli {
namespace {

using ::testing::ElementsAre;

const std::string kHash(40, 'a');

TEST(MagnetSource, IsALinkOrAHashThatIsNoFile) {
    EXPECT_TRUE(as_magnet("magnet:?xt=urn:btih:" + kHash).value());
    EXPECT_TRUE(as_magnet(kHash).value());
    EXPECT_FALSE(as_magnet("a.torrent"));
    EXPECT_FALSE(as_magnet("http://example.org/" + kHash));
    const test::TemporaryFolder folder;
    EXPECT_FALSE(as_magnet(folder.write(kHash, "de")));
}

TEST(MagnetSource, SaysWhatIsWrong) {
    EXPECT_EQ(as_magnet("magnet:?dn=x")->error().code, Errc::magnet);
    EXPECT_EQ(as_magnet("magnet:?xt=urn:btih:" + kHash.substr(1))->error().code, Errc::magnet);
    const auto v2 = as_magnet("magnet:?xt=urn:btmh:1220" + std::string(64, 'b'));
    EXPECT_EQ(v2->error().code, Errc::unsupported);
}

TEST(MagnetSource, IsCalledByItsNameEscapedOrByItsHash) {
    EXPECT_EQ(magnet_name(as_magnet(kHash)->value()), kHash);
    const auto named = as_magnet("magnet:?dn=a%1bb&xt=urn:btih:" + kHash);
    EXPECT_EQ(magnet_name(named->value()).find('\x1b'), std::string::npos);
}

TEST(MagnetSource, DropsTrackers) {
    auto magnet = as_magnet("magnet:?xt=urn:btih:" + kHash +
                            "&tr=http://a.example/announce&tr=http://b.example/announce")
                      ->value();
    drop_trackers(magnet, {"http://a.example/announce"});
    EXPECT_THAT(magnet.trackers, ElementsAre("http://b.example/announce"));
    drop_trackers(magnet, {"*"});
    EXPECT_TRUE(magnet.trackers.empty());
}

TEST(MagnetSource, SelectsTheFilesThatThereAre) {
    auto metainfo = std::make_shared<metainfo::Metainfo>();
    metainfo->files.resize(4);
    session::TorrentSettings settings;
    settings.metainfo = metainfo;
    metainfo::Magnet magnet;
    magnet.selected = {{1, 1}, {3, 900}};
    select_files(magnet, settings);
    EXPECT_THAT(settings.selection, ElementsAre(false, true, false, true));
    settings.selection.clear();
    magnet.selected = {{4, 7}};
    select_files(magnet, settings);
    EXPECT_TRUE(settings.selection.empty()) << "none of them is there: all are wanted";
}

TEST(MetadataCache, KeepsWhatHashesToItsName) {
    const test::TemporaryFolder folder;
    const auto info = as_bytes(std::string_view("d4:name1:xe"));
    InfoHash hash;
    hash.bytes = crypto::sha1(info);
    const MetadataCache cache(folder.path() / "metadata");
    EXPECT_FALSE(cache.find(hash));
    cache.keep(hash, info);
    EXPECT_EQ(as_text(*cache.find(hash)), as_text(info));
    InfoHash other;
    cache.keep(other, info);
    EXPECT_FALSE(cache.find(other)) << "its content is another's";
}

TEST(MetadataCache, MakesRoomForTheLatest) {
    const test::TemporaryFolder folder;
    const MetadataCache cache(folder.path());
    for (std::uint32_t i = 0; i < MetadataCache::kMaxKept + 20; ++i) {
        const auto info = as_bytes(std::string_view(reinterpret_cast<const char*>(&i), sizeof i));
        InfoHash hash;
        hash.bytes = crypto::sha1(info);
        cache.keep(hash, info);
        ASSERT_TRUE(cache.find(hash));
    }
    const auto kept = std::distance(std::filesystem::directory_iterator(folder.path()), {});
    EXPECT_LE(kept, static_cast<std::ptrdiff_t>(MetadataCache::kMaxKept));
}

TEST(MetadataCache, WithoutAFolderKeepsNothing) {
    const MetadataCache cache({});
    cache.keep({}, {});
    EXPECT_FALSE(cache.find({}));
}

}  // namespace
}  // namespace bt::cli
