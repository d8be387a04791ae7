#include "bt/core/block.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace bt {
namespace {

TEST(BlockPool, CountsWhatIsInUse) {
    BlockPool pool;
    {
        const auto a = pool.acquire();
        const auto b = pool.acquire();
        EXPECT_NE(a.data(), b.data());
        EXPECT_EQ(pool.bytes_in_use(), 2 * std::size_t{kBlockSize});
    }
    EXPECT_EQ(pool.bytes_in_use(), 0u);
}

TEST(BlockPool, ReusesTheBufferGivenBackLast) {
    BlockPool pool;
    auto a = pool.acquire();
    auto b = pool.acquire();
    const auto* last = a.data();
    b.reset();
    a.reset();
    EXPECT_EQ(pool.acquire().data(), last);
}

TEST(BlockPool, GrowsOnlyWhenNothingIsFree) {
    BlockPool pool;
    std::vector<BlockBuffer> held;
    for (int i = 0; i < 100; ++i)
        held.push_back(pool.acquire());
    const auto reserved = pool.bytes_reserved();
    EXPECT_GE(reserved, 100 * std::size_t{kBlockSize});
    held.clear();
    for (int i = 0; i < 100; ++i)
        held.push_back(pool.acquire());
    EXPECT_EQ(pool.bytes_reserved(), reserved);
}

TEST(BlockBuffer, MovesItsBlock) {
    BlockPool pool;
    auto a = pool.acquire();
    auto* data = a.data();
    BlockBuffer b = std::move(a);
    EXPECT_EQ(b.data(), data);
    auto c = pool.acquire();
    c = std::move(b);
    EXPECT_EQ(c.data(), data);
    EXPECT_EQ(pool.bytes_in_use(), std::size_t{kBlockSize});
    c.reset();
    EXPECT_FALSE(c);
}

TEST(BlockBufferDeathTest, NoMoreThanABlockCanBeSeen) {
    BlockPool pool;
    const auto a = pool.acquire();
    EXPECT_EQ(a.bytes(kBlockSize).size(), std::size_t{kBlockSize});
    EXPECT_DEATH((void)a.bytes(kBlockSize + 1), "internal error");
}

TEST(BlockPoolDeathTest, OutlivesItsBuffers) {
    EXPECT_DEATH(
        {
            BlockBuffer buffer;
            BlockPool pool;
            buffer = pool.acquire();
        },
        "internal error");
}

}  // namespace
}  // namespace bt
