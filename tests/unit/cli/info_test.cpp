#include "cli/info.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bt/core/bytes.hpp"
#include "unit/cli/json_check.hpp"

namespace bt::cli {
namespace {

using testing::HasSubstr;

metainfo::Metainfo torrent() {
    metainfo::Metainfo out;
    out.name = "album";
    out.info_hash.bytes.fill(std::byte{0xab});
    out.layout = metainfo::PieceLayout(16384, 40000);
    out.piece_hashes.resize(3);
    out.files = {{"album/1.flac", 10000, 0, false},
                 {"album/.pad/6384", 6384, 10000, true},
                 {"album/2.flac", 23616, 16384, false}};
    out.trackers = {{"http://a.example/announce", "udp://b.example:1/"}, {"http://c.example/"}};
    return out;
}

TEST(InfoJson, IsOneObjectWithTheDocumentedKeys) {
    const auto json = info_json(torrent());
    EXPECT_TRUE(test::is_json(json)) << json;
    EXPECT_THAT(
        test::json_keys(json),
        testing::ElementsAre("name", "info_hash", "info_hash_v2", "version", "length",
                             "piece_length", "pieces", "private", "files", "trackers", "web_seeds",
                             "nodes", "comment", "created_by", "creation_date", "magnet"));
    EXPECT_TRUE(json.ends_with("}\n"));
}

TEST(InfoJson, CountsFilesFromOneAndLeavesPadsOutOfTheLength) {
    const auto json = info_json(torrent());
    EXPECT_THAT(json, HasSubstr("\"length\":33616,"));
    EXPECT_THAT(json, HasSubstr("{\"index\":1,\"path\":\"album/1.flac\",\"length\":10000,"
                                "\"pad\":false}"));
    EXPECT_THAT(json, HasSubstr("{\"index\":2,\"path\":\"album/.pad/6384\",\"length\":6384,"
                                "\"pad\":true}"));
}

TEST(InfoJson, KeepsTheTiersOfTrackers) {
    EXPECT_THAT(info_json(torrent()),
                HasSubstr("\"trackers\":[[\"http://a.example/announce\",\"udp://b.example:1/\"],"
                          "[\"http://c.example/\"]]"));
}

TEST(InfoJson, SaysNullWhereThereIsNothing) {
    const auto json = info_json(torrent());
    EXPECT_THAT(json, HasSubstr("\"info_hash_v2\":null,\"version\":\"1\""));
    EXPECT_THAT(json, HasSubstr("\"comment\":null,\"created_by\":null,\"creation_date\":null"));
}

TEST(InfoJson, OfAHybridHasBothHashes) {
    auto hybrid = torrent();
    hybrid.info_hash_v2.emplace().fill(std::byte{0xcd});
    const auto json = info_json(hybrid);
    EXPECT_THAT(json, HasSubstr("\"version\":\"hybrid\""));
    EXPECT_THAT(json, HasSubstr("\"info_hash_v2\":\"cdcd"));
}

TEST(InfoJson, IsValidWhateverTheTorrentSays) {
    auto hostile = torrent();
    std::string bytes;
    for (int i = 0; i < 256; ++i)
        bytes.push_back(static_cast<char>(i));
    hostile.comment = bytes;
    hostile.created_by = "\"}\n\xff\xfe\x1b]52;c;\x07";
    hostile.trackers = {{bytes}};
    hostile.web_seeds = {bytes};
    hostile.nodes = {{"::1", 6881}, {bytes, 1}};
    const auto json = info_json(hostile);
    EXPECT_TRUE(test::is_json(json)) << json;
    EXPECT_EQ(json.find('\x1b'), std::string::npos);
    EXPECT_THAT(json, HasSubstr("\"[::1]:6881\""));
}

TEST(InfoText, ListsFilesAsATree) {
    const auto text = info_text(torrent());
    EXPECT_THAT(text, HasSubstr("\n     32.8 KiB  album/\n1     9.8 KiB    1.flac\n"));
    EXPECT_THAT(text, HasSubstr("size          32.8 KiB (33616 bytes) in 2 files\n"));
    EXPECT_THAT(text, testing::Not(HasSubstr(".pad")));
}

TEST(InfoText, EscapesWhatCameFromOutside) {
    auto hostile = torrent();
    hostile.comment = "\x1b[2J\rgone";
    hostile.trackers = {{"http://a.example/\x1b[2J"}};
    EXPECT_EQ(info_text(hostile).find_first_of("\x1b\r"), std::string::npos);
}

}  // namespace
}  // namespace bt::cli
