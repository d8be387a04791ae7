#include "cli/stream.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <csignal>
#include <fstream>

#include "unit/cli/temporary_folder.hpp"

namespace bt::cli {
namespace {

/// A file of 3 MB between two others, on disk, and a pipe to write it to.
class StreamTo : public ::testing::Test {
protected:
    static constexpr std::uint64_t kBefore = 1000;
    static constexpr std::uint64_t kLength = 3'000'000;

    StreamTo() {
        std::signal(SIGPIPE, SIG_IGN);
        auto torrent = std::make_shared<metainfo::Metainfo>();
        torrent->files = {
            {"t/a", kBefore, 0}, {"t/b", kLength, kBefore}, {"t/c", 500, kBefore + kLength}};
        torrent->layout = metainfo::PieceLayout(1 << 15, kBefore + kLength + 500);
        content.resize(kLength);
        for (std::size_t i = 0; i < content.size(); ++i)
            content[i] = static_cast<char>(i * i >> 7);
        std::filesystem::create_directories(folder.path() / "t");
        std::ofstream(folder.path() / "t" / "b", std::ios::binary) << content;
        auto opened = disk::Storage::open(torrent, folder.path(), disk::Access::read_only);
        storage = *opened;
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    }
    ~StreamTo() override {
        close_end(0);
        close_end(1);
    }
    void close_end(std::size_t which) {
        if (ends[which] >= 0) ::close(ends[which]);
        ends[which] = -1;
    }
    std::unique_ptr<Stream> stream() {
        return std::make_unique<Stream>(
            io, ends[1], storage, FileIndex(1),
            [this](std::uint64_t end) {
                wanted = end;
                return verified;
            },
            [this] { ended = true; });
    }
    std::string take(std::size_t most) {
        std::string out(most, '\0');
        const auto n = ::read(ends[0], out.data(), most);
        out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
        return out;
    }
    void run_until_ended() {
        while (!ended)
            io.run_one();
    }

    const test::TemporaryFolder folder;
    net::asio::io_context io{1};
    // As a session does, keeps the context waiting for the thread.
    net::asio::executor_work_guard<net::asio::io_context::executor_type> busy{io.get_executor()};
    std::shared_ptr<disk::Storage> storage;
    std::string content;
    std::array<int, 2> ends{-1, -1};
    std::uint64_t verified = 0;
    std::uint64_t wanted = 0;
    bool ended = false;
};

TEST_F(StreamTo, WritesTheFileAsItIsVerified) {
    verified = kBefore + 70'000;
    const auto one = stream();
    std::string got;
    while (got.size() < 70'000)
        got += take(70'000 - got.size());
    EXPECT_EQ(got, content.substr(0, 70'000));
    EXPECT_EQ(one->state(), Stream::State::under_way);
    verified = kBefore + kLength + 500;
    std::thread reader([&] {
        while (got.size() < kLength)
            got += take(1 << 16);
    });
    run_until_ended();
    reader.join();
    EXPECT_EQ(one->state(), Stream::State::whole);
    EXPECT_EQ(one->written(), kLength);
    EXPECT_TRUE(got == content);
}

TEST_F(StreamTo, WantsNoMoreThanTheFile) {
    const auto one = stream();
    EXPECT_EQ(wanted, kBefore + kLength);
}

/// Nobody reads of a file that is larger than the window.
TEST(StreamWindow, IsAllThatIsWantedAheadOfTheReader) {
    for (const std::uint32_t piece_length : {1u << 20, 32u << 20}) {
        constexpr std::uint64_t kLarge = std::uint64_t{1} << 40;
        auto torrent = std::make_shared<metainfo::Metainfo>();
        torrent->files = {{"large", kLarge, 0}};
        torrent->layout = metainfo::PieceLayout(piece_length, kLarge);
        const test::TemporaryFolder folder;
        const auto storage = disk::Storage::open(torrent, folder.path(), disk::Access::read_only);
        std::array<int, 2> ends{-1, -1};
        ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        net::asio::io_context io{1};
        std::uint64_t wanted = 0;
        const auto verified = [&](std::uint64_t end) -> std::uint64_t {
            wanted = end;
            return 0;
        };
        {
            const Stream one(io, ends[1], *storage, FileIndex(0), verified, [] {});
            EXPECT_EQ(wanted, std::max(Stream::kWindow, Stream::kLeastPieces * piece_length));
        }
        ::close(ends[0]);
        ::close(ends[1]);
    }
}

TEST_F(StreamTo, TellsADescriptorThatTakesNoMore) {
    close_end(1);
    ends[1] = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    verified = kBefore + kLength;
    const auto one = stream();
    run_until_ended();
    EXPECT_EQ(one->state(), Stream::State::unwritable);
    EXPECT_EQ(one->error().code, Errc::io_failed);
}

TEST_F(StreamTo, SeesThatTheReaderHasGoneWhileItWaits) {
    const auto one = stream();
    close_end(0);
    run_until_ended();
    EXPECT_EQ(one->state(), Stream::State::closed);
}

TEST_F(StreamTo, SeesThatTheReaderHasGoneWhileItWrites) {
    verified = kBefore + kLength;
    const auto one = stream();
    EXPECT_FALSE(take(1000).empty());
    close_end(0);
    run_until_ended();
    EXPECT_EQ(one->state(), Stream::State::closed);
}

TEST_F(StreamTo, EndsAtOnceWhileNobodyReads) {
    verified = kBefore + kLength;
    auto one = stream();
    one.reset();
    EXPECT_FALSE(ended);
}

TEST_F(StreamTo, TellsWhatCannotBeRead) {
    std::filesystem::resize_file(folder.path() / "t" / "b", 10);
    verified = kBefore + kLength;
    const auto one = stream();
    run_until_ended();
    EXPECT_EQ(one->state(), Stream::State::failed);
    EXPECT_EQ(one->error().code, Errc::io_failed);
}

TEST_F(StreamTo, WritesToAFileToo) {
    close_end(1);
    const auto path = folder.path() / "copy";
    ends[1] = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    verified = kBefore + kLength;
    const auto one = stream();
    run_until_ended();
    std::ifstream in(path, std::ios::binary);
    EXPECT_TRUE(std::string(std::istreambuf_iterator<char>(in), {}) == content);
}

}  // namespace
}  // namespace bt::cli
