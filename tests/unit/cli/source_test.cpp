#include "cli/source.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "unit/cli/temporary_folder.hpp"

namespace bt::cli {
namespace {

const std::string kTorrent =
    "d8:announce21:http://t.example/anno4:infod6:lengthi5e4:name1:f12:piece lengthi16384e"
    "6:pieces20:aaaaaaaaaaaaaaaaaaaaee";

Errc error_of(const std::string& source) {
    const auto loaded = load_source(source);
    EXPECT_FALSE(loaded) << source;
    return loaded ? Errc::other : loaded.error().code;
}

TEST(Source, LoadsATorrentFile) {
    const test::TemporaryFolder folder;
    const auto loaded = load_source(folder.write("a.torrent", kTorrent));
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ((*loaded)->name, "f");
}

TEST(Source, ThatIsNotThereIsNotFound) {
    EXPECT_EQ(error_of("/nonexistent/a.torrent"), Errc::not_found);
    EXPECT_EQ(error_of(""), Errc::not_found);
}

TEST(Source, RefusesFoldersDevicesAndPipesWithoutWaiting) {
    const test::TemporaryFolder folder;
    EXPECT_EQ(error_of(folder.path()), Errc::not_found);
    EXPECT_EQ(error_of("/dev/zero"), Errc::not_found);
    const auto fifo = folder.path() / "fifo";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_EQ(error_of(fifo), Errc::not_found);
}

TEST(Source, RefusesAHugeFileUnread) {
    const test::TemporaryFolder folder;
    const auto file = folder.write("huge.torrent", "d");
    std::filesystem::resize_file(file, metainfo::kMaxTorrentBytes + 1);
    EXPECT_EQ(error_of(file), Errc::torrent);
}

TEST(Source, ThatIsEmptyOrNotBencodeIsTold) {
    const test::TemporaryFolder folder;
    EXPECT_EQ(error_of(folder.write("empty.torrent", "")), Errc::bencode);
    EXPECT_EQ(error_of(folder.write("html.torrent", "<html></html>")), Errc::bencode);
    EXPECT_EQ(error_of(folder.write("cut.torrent", kTorrent.substr(0, kTorrent.size() - 1))),
              Errc::bencode);
}

TEST(Source, WithoutItsFieldsIsNoTorrent) {
    const test::TemporaryFolder folder;
    EXPECT_EQ(error_of(folder.write("a.torrent", "de")), Errc::torrent);
}

TEST(Source, ThatIsAMagnetLinkIsNoFile) {
    const std::string hash(40, 'a');
    EXPECT_EQ(error_of("magnet:?xt=urn:btih:" + hash), Errc::unsupported);
    EXPECT_EQ(error_of(hash), Errc::not_found);
}

TEST(Source, WithTheNameOfACommandIsExplained) {
    const auto loaded = load_source("verify");
    ASSERT_FALSE(loaded);
    EXPECT_NE(loaded.error().message.find("bt verify"), std::string::npos);
}

TEST(Source, IsShownWithoutItsPasskey) {
    const auto shown = shown_source("https://t.example/download?passkey=0123456789abcdef");
    EXPECT_EQ(shown.find("0123456789abcdef"), std::string::npos);
    EXPECT_EQ(shown_source("-"), "standard input");
}

TEST(Source, AUrlIsShownWithItsHostAndName) {
    EXPECT_EQ(shown_source("http://h.example/a/b/show.s01.torrent?key=secret"),
              "http://h.example/.../show.s01.torrent");
    EXPECT_EQ(shown_source("https://user:word@h.example/show.torrent"),
              "https://h.example/show.torrent");
    EXPECT_EQ(shown_source("http://h.example/dir/"), "http://h.example/...");
    EXPECT_EQ(shown_source("http://h.example/a/\x1b[1m.torrent").find('\x1b'), std::string::npos);
}

TEST(Source, WhatMayBeAKeyIsNotShown) {
    for (const std::string key :
         {"0123456789abcdef", "aB3aB3aB3aB3aB3aB3", "0123456789abcdef.torrent"}) {
        EXPECT_EQ(shown_source("http://h.example/" + key), "http://h.example/...") << key;
        EXPECT_EQ(shown_source("http://h.example/" + key + "/x.torrent"),
                  "http://h.example/.../x.torrent");
    }
}

TEST(Source, OfAnotherSchemeIsTold) {
    const auto loaded = load_source("ftp://h.example/x.torrent");
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, Errc::not_found);
    EXPECT_NE(loaded.error().message.find("none of ftp://"), std::string::npos);
}

}  // namespace
}  // namespace bt::cli
