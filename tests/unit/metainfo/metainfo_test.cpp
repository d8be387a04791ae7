#include "bt/metainfo/metainfo.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "bt/crypto/sha1.hpp"
#include "bt/crypto/sha256.hpp"
#include "unit/metainfo/torrent_text.hpp"

namespace bt::metainfo {
namespace {

TEST(Metainfo, ReadsASingleFile) {
    const auto torrent = parse_info({}, "8:announce15:http://t/announ");
    ASSERT_TRUE(torrent) << torrent.error().message;
    EXPECT_EQ(torrent->name, "file.txt");
    EXPECT_TRUE(torrent->single_file);
    EXPECT_EQ(paths(*torrent), Strings{"file.txt"});
    EXPECT_EQ(torrent->layout.total_length(), 100u);
    EXPECT_EQ(torrent->layout.piece_count(), 2u);
    ASSERT_EQ(torrent->piece_hashes.size(), 2u);
    EXPECT_EQ(torrent->piece_hashes[1][19], std::byte{'h'});
    EXPECT_EQ(torrent->trackers, std::vector<Strings>{Strings{"http://t/announ"}});
    EXPECT_FALSE(torrent->is_private);
    EXPECT_FALSE(torrent->info_hash_v2);
}

TEST(Metainfo, TheInfoHashIsOfTheOriginalBytes) {
    // Out of order, with a leading zero and unknown keys: only the bytes as they stand can be
    // hashed.
    Info info;
    info.more = "1:zi01e1:a03:xyz";
    const auto torrent = parse_info(info, "7:comment1:x");
    ASSERT_TRUE(torrent) << torrent.error().message;
    EXPECT_EQ(torrent->info_hash.bytes, crypto::sha1(as_bytes(info.text())));
    EXPECT_EQ(as_text(torrent->info_bytes()), info.text());
}

TEST(Metainfo, TheWordInfoElsewhereIsNotTheInfo) {
    Info info;
    info.name = str("4:infod6:lengthi1ee");
    const auto torrent = parse_info(info,
                                    "7:comment12:4:infod1:ae_"
                                    "1:hd4:infod1:xi1eee");
    ASSERT_TRUE(torrent) << torrent.error().message;
    EXPECT_EQ(torrent->info_hash.bytes, crypto::sha1(as_bytes(info.text())));
    EXPECT_EQ(torrent->name, "4:infod6:lengthi1ee");
}

TEST(Metainfo, BytesAfterTheTorrentAreIgnoredAndCounted) {
    const auto torrent = parse_text("d4:info" + Info{}.text() + "e\r\n");
    ASSERT_TRUE(torrent);
    EXPECT_EQ(torrent->trailing_bytes, 2u);
}

TEST(Metainfo, RefusesWhatIsNotBencode) {
    for (const auto* text : {"", "<!DOCTYPE html>", "d4:infod", "i1"}) {
        const auto torrent = parse_text(text);
        ASSERT_FALSE(torrent);
        EXPECT_EQ(torrent.error().code, Errc::bencode);
    }
}

TEST(Metainfo, RefusesARootOrInfoOfAnotherKind) {
    EXPECT_EQ(refusal(parse_text("le")), "it is no dictionary");
    EXPECT_EQ(refusal(parse_text("4:info")), "it is no dictionary");
    EXPECT_EQ(refusal(parse_text("de")), "it has no 'info'");
    EXPECT_EQ(refusal(parse_text("d4:infolee")), "'info' is no dictionary");
    EXPECT_EQ(refusal(parse_text("d4:info3:abce")), "'info' is no dictionary");
    EXPECT_EQ(refusal(parse_text("d11:magnet-infod0:0:ee")),
              "it has a magnet link in place of 'info'");
}

TEST(Metainfo, RefusesKeysThatOccurTwice) {
    const auto info = Info{}.text();
    EXPECT_EQ(refusal(parse_text("d4:info" + info + "4:info" + info + "e")), "it has 'info' twice");
    Info twice;
    twice.more = "6:pieces" + hashes(2);
    EXPECT_EQ(refusal(parse_info(twice)), "'info' has a key twice");
    twice.more = "1:xd1:ai1e1:ai2ee";
    EXPECT_EQ(refusal(parse_info(twice)), "'info' has a key twice");
}

TEST(Metainfo, OutsideInfoTheFirstOfEqualKeysCounts) {
    const auto torrent = parse_info({}, "7:comment1:a7:comment1:b");
    ASSERT_TRUE(torrent);
    EXPECT_EQ(torrent->comment, "a");
}

TEST(Metainfo, RefusesATorrentWithoutAName) {
    Info info;
    info.name.clear();
    EXPECT_EQ(refusal(parse_info(info)), "'name' is missing or no string");
    info.name = integer(5);
    EXPECT_EQ(refusal(parse_info(info)), "'name' is missing or no string");
}

TEST(Metainfo, RefusesAFileWithAnEmptyPath) {
    EXPECT_EQ(refusal(parse_info(folder("d6:lengthi5e4:pathlee", 5))),
              "'path' of file 1 is missing or no list of strings");
}

TEST(Metainfo, RefusesABadPieceLength) {
    const auto with = [](std::string length) {
        Info info;
        info.piece_length = std::move(length);
        return refusal(parse_info(info));
    };
    EXPECT_EQ(with(""), "'piece length' is missing or no number");
    EXPECT_EQ(with("2:64"), "'piece length' is missing or no number");
    const std::string range = "'piece length' is not 1 byte to 512 MiB";
    EXPECT_EQ(with(integer(0)), range);
    EXPECT_EQ(with(integer(-1)), range);
    EXPECT_EQ(with(integer(INT64_MIN)), range);
    EXPECT_EQ(with(integer(INT64_MAX)), range);
    EXPECT_EQ(with(integer(kMaxPieceLength + 1LL)), range);
    EXPECT_EQ(with(integer(std::int64_t{1} << 32)), range);
}

TEST(Metainfo, TakesTheExtremesOfPieceLength) {
    Info info;
    info.piece_length = integer(kMaxPieceLength);
    info.pieces = hashes(1);
    EXPECT_TRUE(parse_info(info));
    info.piece_length = integer(1);
    info.pieces = hashes(100);
    EXPECT_TRUE(parse_info(info));
}

TEST(Metainfo, RefusesHashesThatDoNotFit) {
    const auto with = [](std::string pieces) {
        Info info;
        info.pieces = std::move(pieces);
        return refusal(parse_info(info));
    };
    EXPECT_EQ(with(""), "'pieces' is missing or no string");
    EXPECT_EQ(with("i2e"), "'pieces' is missing or no string");
    EXPECT_EQ(with("0:"), "it has 0 piece hashes for 2 pieces");
    EXPECT_EQ(with(hashes(1)), "it has 1 piece hashes for 2 pieces");
    EXPECT_EQ(with(hashes(3)), "it has 3 piece hashes for 2 pieces");
    EXPECT_EQ(with(str(std::string(41, 'h'))), "'pieces' has 41 bytes, no multiple of 20");
}

TEST(Metainfo, LimitsThePieces) {
    Info info;
    info.piece_length = integer(1);
    info.length = integer(kMaxPieces);
    info.pieces = hashes(kMaxPieces);
    EXPECT_TRUE(parse_info(info));
    info.length = integer(kMaxPieces + 1LL);
    info.pieces = hashes(kMaxPieces + std::size_t{1});
    EXPECT_EQ(refusal(parse_info(info)), "it has more than 2097152 pieces");
}

TEST(Metainfo, LimitsTheSizeOfTheFile) {
    std::string text = "d4:info" + Info{}.text() + "e";
    text.resize(kMaxTorrentBytes, ' ');
    EXPECT_TRUE(parse_text(text));
    text.push_back(' ');
    EXPECT_EQ(refusal(parse_text(text)), "it is larger than 64 MiB");
}

TEST(Metainfo, AHybridIsLoadedByItsV1Side) {
    Info info;
    info.more = "9:file treed1:ad0:d6:lengthi100eeee12:meta versioni2e";
    const auto torrent = parse_info(info);
    ASSERT_TRUE(torrent) << torrent.error().message;
    EXPECT_EQ(torrent->info_hash_v2, crypto::sha256(as_bytes(info.text())));
}

TEST(Metainfo, SaysThatAV2TorrentIsNotSupported) {
    const auto torrent = parse_text(
        "d4:infod9:file treed1:ad0:d6:lengthi100eeee12:meta versioni2e4:name1:a12:piece "
        "lengthi16384eee");
    ASSERT_FALSE(torrent);
    EXPECT_EQ(torrent.error().code, Errc::unsupported);
    EXPECT_EQ(torrent.error().message, "BitTorrent v2-only torrent, not supported");
}

TEST(Metainfo, ReadsPrivate) {
    Info info;
    for (const auto& [text, expected] :
         {std::pair{"i1e", true}, {"i0e", false}, {"i2e", true}, {"1:1", false}}) {
        info.more = std::string("7:private") + text;
        EXPECT_EQ(parse_info(info)->is_private, expected) << text;
    }
}

TEST(Metainfo, ReadsItsNotesAndCutsLongOnes) {
    const auto torrent = parse_info({}, "7:comment" + str(std::string(1'000'000, '\x1b')) +
                                            "10:created by3:bt\xff"
                                            "13:creation datei1700000000e");
    ASSERT_TRUE(torrent);
    EXPECT_EQ(torrent->comment->size(), kMaxCommentBytes);
    EXPECT_EQ(torrent->created_by, "bt\xff");
    EXPECT_EQ(torrent->creation_date, 1'700'000'000);
    const auto bare = parse_info({}, "7:commenti1e13:creation date1:x");
    EXPECT_FALSE(bare->comment || bare->created_by || bare->creation_date);
}

const std::string& whole() {
    static const std::string text = [] {
        auto info = folder(
            file(60, {"a", "b.txt"}) + file(4, {".pad", "4"}, "4:attr1:p") + file(70, {"c"}), 134);
        info.more = "7:privatei1e";
        return "d8:announce9:http://t/13:announce-listll8:udp://u/ee7:comment1:x5:nodesll1:hi1eee"
               "4:info" +
               info.text() + "8:url-list9:http://w/e";
    }();
    return text;
}

TEST(Metainfo, RefusesEveryTruncation) {
    ASSERT_TRUE(parse_text(whole()));
    for (std::size_t n = 0; n < whole().size(); ++n) {
        const std::vector<char> bytes(whole().begin(), whole().begin() + static_cast<long>(n));
        EXPECT_FALSE(parse_text({bytes.data(), bytes.size()})) << n;
    }
}

TEST(Metainfo, SurvivesMutation) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    int accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        auto text = whole();
        for (auto changes = 1 + random() % 3; changes > 0; --changes)
            text[random() % text.size()] =
                static_cast<char>(random() % 2 ? random() : '0' + random() % 10);
        const auto torrent = parse_text(text);
        if (!torrent) continue;
        ++accepted;
        EXPECT_EQ(torrent->piece_hashes.size(), torrent->layout.piece_count());
        const auto& last = torrent->files.back();
        EXPECT_EQ(last.offset + last.length, torrent->layout.total_length());
    }
    EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace bt::metainfo
