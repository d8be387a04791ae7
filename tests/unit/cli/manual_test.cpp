#include "cli/manual.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "cli/commands.hpp"
#include "cli/completions.hpp"

namespace bt::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string page() {
    std::ifstream file(BT_SOURCE "/src/cli/bt.1.in", std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return manual_page(text, all_specs(), "1.2.3", "2026-01-02");
}

TEST(Manual, TellsEveryNameOfEveryOption) {
    const auto text = page();
    for (const auto& command : all_specs()) {
        for (const auto& option : command.options) {
            for (const auto& name : option.names)
                EXPECT_THAT(text, HasSubstr("\\fB" + roff(name) + "\\fR")) << command.name;
        }
    }
}

TEST(Manual, HasAPlaceForEveryCommand) {
    const auto text = page();
    EXPECT_THAT(text, Not(HasSubstr("@")));
    for (const auto& command : all_commands())
        EXPECT_THAT(text, HasSubstr(std::string("\n.B bt ") + std::string(command.name)));
}

TEST(Manual, TellsEveryExitStatus) {
    const auto text = page();
    for (const int code : {0,  1,  2,  3,  5,  6,  7,  9,  11, 13, 15, 16, 17, 18,
                           19, 22, 24, 25, 26, 27, 28, 32, 40, 41, 42, 43, 44, 130}) {
        EXPECT_THAT(text, HasSubstr("\n" + std::to_string(code) + ";"));
    }
}

TEST(Manual, EscapesWhatRoffWouldTakeForItsOwn) {
    EXPECT_EQ(roff(".x"), "\\&.x");
    EXPECT_EQ(roff("'x"), "\\&'x");
    EXPECT_EQ(roff("a-b\\c 'd'"), "a\\-b\\ec \\(aqd\\(aq");
}

TEST(Completions, KnowEveryOptionOfEveryCommand) {
    const auto specs = all_specs();
    const std::vector<std::string> summaries(specs.size(), "it's a [summary]");
    const CompletionInput input{specs, summaries};
    for (const auto& script : {bash_completion(input), zsh_completion(input)}) {
        for (const auto& command : specs) {
            for (const auto& option : command.options) {
                for (const auto& name : option.main_names())
                    EXPECT_THAT(script, HasSubstr(name)) << command.name;
            }
        }
    }
    const auto fish = fish_completion(input);
    for (const auto& option : specs.front().options) {
        const auto name = option.main_names().back();
        EXPECT_THAT(fish, HasSubstr((name.starts_with("--") ? " -l " : " -s ") +
                                    name.substr(name.find_first_not_of('-'))));
    }
}

TEST(Completions, KnowWhatAValueIs) {
    EXPECT_EQ(kind_of("full|none"), ValueKind::choice);
    EXPECT_EQ(kind_of("DIR"), ValueKind::folder);
    EXPECT_EQ(kind_of("FILE"), ValueKind::file);
    EXPECT_EQ(kind_of("TORRENT"), ValueKind::torrent);
    EXPECT_EQ(kind_of("SOURCE"), ValueKind::torrent);
    EXPECT_EQ(kind_of("HOST:PORT"), ValueKind::nothing);
}

}  // namespace
}  // namespace bt::cli
