#include "cli/option_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/nearest.hpp"
#include "cli/options.hpp"
#include "cli/values.hpp"

namespace bt::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A parser with one option of each kind.
struct Fixture {
    std::vector<std::string> sources;
    std::string directory;
    bool quiet = false;
    int verbose = 0;
    PortRange ports;
    std::vector<HostPort> peers;
    OptionParser parser{"A test.", "test [options]"};

    Fixture() {
        parser.positionals("SOURCE", sources);
        parser.group("Options");
        parser.text("-d,--dir,-P,--output-dir", "DIR", directory, "a folder");
        parser.flag("-q,--quiet,!--loud", quiet, "less");
        parser.counter("-v,--verbose", verbose, "more");
        parser.value("--listen-port,--port", "P", ports, parse_ports, "ports");
        parser.list(
            "--peer", "HOST:PORT", peers,
            [](const std::string& text) { return parse_host_port(text); }, "a peer");
    }
    std::optional<ExitCode> parse(std::vector<std::string> words) { return parser.parse(words); }
};

/// What `run` writes to standard error.
std::string errors_of(auto run) {
    testing::internal::CaptureStderr();
    run();
    return testing::internal::GetCapturedStderr();
}

TEST(OptionParser, TakesOptionsAnywhere) {
    Fixture f;
    ASSERT_FALSE(f.parse({"a.torrent", "-d", "x", "b.torrent", "-q"}));
    EXPECT_THAT(f.sources, ElementsAre("a.torrent", "b.torrent"));
    EXPECT_EQ(f.directory, "x");
    EXPECT_TRUE(f.quiet);
}

TEST(OptionParser, TakesEveryName) {
    for (const char* name : {"-d", "-P", "--dir", "--output-dir"}) {
        Fixture f;
        ASSERT_FALSE(f.parse({name, "x"})) << name;
        EXPECT_EQ(f.directory, "x");
    }
}

TEST(OptionParser, TakesAValueBehindAnEqualsSign) {
    Fixture f;
    ASSERT_FALSE(f.parse({"--port=7000-7010"}));
    EXPECT_EQ(f.ports, (PortRange{7000, 7010}));
}

TEST(OptionParser, TakesNothingBehindAnEqualsSignForAnEmptyValue) {
    for (const char* word : {"--dir=", "--listen-port=", "--peer=", "--conf-path="}) {
        Fixture f;
        std::optional<ExitCode> code;
        const auto errors = errors_of([&] { code = f.parse({word, "a.torrent"}); });
        EXPECT_EQ(code, ExitCode::option) << word;
        const auto name = std::string(word).substr(0, std::string(word).size() - 1);
        EXPECT_THAT(errors, HasSubstr(name + ": ")) << word;
        EXPECT_THAT(errors, testing::Not(HasSubstr("a.torrent"))) << word;
    }
}

TEST(OptionParser, TakesNoEmptyValueForAFlag) {
    Fixture f;
    std::optional<ExitCode> code;
    const auto errors = errors_of([&] { code = f.parse({"--quiet=", "a.torrent"}); });
    EXPECT_EQ(code, ExitCode::option);
    EXPECT_THAT(errors, HasSubstr("--quiet: "));
}

TEST(OptionParser, LeavesAValueThatLooksLikeAnOpenOptionAlone) {
    Fixture f;
    ASSERT_FALSE(f.parse({"--dir", "--port=", "--", "--dir="}));
    EXPECT_EQ(f.directory, "--port=");
    EXPECT_THAT(f.sources, ElementsAre("--dir="));
}

TEST(OptionParser, LetsTheLastValueCount) {
    Fixture f;
    ASSERT_FALSE(f.parse({"-d", "x", "--dir", "y", "--port", "1", "--port", "2"}));
    EXPECT_EQ(f.directory, "y");
    EXPECT_EQ(f.ports.first, 2);
}

TEST(OptionParser, GathersLists) {
    Fixture f;
    ASSERT_FALSE(f.parse({"--peer", "a:1", "source", "--peer=b:2"}));
    EXPECT_THAT(f.peers, ElementsAre(HostPort{"a", 1}, HostPort{"b", 2}));
    EXPECT_THAT(f.sources, ElementsAre("source"));
}

TEST(OptionParser, TakesAFlagTwice) {
    Fixture f;
    ASSERT_FALSE(f.parse({"-q", "--quiet"}));
    EXPECT_TRUE(f.quiet);
}

TEST(OptionParser, TakesTheValueOfAFlag) {
    Fixture f;
    ASSERT_FALSE(f.parse({"--loud=false"}));
    EXPECT_TRUE(f.quiet);
}

TEST(OptionParser, CountsRepeatedFlags) {
    Fixture f;
    ASSERT_FALSE(f.parse({"-vv", "--verbose"}));
    EXPECT_EQ(f.verbose, 3);
}

TEST(OptionParser, TakesADashAndWhatFollowsTwoDashesAsSources) {
    Fixture f;
    ASSERT_FALSE(f.parse({"-", "--", "-q"}));
    EXPECT_THAT(f.sources, ElementsAre("-", "-q"));
    EXPECT_FALSE(f.quiet);
}

TEST(OptionParser, RefusesABadValueByTheNameOfItsOption) {
    Fixture f;
    const auto text = errors_of([&] { EXPECT_EQ(f.parse({"--port", "x"}), ExitCode::option); });
    EXPECT_EQ(text, "bt: --listen-port: \"x\" is not a port or a range such as 6881-6889\n");
}

TEST(OptionParser, RefusesABadValueOfAList) {
    Fixture f;
    const auto text = errors_of([&] { EXPECT_EQ(f.parse({"--peer", "x"}), ExitCode::option); });
    EXPECT_THAT(text, HasSubstr("--peer: \"x\" is not HOST:PORT"));
}

TEST(OptionParser, RefusesAMissingValue) {
    Fixture f;
    const auto text = errors_of([&] { EXPECT_EQ(f.parse({"--peer"}), ExitCode::option); });
    EXPECT_THAT(text, HasSubstr("--peer"));
}

TEST(OptionParser, RefusesAnEmptyValue) {
    Fixture f;
    const auto text = errors_of([&] { EXPECT_EQ(f.parse({"--dir="}), ExitCode::option); });
    EXPECT_THAT(text, HasSubstr("--dir"));
}

TEST(OptionParser, GuessesWhichOptionWasMeant) {
    Fixture f;
    const auto text = errors_of([&] { EXPECT_EQ(f.parse({"--listen-prot=1"}), ExitCode::option); });
    EXPECT_THAT(text, HasSubstr("unknown option --listen-prot; did you mean --listen-port?"));
}

TEST(OptionParser, GuessesNothingFarFetched) {
    Fixture f;
    const auto text = errors_of([&] { EXPECT_EQ(f.parse({"--zzzzzzzzz"}), ExitCode::option); });
    EXPECT_THAT(text, HasSubstr("unknown option --zzzzzzzzz; see --help"));
}

TEST(OptionParser, SaysAnErrorInOneLine) {
    Fixture f;
    const auto text = errors_of([&] {
        EXPECT_EQ(f.parse({"--port", "a\nb\x1b"}), ExitCode::option);
    });
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(OptionParser, HelpNamesTheFirstNames) {
    Fixture f;
    EXPECT_THAT(f.parser.help(), HasSubstr("  -d, --dir DIR"));
    EXPECT_THAT(f.parser.help(), HasSubstr("      --listen-port P"));
}

TEST(Nearest, FindsTheNearestName) {
    const std::vector<std::string> names{"--dir", "--quiet", "--verbose"};
    EXPECT_EQ(nearest("--quite", names), "--quiet");
    EXPECT_EQ(nearest("--verb", names), "--verbose");
    EXPECT_EQ(nearest("--something-else", names), "");
    const std::vector<std::string> long_ones{"--lowest-speed-limit", "--sync"};
    EXPECT_EQ(nearest("--speed-limit", long_ones), "--lowest-speed-limit");
    EXPECT_EQ(nearest(std::string(10'000, '-'), names), "");
}

TEST(Options, ATypedPortIsRequired) {
    NetworkOptions options;
    EXPECT_FALSE(session_settings(options).listen_required);
    options.ports = PortRange{7000, 7001};
    EXPECT_TRUE(session_settings(options).listen_required);
    EXPECT_EQ(session_settings(options).listen_last, 7001);
}

TEST(OptionParser, ABracketedNameIsOneName) {
    std::vector<std::string> names;
    OptionParser parser("", "");
    parser.positionals("SOURCE", names);
    const std::vector<std::string> words{"[a,b]", "[Group]", "c"};
    EXPECT_EQ(parser.parse(words), std::nullopt);
    EXPECT_EQ(names, words);
}

}  // namespace
}  // namespace bt::cli
