#include "cli/exit_code.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace bt::cli {
namespace {

TEST(ExitCode, HasTheDocumentedNumbers) {
    EXPECT_EQ(static_cast<int>(exit_code(Errc::other)), 1);
    EXPECT_EQ(static_cast<int>(exit_code(Errc::not_found)), 3);
    EXPECT_EQ(static_cast<int>(exit_code(Errc::network)), 6);
    EXPECT_EQ(static_cast<int>(exit_code(Errc::interrupted)), 7);
    EXPECT_EQ(static_cast<int>(exit_code(Errc::no_space)), 9);
    EXPECT_EQ(static_cast<int>(exit_code(Errc::duplicate)), 11);
    EXPECT_EQ(static_cast<int>(exit_code(Errc::in_the_way)), 13);
    EXPECT_EQ(static_cast<int>(exit_code(Errc::open_failed)), 15);
    EXPECT_EQ(static_cast<int>(exit_code(Errc::create_failed)), 16);
    EXPECT_EQ(static_cast<int>(exit_code(Errc::io_failed)), 17);
    EXPECT_EQ(static_cast<int>(exit_code(Errc::mkdir_failed)), 18);
    EXPECT_EQ(static_cast<int>(exit_code(Errc::resolve_failed)), 19);
    EXPECT_EQ(static_cast<int>(exit_code(Errc::http)), 22);
    EXPECT_EQ(static_cast<int>(exit_code(Errc::http_auth)), 24);
    EXPECT_EQ(static_cast<int>(exit_code(Errc::bencode)), 25);
    EXPECT_EQ(static_cast<int>(exit_code(Errc::torrent)), 26);
    EXPECT_EQ(static_cast<int>(exit_code(Errc::magnet)), 27);
    EXPECT_EQ(static_cast<int>(exit_code(Errc::option)), 28);
    EXPECT_EQ(static_cast<int>(exit_code(Errc::mismatch)), 32);
    EXPECT_EQ(static_cast<int>(exit_code(Errc::no_peer)), 41);
}

TEST(ExitCode, OfNoFailureIsZero) {
    EXPECT_EQ(overall({}), ExitCode::ok);
    const std::vector codes{ExitCode::ok, ExitCode::ok};
    EXPECT_EQ(overall(codes), ExitCode::ok);
}

TEST(ExitCode, OfOneReasonIsThatReason) {
    const std::vector codes{ExitCode::ok, ExitCode::torrent, ExitCode::ok, ExitCode::torrent};
    EXPECT_EQ(overall(codes), ExitCode::torrent);
}

TEST(ExitCode, OfDifferentReasonsIsMixed) {
    const std::vector codes{ExitCode::torrent, ExitCode::ok, ExitCode::no_peer, ExitCode::torrent};
    EXPECT_EQ(overall(codes), ExitCode::mixed);
}

}  // namespace
}  // namespace bt::cli
