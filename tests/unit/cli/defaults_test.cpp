#include "cli/defaults.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "cli/values.hpp"
#include "unit/cli/temporary_folder.hpp"

namespace bt::cli {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

struct Fixture {
    std::string directory;
    bool quiet = false;
    std::optional<bool> seed;
    int verbose = 0;
    std::uint32_t jobs = 5;
    std::vector<HostPort> peers;
    OptionParser parser{"A test.", "test"};
    test::TemporaryFolder folder;

    Fixture() {
        parser.text("-d,--dir", "DIR", directory, "");
        parser.flag("-q,--quiet,!--loud", quiet, "");
        parser.flag("--seed", seed, "");
        parser.counter("-v,--verbose", verbose, "");
        parser.value(
            "--max-peers", "N", jobs,
            [](const std::string& text) { return parse_count(text, 1, 100); }, "");
        parser.list(
            "--peer", "HOST:PORT", peers,
            [](const std::string& text) { return parse_host_port(text); }, "");
    }
    /// The error, or "".
    std::string apply(const std::string& file, const Environment& environment = {},
                      std::vector<std::string> only = {}) {
        const auto error = apply_defaults(
            parser, {folder.write("bt.conf", file), true}, environment,
            {std::move(only), [](const std::string& n) { return n == "elsewhere"; }});
        EXPECT_TRUE(!error || error->code == Errc::option);
        return error ? error->message : "";
    }
};

TEST(Defaults, ATildeAtTheStartOfAPathIsHome) {
    const std::string home = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
    ASSERT_FALSE(home.empty());
    Fixture f;
    EXPECT_EQ(f.apply("dir=~/films\n"), "");
    EXPECT_EQ(f.directory, home + "/films");
    EXPECT_EQ(f.apply("", {"BT_DIR=~"}), "");
    EXPECT_EQ(f.directory, home);
    EXPECT_EQ(f.apply("", {"BT_DIR=a~/b"}), "");
    EXPECT_EQ(f.directory, "a~/b");
    EXPECT_EQ(f.apply("", {"BT_DIR=~other/b"}), "") << "whose home that is, a shell knows";
    EXPECT_EQ(f.directory, "~other/b");
}

TEST(Defaults, TheEnvironmentMayNameTheFile) {
    const std::vector<std::string> words;
    const auto file = find_settings(words, {"HOME=/home/u", "BT_CONF_PATH=/x/own.conf"});
    EXPECT_EQ(file.path, "/x/own.conf");
    EXPECT_TRUE(file.named);
    const std::vector<std::string> named{"--conf-path", "/y"};
    EXPECT_EQ(find_settings(named, {"BT_CONF_PATH=/x"}).path, "/y");
}

TEST(Defaults, AnEmptyVariableIsNotSet) {
    Fixture f;
    EXPECT_EQ(f.apply("dir=/x\n", {"BT_DIR=", "BT_MAX_PEERS=", "BT_QUIET="}), "");
    EXPECT_EQ(f.directory, "/x");
    EXPECT_FALSE(f.quiet);
}

TEST(Defaults, ComeFromTheFile) {
    Fixture f;
    EXPECT_EQ(f.apply("dir=/x\nquiet=true\nseed=no\nverbose=2\nmax-peers=7\npeer=a:1\npeer=b:2\n"),
              "");
    EXPECT_EQ(f.directory, "/x");
    EXPECT_TRUE(f.quiet);
    EXPECT_EQ(f.seed, false);
    EXPECT_EQ(f.verbose, 2);
    EXPECT_EQ(f.jobs, 7u);
    EXPECT_THAT(f.peers, ElementsAre(HostPort{"a", 1}, HostPort{"b", 2}));
}

TEST(Defaults, OfTheEnvironmentBeatTheFile) {
    Fixture f;
    EXPECT_EQ(f.apply("dir=/x\nmax-peers=7\npeer=a:1\npeer=b:2\n",
                      {"BT_MAX_PEERS=8", "BT_PEER=c:3", "HOME=/h"}),
              "");
    EXPECT_EQ(f.directory, "/x");
    EXPECT_EQ(f.jobs, 8u);
    EXPECT_THAT(f.peers, ElementsAre(HostPort{"c", 3}));
}

TEST(Defaults, AreBeatenByTheCommandLine) {
    Fixture f;
    EXPECT_EQ(f.apply("dir=/x\nquiet=true\nseed=true\nverbose=2\npeer=a:1\n", {"BT_DIR=/y"}), "");
    ASSERT_FALSE(f.parser.parse(std::vector<std::string>{"-d", "/z", "--loud", "--seed=false", "-v",
                                                         "--peer", "c:3", "--peer", "d:4"}));
    EXPECT_EQ(f.directory, "/z");
    EXPECT_FALSE(f.quiet);
    EXPECT_EQ(f.seed, false);
    EXPECT_EQ(f.verbose, 1);
    EXPECT_THAT(f.peers, ElementsAre(HostPort{"c", 3}, HostPort{"d", 4}));
}

TEST(Defaults, WhatTheCommandLineDoesNotSayStays) {
    Fixture f;
    EXPECT_EQ(f.apply("dir=/x\npeer=a:1\nseed=true\n"), "");
    ASSERT_FALSE(f.parser.parse(std::vector<std::string>{"-q"}));
    EXPECT_EQ(f.directory, "/x");
    EXPECT_EQ(f.seed, true);
    EXPECT_THAT(f.peers, ElementsAre(HostPort{"a", 1}));
}

TEST(Defaults, AFlagCanBeReversed) {
    Fixture f;
    EXPECT_EQ(f.apply("loud=false\n"), "");
    EXPECT_TRUE(f.quiet);
}

TEST(Defaults, NameFileAndLineOfAnError) {
    Fixture f;
    EXPECT_THAT(f.apply("# a\n\nmax-peer=7\n"),
                EndsWith("bt.conf:3: unknown option max-peer; did you mean max-peers?"));
    EXPECT_THAT(f.apply("max-peers=many\n"), HasSubstr("bt.conf:1: max-peers: \"many\" is not"));
    EXPECT_THAT(f.apply("quiet=perhaps\n"),
                EndsWith("bt.conf:1: quiet: \"perhaps\" is neither true nor false"));
}

TEST(Defaults, NameTheVariableOfAnError) {
    Fixture f;
    EXPECT_THAT(f.apply("", {"BT_MAX_PEERS=many"}),
                HasSubstr("BT_MAX_PEERS in the environment: max-peers: \"many\" is not"));
    EXPECT_EQ(f.apply("", {"BT_MAX_PERS=7"}),
              "unknown variable BT_MAX_PERS in the environment; did you mean BT_MAX_PEERS?");
}

TEST(Defaults, OfOthersArePassedOver) {
    Fixture f;
    EXPECT_EQ(f.apply("elsewhere=1\n", {"BT_ELSEWHERE=1", "BT_BINARY=/bin/bt", "BTX=1", "BT_=1"}),
              "");
}

TEST(Defaults, WhatHooksAreToldIsNoOptionInAHook) {
    Fixture f;
    EXPECT_EQ(f.apply("", {"BT_DIR=/told", "BT_CODE=0", "BT_MAX_PEERS=7"}), "");
    EXPECT_EQ(f.directory, "");
    EXPECT_EQ(f.jobs, 7u);
    EXPECT_EQ(f.apply("", {"BT_DIR=/said"}), "");
    EXPECT_EQ(f.directory, "/said");
}

TEST(Defaults, CanBeLimitedToWhatACommandTakes) {
    Fixture f;
    EXPECT_EQ(f.apply("dir=/x\nquiet=true\n", {"BT_PEER=a:1"}, {"quiet"}), "");
    EXPECT_EQ(f.directory, "");
    EXPECT_TRUE(f.quiet);
    EXPECT_TRUE(f.peers.empty());
}

std::string path_of(std::vector<std::string> words, const Environment& environment) {
    return find_settings(words, environment).path;
}

TEST(SettingsFile, IsWhereTheSpecificationPutsIt) {
    EXPECT_EQ(path_of({}, {"HOME=/h"}), "/h/.config/bt/bt.conf");
    EXPECT_EQ(path_of({}, {"HOME=/h", "XDG_CONFIG_HOME=/x"}), "/x/bt/bt.conf");
    EXPECT_EQ(path_of({}, {"HOME=/h", "XDG_CONFIG_HOME=relative"}), "/h/.config/bt/bt.conf");
    EXPECT_EQ(path_of({}, {}), "");
}

TEST(SettingsFile, IsWhereTheUserSays) {
    EXPECT_EQ(path_of({"a", "--conf-path", "c"}, {"HOME=/h"}), "c");
    EXPECT_EQ(path_of({"--conf-path=c"}, {"HOME=/h"}), "c");
    EXPECT_EQ(path_of({"--no-conf"}, {"HOME=/h"}), "");
    EXPECT_EQ(path_of({"--", "--no-conf"}, {"HOME=/h"}), "/h/.config/bt/bt.conf");
}

TEST(SettingsFile, HasToBeThereIfItWasNamed) {
    Fixture f;
    const auto none = [](const std::string&) { return false; };
    EXPECT_FALSE(apply_defaults(f.parser, {"/nonexistent/bt.conf", false}, {}, {{}, none}));
    EXPECT_TRUE(apply_defaults(f.parser, {"/nonexistent/bt.conf", true}, {}, {{}, none}));
}

}  // namespace
}  // namespace bt::cli
