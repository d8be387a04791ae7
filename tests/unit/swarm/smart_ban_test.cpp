#include "swarm/smart_ban.hpp"

#include <gtest/gtest.h>

#include <string>

namespace bt::swarm {
namespace {

/// A digest a letter.
std::vector<Sha1Digest> digests(const std::string& letters) {
    std::vector<Sha1Digest> out;
    for (const auto letter : letters) {
        Sha1Digest digest{};
        digest[0] = static_cast<std::byte>(letter);
        out.push_back(digest);
    }
    return out;
}

using Senders = std::vector<SenderId>;
constexpr PieceIndex kPiece(3);

TEST(SmartBan, ConvictsTheOnlySenderAtOnce) {
    SmartBan ban;
    EXPECT_EQ(ban.on_failed(kPiece, digests("abc"), Senders{7, 7, 7}), Senders{7});
    EXPECT_FALSE(ban.suspect(kPiece));
}

TEST(SmartBan, ConvictsNobodyOnSuspicion) {
    SmartBan ban;
    EXPECT_EQ(ban.on_failed(kPiece, digests("abc"), Senders{7, 8, 7}), Senders{});
    EXPECT_TRUE(ban.suspect(kPiece));
    EXPECT_TRUE(ban.involved(kPiece, 8));
    EXPECT_FALSE(ban.involved(kPiece, 9));
}

TEST(SmartBan, ConvictsWhoeverSentAnotherBlockThanTheGoodOne) {
    SmartBan ban;
    static_cast<void>(ban.on_failed(kPiece, digests("aXcY"), Senders{7, 8, 9, 8}));
    EXPECT_EQ(ban.on_verified(kPiece, digests("abcd")), Senders{8});
    EXPECT_FALSE(ban.suspect(kPiece));
}

TEST(SmartBan, ConvictsTheLiarsOfEveryAttempt) {
    SmartBan ban;
    static_cast<void>(ban.on_failed(kPiece, digests("Xb"), Senders{7, 8}));
    static_cast<void>(ban.on_failed(kPiece, digests("aY"), Senders{10, 9}));
    EXPECT_EQ(ban.failures(kPiece), 2u);
    EXPECT_EQ(ban.on_verified(kPiece, digests("ab")), (Senders{7, 9}));
}

TEST(SmartBan, ConvictsASenderThatContradictsItself) {
    SmartBan ban;
    static_cast<void>(ban.on_failed(kPiece, digests("Xb"), Senders{7, 8}));
    EXPECT_EQ(ban.on_failed(kPiece, digests("Yb"), Senders{7, 8}), Senders{7});
}

TEST(SmartBan, WithoutDigestsConvictsOnlyTheOnlySender) {
    SmartBan ban;
    EXPECT_EQ(ban.on_failed(kPiece, {}, Senders{7, 8}), Senders{});
    EXPECT_EQ(ban.on_verified(kPiece, digests("ab")), Senders{});
    EXPECT_EQ(ban.on_failed(kPiece, {}, Senders{7, 7}), Senders{7});
}

TEST(SmartBan, KeepsABoundedNumberOfPieces) {
    SmartBan ban;
    for (std::uint32_t i = 0; i <= SmartBan::kMaxSuspectPieces; ++i)
        static_cast<void>(ban.on_failed(PieceIndex(i), digests("ab"), Senders{7, 8}));
    EXPECT_FALSE(ban.suspect(PieceIndex(0)));
    EXPECT_TRUE(ban.suspect(PieceIndex(1)));
    EXPECT_TRUE(ban.suspect(PieceIndex(SmartBan::kMaxSuspectPieces)));
}

TEST(SmartBan, KeepsABoundedNumberOfAttempts) {
    SmartBan ban;
    for (SenderId i = 0; i <= SmartBan::kMaxAttempts; ++i)
        static_cast<void>(ban.on_failed(kPiece, digests("Xb"), Senders{100 + i, 8}));
    const auto liars = ban.on_verified(kPiece, digests("ab"));
    EXPECT_EQ(liars.size(), SmartBan::kMaxAttempts);
    EXPECT_EQ(liars.front(), 101u);
}

TEST(SmartBan, KeepsABoundedNumberOfBlocks) {
    SmartBan ban;
    const std::size_t half = SmartBan::kMaxBlocks / 2 + 1;
    Senders senders(half, 7);
    senders[0] = 8;
    const std::vector<Sha1Digest> blocks(half);
    static_cast<void>(ban.on_failed(PieceIndex(1), blocks, senders));
    static_cast<void>(ban.on_failed(PieceIndex(2), blocks, senders));
    EXPECT_FALSE(ban.suspect(PieceIndex(1)));
    EXPECT_TRUE(ban.suspect(PieceIndex(2)));
}

}  // namespace
}  // namespace bt::swarm
