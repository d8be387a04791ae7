#include "bt/net/random.hpp"

#include <gtest/gtest.h>

#include <set>

namespace bt::net {
namespace {

TEST(Unguessable, DoesNotRepeatItself) {
    std::set<std::uint32_t> seen;
    for (int i = 0; i < 100; ++i)
        seen.insert(unguessable());
    EXPECT_GT(seen.size(), 95u);  // two of a hundred are the same once in a million runs
}

}  // namespace
}  // namespace bt::net
