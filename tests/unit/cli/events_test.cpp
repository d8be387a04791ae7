#include "cli/events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "unit/cli/json_check.hpp"

namespace bt::cli::events {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr Time kTime = 1700000000.25;

std::string every_byte() {
    std::string out;
    for (int i = 0; i < 256; ++i)
        out.push_back(static_cast<char>(i));
    return out;
}

InfoHash hash() {
    InfoHash out;
    out.bytes.fill(std::byte{0xab});
    return out;
}

Subject subject() {
    return {"a.torrent", hash(), "album", "/data/album", 3};
}

metainfo::Metainfo torrent() {
    metainfo::Metainfo out;
    out.name = "album";
    out.info_hash = hash();
    out.layout = metainfo::PieceLayout(16384, 20000);
    out.files = {{"album/a", 1, 0, false}, {"album/p", 3, 1, true}, {"album/b", 2, 4, false}};
    return out;
}

TEST(Events, BeginWithTypeTimeAndInfoHash) {
    const std::string begin =
        R"(","time":1700000000.250,"info_hash":"abababababababababababababababababababab",)";
    EXPECT_THAT(start(kTime, subject()), StartsWith(R"({"type":"start)" + begin));
    EXPECT_THAT(metadata(kTime, subject(), torrent(), {}),
                StartsWith(R"({"type":"metadata)" + begin));
    EXPECT_THAT(checked(kTime, subject(), {}, 0), StartsWith(R"({"type":"checked)" + begin));
    EXPECT_THAT(progress(kTime, subject(), {}), StartsWith(R"({"type":"progress)" + begin));
    EXPECT_THAT(file_complete(kTime, subject(), torrent(), FileIndex(0)),
                StartsWith(R"({"type":"file_complete)" + begin));
    EXPECT_THAT(complete(kTime, subject(), {}), StartsWith(R"({"type":"complete)" + begin));
    ResultRow row;
    row.subject = subject();
    EXPECT_THAT(error(kTime, row), StartsWith(R"({"type":"error)" + begin));
    EXPECT_THAT(summary(kTime, {}), StartsWith(R"({"type":"summary","time":1700000000.250,"code)"));
}

TEST(Events, LeaveTheInfoHashOutWhereItIsNotKnown) {
    EXPECT_EQ(start(kTime, {"x.torrent"}),
              R"({"type":"start","time":1700000000.250,"source":"x.torrent"})");
}

TEST(Events, HaveTheDocumentedKeys) {
    const auto keys = [](const std::string& json) { return test::json_keys(json); };
    EXPECT_THAT(keys(start(kTime, subject())), ElementsAre("type", "time", "info_hash", "source"));
    EXPECT_THAT(keys(metadata(kTime, subject(), torrent(), {})),
                ElementsAre("type", "time", "info_hash", "source", "name", "length", "piece_length",
                            "pieces", "files"));
    EXPECT_THAT(keys(checked(kTime, subject(), {}, 1)),
                ElementsAre("type", "time", "info_hash", "pieces_valid", "pieces", "seconds"));
    EXPECT_THAT(keys(progress(kTime, subject(), {})),
                ElementsAre("type", "time", "info_hash", "state", "done", "total", "down_rate",
                            "up_rate", "uploaded", "peers", "seeds", "eta"));
    EXPECT_THAT(keys(file_complete(kTime, subject(), torrent(), FileIndex(0))),
                ElementsAre("type", "time", "info_hash", "index", "path"));
    EXPECT_THAT(keys(complete(kTime, subject(), {})),
                ElementsAre("type", "time", "info_hash", "path", "length", "seconds", "down_rate",
                            "uploaded"));
    ResultRow row;
    row.subject = subject();
    EXPECT_THAT(keys(error(kTime, row)),
                ElementsAre("type", "time", "info_hash", "source", "code", "message"));
    EXPECT_THAT(keys(summary(kTime, {&row, 1})), ElementsAre("type", "time", "code", "torrents"));
}

TEST(Events, NameTheFilesThatAreWantedAndNoPads) {
    const auto json = metadata(kTime, subject(), torrent(), {false, true, true});
    EXPECT_THAT(json,
                HasSubstr(R"("files":[{"index":1,"path":"album/a","length":1,"selected":false},)"
                          R"({"index":3,"path":"album/b","length":2,"selected":true}])"));
    EXPECT_THAT(json, HasSubstr(R"("length":3,"piece_length":16384,"pieces":2)"));
}

TEST(Events, AreValidJsonWhateverTheBytes) {
    Subject hostile{every_byte(), hash(), every_byte(), every_byte(), 1};
    auto bad = torrent();
    bad.name = every_byte();
    bad.files[0].path = every_byte();
    session::TorrentStatus status;
    status.down_rate = std::numeric_limits<double>::infinity();
    status.up_rate = -1;
    status.eta_seconds = 1e300;
    status.active_seconds = std::numeric_limits<double>::quiet_NaN();
    ResultRow row;
    row.subject = hostile;
    row.message = every_byte();
    for (const auto& json :
         {start(kTime, hostile), metadata(kTime, hostile, bad, {}),
          checked(kTime, hostile, status, 1e300), progress(kTime, hostile, status),
          file_complete(kTime, hostile, bad, FileIndex(0)), complete(kTime, hostile, status),
          error(kTime, row), summary(kTime, {&row, 1})}) {
        EXPECT_TRUE(test::is_json(json)) << json;
        EXPECT_EQ(json.find_first_of("\n\r\x1b"), std::string::npos);
    }
}

TEST(Events, SayNullWhereNothingIsKnown) {
    EXPECT_THAT(progress(kTime, subject(), {}), HasSubstr(R"("eta":null)"));
    session::TorrentStatus status;
    status.eta_seconds = 1.2;
    EXPECT_THAT(progress(kTime, subject(), status), HasSubstr(R"("eta":2)"));
    ResultRow row;
    row.subject.source = "x";
    row.code = ExitCode::not_found;
    row.message = "no such file";
    EXPECT_THAT(
        summary(kTime, {&row, 1}),
        HasSubstr(R"("code":3,"torrents":[{"source":"x","info_hash":null,"name":null,)"
                  R"("code":3,"message":"no such file","path":null,"length":0,"done":0}])"));
}

TEST(Events, SumUpTheCodes) {
    std::vector<ResultRow> rows(3);
    EXPECT_THAT(summary(kTime, rows), HasSubstr(R"("code":0,"torrents")"));
    rows[1].code = ExitCode::stalled;
    EXPECT_THAT(summary(kTime, rows), HasSubstr(R"("code":43,"torrents")"));
    rows[2].code = ExitCode::no_peer;
    EXPECT_THAT(summary(kTime, rows), HasSubstr(R"("code":40,"torrents")"));
}

}  // namespace
}  // namespace bt::cli::events
