#include "bt/swarm/metadata_server.hpp"

#include <gtest/gtest.h>

namespace bt::swarm {
namespace {

using namespace std::chrono_literals;
using wire::MetadataType;

constexpr std::uint32_t kPiece = wire::kMetadataPieceSize;
constexpr TimePoint kStart = TimePoint(1000s);

ByteVector numbered(std::size_t size) {
    ByteVector out(size);
    for (std::size_t i = 0; i < size; ++i)
        out[i] = static_cast<std::byte>(i / kPiece);
    return out;
}

TEST(MetadataServer, GivesEveryPiece) {
    const auto info = numbered(2 * kPiece + 5);
    MetadataServer server(info);
    EXPECT_EQ(server.piece_count(), 3u);
    for (std::uint32_t piece = 0; piece < 3; ++piece) {
        const auto answer = server.on_request(piece, 0, kStart);
        EXPECT_EQ(answer.type, MetadataType::data);
        EXPECT_EQ(answer.piece, piece);
        EXPECT_EQ(answer.total_size, info.size());
        ASSERT_EQ(answer.payload.size(), piece < 2 ? kPiece : 5);
        EXPECT_EQ(answer.payload[0], static_cast<std::byte>(piece));
    }
}

TEST(MetadataServer, RejectsAPieceThatThereIsNot) {
    const auto info = numbered(2 * kPiece);
    MetadataServer server(info);
    for (const auto piece : {2u, 3u, 0x40000u, 0xffffffffu}) {
        const auto answer = server.on_request(piece, 0, kStart);
        EXPECT_EQ(answer.type, MetadataType::reject);
        EXPECT_EQ(answer.piece, piece);
        EXPECT_TRUE(answer.payload.empty());
        EXPECT_FALSE(answer.total_size);
    }
}

TEST(MetadataServer, RejectsAllWhileThereIsNothingToGive) {
    MetadataServer server({});
    EXPECT_EQ(server.piece_count(), 0u);
    EXPECT_EQ(server.on_request(0, 0, kStart).type, MetadataType::reject);
}

TEST(MetadataServer, RejectsWhatWouldQueueTooLong) {
    const auto info = numbered(1);
    MetadataServer server(info);
    EXPECT_EQ(server.on_request(0, MetadataServer::kMaxQueued - 1, kStart).type,
              MetadataType::data);
    EXPECT_EQ(server.on_request(0, MetadataServer::kMaxQueued, kStart).type, MetadataType::reject);
}

TEST(MetadataServer, GivesTheWholeTwiceAMinuteAndNoMore) {
    for (const auto pieces : {1u, 100u}) {
        const auto info = numbered(std::size_t{pieces} * kPiece);
        MetadataServer server(info);
        const auto given_at = [&](TimePoint now) {
            std::uint32_t given = 0;
            for (std::uint32_t i = 0; i < 1000; ++i) {
                const auto answer = server.on_request(i % pieces, 0, now);
                given += answer.type == MetadataType::data ? 1 : 0;
            }
            return given;
        };
        const auto budget = pieces == 1 ? MetadataServer::kLeastBudget : 2 * pieces;
        EXPECT_EQ(server.budget(), budget);
        EXPECT_EQ(given_at(kStart), budget);
        EXPECT_EQ(given_at(kStart + MetadataServer::kWindow - 1ns), 0u);
        EXPECT_EQ(given_at(kStart + MetadataServer::kWindow), budget);
    }
}

}  // namespace
}  // namespace bt::swarm
