#include "cli/hook_runner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>

#include "bt/net/clock.hpp"
#include "unit/cli/temporary_folder.hpp"

namespace bt::cli {
namespace {

using testing::HasSubstr;

class HookRunnerTest : public testing::Test {
protected:
    Hook hook(std::string command) {
        return {"--on-complete", std::move(command), folder_.path(), {}, {}};
    }
    /// The verdicts of `hooks`, which run together.
    std::vector<Result<>> run(std::vector<Hook> hooks) {
        std::vector<Result<>> out(hooks.size(), fail(Errc::other, "not answered"));
        for (std::size_t i = 0; i < hooks.size(); ++i)
            runner_.run(std::move(hooks[i]), [&out, i](const Result<>& got) { out[i] = got; });
        run_until_idle();
        return out;
    }
    Result<> run(Hook one) { return run(std::vector{std::move(one)}).front(); }
    /// The context has work for as long as a hook runs, and for no longer once all have ended.
    void run_until_idle() {
        io_.restart();
        while (!runner_.idle() && io_.run_one() > 0) {
        }
        io_.poll();
    }
    [[nodiscard]] std::string content(const std::string& name) const {
        std::ifstream file(folder_.path() / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    test::TemporaryFolder folder_;
    net::asio::io_context io_{1};
    HookRunner runner_{io_};
};

TEST_F(HookRunnerTest, RunsTheCommandInItsFolder) {
    const auto verdict = run(hook("pwd > where"));
    ASSERT_TRUE(verdict) << verdict.error().message;
    EXPECT_EQ(content("where"), std::filesystem::canonical(folder_.path()).native() + "\n");
}

TEST_F(HookRunnerTest, RunsWhereWeAreWithoutAFolder) {
    auto one = hook("test -d .");
    one.directory = folder_.path() / "none";
    EXPECT_TRUE(run(one));
}

TEST_F(HookRunnerTest, HandsOverNamesAsTheyAre) {
    const std::string hostile = " a 'b\" $(touch pwned) \n`c`\\\xff*";
    auto one = hook("printf '%s' \"$BT_NAME\" > name; cat > files");
    one.environment = {{"BT_NAME", hostile}};
    one.files = {hostile, "second"};
    ASSERT_TRUE(run(one));
    EXPECT_EQ(content("name"), hostile);
    EXPECT_EQ(content("files"), hostile + std::string(1, '\0') + "second" + std::string(1, '\0'));
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "pwned"));
}

TEST_F(HookRunnerTest, OverridesAVariableOfTheSameName) {
    ::setenv("BT_TEST_VARIABLE", "outer", 1);
    auto one = hook("env | grep -c '^BT_TEST_VARIABLE=' > count; test $BT_TEST_VARIABLE = inner");
    one.environment = {{"BT_TEST_VARIABLE", "inner"}};
    EXPECT_TRUE(run(one));
    EXPECT_EQ(content("count"), "1\n");
    ::unsetenv("BT_TEST_VARIABLE");
}

TEST_F(HookRunnerTest, NeedNotReadItsInput) {
    auto one = hook("exec <&-");
    one.files.assign(20'000, std::string(200, 'x'));  // more than any pipe holds
    EXPECT_TRUE(run(one));
}

TEST_F(HookRunnerTest, HasNoDescriptorOfOurs) {
    const net::tcp::acceptor socket(io_, {net::asio::ip::address_v4::loopback(), 0});
    ASSERT_TRUE(run(hook("ls /proc/self/fd | wc -l > count")));
    // The three standard streams and that of ls.
    EXPECT_EQ(content("count"), "4\n");
}

TEST_F(HookRunnerTest, DiesOfABrokenPipeAsOthersDo) {
    const auto before = std::signal(SIGPIPE, SIG_IGN);
    const auto verdict = run(hook("kill -PIPE $$; :"));
    ASSERT_FALSE(verdict);
    EXPECT_THAT(verdict.error().message, HasSubstr("signal 13"));
    std::signal(SIGPIPE, before);
}

TEST_F(HookRunnerTest, TellsTheStatusOfAFailure) {
    const auto verdict = run(hook("exit 7"));
    ASSERT_FALSE(verdict);
    EXPECT_EQ(verdict.error().message, "--on-complete ended with status 7");
    EXPECT_EQ(run(hook("no-such-command-anywhere 2>&-")).error().message,
              "--on-complete ended with status 127");
}

TEST_F(HookRunnerTest, RunsSeveralAtOnceWithinItsBound) {
    // Each waits for all that may run beside it; one more than the bound would wait for ever.
    const auto most = std::to_string(HookRunner::kMostAtOnce);
    std::vector<Hook> hooks;
    for (std::size_t i = 0; i < HookRunner::kMostAtOnce; ++i) {
        hooks.push_back(
            hook(": > \"here.$$\"; until [ $(ls here.* | wc -l) -ge " + most + " ]; do :; done"));
    }
    hooks.push_back(hook("test $(ls here.* | wc -l) -eq " + most));
    for (const auto& verdict : run(hooks))
        EXPECT_TRUE(verdict) << verdict.error().message;
}

TEST_F(HookRunnerTest, StopEndsWhatRunsAndAnswersWhatWaits) {
    std::vector<std::string> answers;
    const auto note = [&](const Result<>& got) {
        answers.push_back(got ? "ok" : got.error().message);
    };
    for (std::size_t i = 0; i < HookRunner::kMostAtOnce; ++i)
        runner_.run(hook("while :; do :; done"), note);
    runner_.run(hook("true"), note);
    runner_.stop();
    runner_.run(hook("true"), note);
    run_until_idle();
    ASSERT_EQ(answers.size(), HookRunner::kMostAtOnce + 2);
    EXPECT_EQ(std::count(answers.begin(), answers.end(),
                         "--on-complete was ended by signal 15 (Terminated)"),
              static_cast<std::ptrdiff_t>(HookRunner::kMostAtOnce));
    EXPECT_EQ(std::count(answers.begin(), answers.end(), "--on-complete was not run: interrupted"),
              2);
}

TEST_F(HookRunnerTest, StopKillsWhatDoesNotListen) {
    std::optional<Result<>> answer;
    runner_.run(hook("trap '' TERM; : > ready; while :; do :; done"),
                [&](const Result<>& got) { answer = got; });
    while (!std::filesystem::exists(folder_.path() / "ready"))
        io_.poll();
    const auto began = net::now();
    runner_.stop();
    run_until_idle();
    ASSERT_TRUE(answer && answer->has_error());
    EXPECT_THAT(answer->error().message, HasSubstr("signal 9"));
    EXPECT_LT(net::now() - began, 2 * HookRunner::kGrace);
}

}  // namespace
}  // namespace bt::cli
