#include "cli/hook_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <map>
#include <utility>

#include "unit/cli/temporary_folder.hpp"

namespace bt::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

InfoHash hash() {
    InfoHash out;
    out.bytes.fill(std::byte{0xab});
    return out;
}

class HookDeskTest : public testing::Test, protected HookDesk::Host {
protected:
    [[nodiscard]] Outcome outcome(HookDesk::Row) const override {
        return {subject_, commands_, folder_.path(), torrent_, {}};
    }
    void close(HookDesk::Row row, ExitCode code, std::string message) override {
        closed_.emplace_back(row, std::pair(code, std::move(message)));
    }
    void run_until_idle() {
        io_.restart();
        net::asio::co_spawn(io_, desk_.join(), [this](std::exception_ptr) { io_.stop(); });
        io_.run();
    }
    using Closed = std::vector<std::pair<HookDesk::Row, std::pair<ExitCode, std::string>>>;

    test::TemporaryFolder folder_;
    Subject subject_{"a.torrent", hash(), "album", "/data/album", 3};
    HookCommands commands_;
    std::shared_ptr<const metainfo::Metainfo> torrent_;
    Closed closed_;
    net::asio::io_context io_{1};
    HookDesk desk_{io_, *this};
};

TEST_F(HookDeskTest, ClosesAtOnceWithoutAHook) {
    desk_.complete(0);
    desk_.end(0, ExitCode::ok, {});
    desk_.end(1, ExitCode::stalled, "stalled");
    EXPECT_EQ(closed_, (Closed{{0, {ExitCode::ok, ""}}, {1, {ExitCode::stalled, "stalled"}}}));
    EXPECT_TRUE(desk_.idle());
}

TEST_F(HookDeskTest, ClosesOnceTheHookHasEnded) {
    commands_.on_complete = "test \"$BT_CODE\" = 0";
    commands_.on_error = "test \"$BT_CODE\" = 43 && test \"$BT_ERROR\" = stalled";
    desk_.end(0, ExitCode::ok, {});
    desk_.end(1, ExitCode::stalled, "stalled");
    EXPECT_THAT(closed_, IsEmpty());
    EXPECT_FALSE(desk_.idle());
    run_until_idle();
    EXPECT_THAT(closed_,
                testing::UnorderedElementsAre(Pair(0u, Pair(ExitCode::ok, "")),
                                              Pair(1u, Pair(ExitCode::stalled, "stalled"))));
}

TEST_F(HookDeskTest, MakesTheCodeOfAFailedHook44) {
    commands_ = {"exit 3", "exit 4"};
    desk_.end(0, ExitCode::ok, {});
    run_until_idle();
    desk_.end(1, ExitCode::stalled, "stalled");
    run_until_idle();
    EXPECT_THAT(
        closed_,
        ElementsAre(
            Pair(0u, Pair(ExitCode::hook_failed, "--on-complete ended with status 3")),
            Pair(1u, Pair(ExitCode::hook_failed, "stalled; --on-error ended with status 4"))));
}

TEST_F(HookDeskTest, RunsOnCompleteOnceOfATorrentThatGoesOnSeeding) {
    commands_.on_complete = "echo once >> count; test $(wc -l < count) = 1";
    desk_.complete(0);
    run_until_idle();
    EXPECT_THAT(closed_, IsEmpty());
    desk_.end(0, ExitCode::ok, {});
    EXPECT_THAT(closed_, ElementsAre(Pair(0u, Pair(ExitCode::ok, ""))));
}

TEST_F(HookDeskTest, KeepsTheFaultOfAHookUntilTheEnd) {
    commands_.on_complete = "exit 9";
    desk_.complete(0);
    run_until_idle();
    desk_.end(0, ExitCode::ok, {});
    EXPECT_THAT(
        closed_,
        ElementsAre(Pair(0u, Pair(ExitCode::hook_failed, "--on-complete ended with status 9"))));
}

TEST_F(HookDeskTest, WaitsForTheHookOfATorrentThatEndsMeanwhile) {
    commands_.on_complete = "true";
    desk_.complete(0);
    desk_.end(0, ExitCode::ok, {});
    EXPECT_THAT(closed_, IsEmpty());
    run_until_idle();
    EXPECT_THAT(closed_, ElementsAre(Pair(0u, Pair(ExitCode::ok, ""))));
}

TEST_F(HookDeskTest, StartsNothingOnceStopped) {
    commands_ = {": > complete", ": > error"};
    desk_.stop();
    desk_.complete(0);
    desk_.end(0, ExitCode::ok, {});
    desk_.end(1, ExitCode::interrupted, "interrupted");
    EXPECT_THAT(
        closed_,
        ElementsAre(Pair(0u, Pair(ExitCode::hook_failed, "--on-complete was not run: interrupted")),
                    Pair(1u, Pair(ExitCode::interrupted, "interrupted"))));
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "complete"));
}

TEST_F(HookDeskTest, AbandonsWhatDoesNotEnd) {
    commands_.on_complete = "trap '' TERM; while :; do :; done";
    desk_.end(0, ExitCode::ok, {});
    desk_.abandon();
    EXPECT_THAT(closed_, ElementsAre(Pair(0u, Pair(ExitCode::hook_failed, HasSubstr("killed")))));
    EXPECT_TRUE(desk_.idle());
}

TEST_F(HookDeskTest, TellsAHookOfTheTorrentAndItsFiles) {
    auto torrent = std::make_shared<metainfo::Metainfo>();
    torrent->files = {
        {"album/a b", 1, 0, false}, {"album/p", 3, 1, true}, {"album/'c\"", 2, 4, false}};
    torrent_ = torrent;
    commands_.on_complete = "true";
    const auto hook = make_hook(outcome(0), ExitCode::ok, "");
    const auto folder = folder_.path().native();
    EXPECT_THAT(hook.environment,
                ElementsAre(Pair("BT_INFO_HASH", "abababababababababababababababababababab"),
                            Pair("BT_NAME", "album"), Pair("BT_DIR", folder),
                            Pair("BT_PATH", "/data/album"), Pair("BT_LENGTH", "3"),
                            Pair("BT_CODE", "0"), Pair("BT_ERROR", "")));
    EXPECT_THAT(hook.files, ElementsAre(folder + "/album/a b", folder + "/album/'c\""));
    auto partly = outcome(0);
    partly.wanted = {false, false, true};
    EXPECT_THAT(make_hook(partly, ExitCode::ok, "").files, ElementsAre(folder + "/album/'c\""));
}

TEST_F(HookDeskTest, TellsAHookOfASourceThatIsNoTorrent) {
    subject_ = {"no such.torrent"};
    const auto hook = make_hook(outcome(0), ExitCode::not_found, "not there");
    EXPECT_EQ(hook.option, "--on-error");
    EXPECT_THAT(hook.environment, testing::Contains(Pair("BT_INFO_HASH", "")));
    EXPECT_THAT(hook.environment, testing::Contains(Pair("BT_NAME", "no such.torrent")));
    EXPECT_THAT(hook.environment, testing::Contains(Pair("BT_CODE", "3")));
    EXPECT_THAT(hook.files, IsEmpty());
}

}  // namespace
}  // namespace bt::cli
