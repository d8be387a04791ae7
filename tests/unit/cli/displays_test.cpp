#include "cli/displays.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace bt::cli {
namespace {

using namespace std::chrono_literals;

struct Counts {
    int updates = 0;
    int changes = 0;
    int ends = 0;
    int finishes = 0;
    int lines = 0;
};

class Counting final : public Display {
public:
    Counting(Counts& counts, Duration interval) : counts_(counts), interval_(interval) {}
    [[nodiscard]] Duration interval() const override { return interval_; }
    void update(std::span<const View>) override { ++counts_.updates; }
    void state_changed(const View&) override { ++counts_.changes; }
    void ended(const ResultRow&) override { ++counts_.ends; }
    void finish(std::span<const ResultRow>) override { ++counts_.finishes; }
    void say(Severity, std::string_view) override { ++counts_.lines; }
    void log(std::string_view) override { ++counts_.lines; }

private:
    Counts& counts_;
    Duration interval_;
};

struct Fixture {
    Counts fast;
    Counts slow;
    Counts never;
    Displays displays;
    Fixture() {
        displays.add(std::make_unique<Counting>(slow, 1s));
        displays.add(std::make_unique<Counting>(fast, 200ms));
        displays.add(std::make_unique<Counting>(never, 0s));
    }
};

TEST(Displays, UpdateEachAtItsOwnPace) {
    Fixture f;
    EXPECT_EQ(f.displays.interval(), 200ms);
    for (int i = 0; i < 50; ++i)
        f.displays.update({});
    EXPECT_EQ(f.fast.updates, 50);
    EXPECT_EQ(f.slow.updates, 10);
    EXPECT_EQ(f.never.updates, 0);
}

TEST(Displays, WithoutOneThatWantsUpdatesWantNone) {
    Displays displays;
    EXPECT_EQ(displays.interval(), Duration::zero());
}

TEST(Displays, TellAllOfEverythingElse) {
    Fixture f;
    f.displays.state_changed({});
    f.displays.ended({});
    f.displays.finish({});
    f.displays.say(Severity::info, "a");
    f.displays.log("b");
    for (const auto* counts : {&f.fast, &f.slow, &f.never}) {
        EXPECT_EQ(counts->changes + counts->ends + counts->finishes, 3);
        EXPECT_EQ(counts->lines, 2);
    }
}

}  // namespace
}  // namespace bt::cli
