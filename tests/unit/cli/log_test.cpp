#include "cli/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <iterator>
#include <string>

#include "cli/line_display.hpp"
#include "unit/cli/temporary_folder.hpp"

namespace bt::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string content(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

class Log : public testing::Test {
protected:
    ~Log() override { stop_log(); }

    test::TemporaryFolder folder_;
    LineDisplay display_{LineDisplay::Settings{false, false, {}}};
};

TEST_F(Log, GoesToItsFileAtItsLevel) {
    const auto file = folder_.path() / "bt.log";
    ASSERT_TRUE(start_log({file, "warn", 0}, display_));
    spdlog::info("an info line");
    spdlog::warn("a warning line");
    stop_log();
    EXPECT_THAT(content(file), HasSubstr("warning a warning line\n"));
    EXPECT_THAT(content(file), Not(HasSubstr("info line")));
}

TEST_F(Log, IsAppendedTo) {
    const auto file = folder_.write("bt.log", "before\n");
    ASSERT_TRUE(start_log({file, "info", 0}, display_));
    spdlog::info("after");
    stop_log();
    EXPECT_THAT(content(file), testing::StartsWith("before\n"));
    EXPECT_THAT(content(file), HasSubstr("after\n"));
}

TEST_F(Log, ShowsOnTheDisplayWhenVerbose) {
    testing::internal::CaptureStderr();
    ASSERT_TRUE(start_log({"", "info", 1}, display_));
    spdlog::info("an info line");
    spdlog::debug("a debug line");
    const auto text = testing::internal::GetCapturedStderr();
    EXPECT_THAT(text, HasSubstr("info an info line\n"));
    EXPECT_THAT(text, Not(HasSubstr("debug line")));
}

TEST_F(Log, ShowsProtocolDetailWhenTwiceVerbose) {
    testing::internal::CaptureStderr();
    ASSERT_TRUE(start_log({"", "info", 2}, display_));
    spdlog::debug("a debug line");
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("a debug line"));
}

TEST_F(Log, IsSilentOtherwise) {
    testing::internal::CaptureStderr();
    ASSERT_TRUE(start_log({"", "info", 0}, display_));
    spdlog::error("an error line");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(Log, MakesNoFolders) {
    const auto started = start_log({folder_.path() / "none" / "bt.log", "info", 0}, display_);
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, Errc::create_failed);
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "none"));
}

TEST(LogLevel, IsOneOfFive) {
    EXPECT_EQ(*parse_log_level("debug"), "debug");
    EXPECT_EQ(parse_log_level("loud").error().code, Errc::option);
}

}  // namespace
}  // namespace bt::cli
