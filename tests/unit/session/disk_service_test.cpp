#include "session/disk_service.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "bt/crypto/sha1.hpp"

namespace bt::session {
namespace {

namespace fs = std::filesystem;

/// A service that works at once, and brings results home when the io context runs.
class DiskServiceTest : public testing::Test {
protected:
    DiskServiceTest() {
        std::string pattern = (fs::temp_directory_path() / "bt-disk-service-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        auto metainfo = std::make_shared<metainfo::Metainfo>();
        metainfo->name = "t";
        metainfo->files.push_back({"t", kBlockSize, 0, false});
        metainfo->layout = metainfo::PieceLayout(kBlockSize, kBlockSize);
        const ByteVector zeros(kBlockSize);
        metainfo->piece_hashes.push_back(crypto::sha1(zeros));
        storage_ = *disk::Storage::open(metainfo, folder_, disk::Access::read_write);
    }
    ~DiskServiceTest() override { fs::remove_all(folder_); }

    void submit_piece() { submit_piece(service_); }
    void submit_piece(DiskService& service) {
        disk::PieceJob job;
        job.storage = storage_;
        job.length = kBlockSize;
        job.last = true;
        job.blocks.push_back(blocks_.acquire());
        std::fill_n(job.blocks[0].data(), kBlockSize, std::byte{0});
        service.submit(std::move(job));
    }

    static constexpr std::size_t kLimit = 3 * kBlockSize;  // receiving goes on up to a third more

    net::asio::io_context io_{1};
    BlockPool blocks_;
    Counters counters_;
    fs::path folder_;
    std::shared_ptr<disk::Storage> storage_;
    DiskService service_{io_, 0, blocks_, counters_, kLimit, [](disk::Job&) {}, [] {}};
};

TEST_F(DiskServiceTest, ReceivingStopsWhileBlocksFillTheMemoryAndTheDiskIsAtWork) {
    submit_piece();
    EXPECT_FALSE(service_.receiving_blocked()) << "little is held";
    std::vector<BlockBuffer> gathered;
    for (int i = 0; i < 4; ++i)
        gathered.push_back(blocks_.acquire());
    EXPECT_TRUE(service_.receiving_blocked());
    io_.poll();
    EXPECT_FALSE(service_.receiving_blocked()) << "only peers can complete what is held now";
}

TEST_F(DiskServiceTest, WhatComesBackAfterItsEndIsBroughtToNobody) {
    bool delivered = false;
    {
        DiskService brief(
            io_, 0, blocks_, counters_, kLimit, [&](disk::Job&) { delivered = true; }, [] {});
        submit_piece(brief);
    }
    EXPECT_EQ(io_.poll(), 1u) << "what was posted is still there";
    EXPECT_FALSE(delivered);
}

}  // namespace
}  // namespace bt::session
