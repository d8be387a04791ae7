#include "cli/commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "cli/columns.hpp"

namespace bt::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// What a command writes to standard output.
std::string text_of(const std::vector<std::string>& words) {
    testing::internal::CaptureStdout();
    EXPECT_EQ(run_command(words), ExitCode::ok);
    return testing::internal::GetCapturedStdout();
}

std::vector<std::string> lines_of(const std::vector<std::string>& words) {
    std::istringstream text(text_of(words));
    std::vector<std::string> out;
    for (std::string line; std::getline(text, line);)
        out.push_back(line);
    return out;
}

std::string errors_of(const std::vector<std::string>& words, ExitCode code) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(run_command(words), code);
    return testing::internal::GetCapturedStderr();
}

TEST(Help, OfADownloadFitsAScreenOf80By50) {
    EXPECT_LE(lines_of({"--help"}).size(), 49u);  // the prompt needs the last one
}

TEST(Help, IsNowhereWiderThan80Columns) {
    for (const auto& command : all_commands()) {
        for (const char* option : {"--help", "--help-all"}) {
            std::vector<std::string> words{option};
            if (!command.name.empty()) words.insert(words.begin(), std::string(command.name));
            for (const auto& line : lines_of(words))
                EXPECT_LE(columns(line), 80u) << line;
        }
    }
}

TEST(Help, TellsOfEveryOptionWhenAskedForAll) {
    for (const auto& command : all_specs()) {
        std::vector<std::string> words{"--help-all"};
        if (!command.name.empty()) words.insert(words.begin(), command.name);
        const auto text = text_of(words);
        for (const auto& option : command.options) {
            EXPECT_FALSE(option.help.empty()) << option.names.front();
            EXPECT_FALSE(option.group.empty()) << option.names.front();
            for (const auto& name : option.main_names())
                EXPECT_THAT(text, HasSubstr(name)) << "of bt " << command.name;
        }
    }
}

TEST(Help, NamesEveryCommand) {
    const auto text = text_of({"--help"});
    for (const auto& command : all_commands())
        EXPECT_THAT(text, HasSubstr(std::string(command.name)));
}

TEST(Commands, HaveNoOptionOfTheSameName) {
    for (const auto& command : all_specs()) {
        std::set<std::string> seen;
        for (const auto& option : command.options) {
            for (const auto& name : option.names)
                EXPECT_TRUE(seen.insert(name).second) << name << " of bt " << command.name;
        }
    }
}

TEST(Commands, AWrongOneIsToldWithTheOneThatWasMeant) {
    EXPECT_EQ(errors_of({"verfy", "x.torrent"}, ExitCode::option),
              "bt: unknown command verfy; did you mean verify?\n");
    EXPECT_THAT(errors_of({"creat"}, ExitCode::option), HasSubstr("did you mean create?"));
}

TEST(Commands, AWrongValueIsToldWithTheOneThatWasMeant) {
    EXPECT_THAT(errors_of({"--sync", "ful", "x.torrent"}, ExitCode::option),
                HasSubstr("--sync: must be full or none; did you mean full?"));
    EXPECT_THAT(errors_of({"verify", "--color=allways", "x"}, ExitCode::option),
                HasSubstr("did you mean always?"));
}

TEST(CommandSpec, KnowsTheValuesThatAPlaceholderLists) {
    EXPECT_THAT(choices_of("full|none"), ElementsAre("full", "none"));
    EXPECT_THAT(choices_of("URL|*"), IsEmpty());
    EXPECT_THAT(choices_of("DIR"), IsEmpty());
    EXPECT_THAT(choices_of("word"), IsEmpty());
}

TEST(CommandSpec, TellsOneShortAndOneLongName) {
    OptionSpec option;
    option.names = {"-d", "-P", "--dir", "--output-dir"};
    EXPECT_THAT(option.main_names(), ElementsAre("-d", "--dir"));
    option.names = {"--seed"};
    EXPECT_THAT(option.main_names(), ElementsAre("--seed"));
    option.names = {"-x"};
    EXPECT_THAT(option.main_names(), ElementsAre("-x"));
}

}  // namespace
}  // namespace bt::cli
