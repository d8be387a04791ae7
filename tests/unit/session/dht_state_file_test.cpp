#include "session/dht_state_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bt/dht/dht.hpp"
#include "unit/session/session_fixture.hpp"

namespace bt::session {
namespace {

using dht::NodeInfo;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
namespace fs = std::filesystem;

NodeInfo node(unsigned n) {
    NodeInfo out;
    out.id.bytes.fill(static_cast<std::byte>(n));
    out.endpoint = {
        IpAddress::v4({192, 0, static_cast<std::uint8_t>(n / 256), static_cast<std::uint8_t>(n)}),
        6881};
    return out;
}

std::vector<NodeInfo> nodes(unsigned first, std::size_t count) {
    std::vector<NodeInfo> out;
    for (std::size_t i = 0; i < count; ++i)
        out.push_back(node(first + static_cast<unsigned>(i)));
    return out;
}

class DhtStateFileTest : public ::testing::Test {
protected:
    std::vector<NodeInfo> read() {
        const auto saved = DhtStateFile(path).read();
        return saved ? saved->nodes : std::vector<NodeInfo>{};
    }
    void keep(const std::vector<NodeInfo>& good) { DhtStateFile(path).write(own, good); }

    const test::TempDir folder;
    const fs::path path = folder.path() / "bt" / "dht";
    const dht::NodeId own = node(200).id;
};

TEST_F(DhtStateFileTest, KeepsOurIdAndNodes) {
    keep(nodes(1, 3));
    const auto saved = DhtStateFile(path).read();
    ASSERT_TRUE(saved);
    EXPECT_EQ(saved->own, own);
    EXPECT_THAT(saved->nodes, ElementsAreArray(nodes(1, 3)));
}

TEST_F(DhtStateFileTest, IsNothingWithoutAPathOrAFile) {
    DhtStateFile none({});
    none.write(own, nodes(1, 3));
    EXPECT_FALSE(none.read());
    EXPECT_FALSE(DhtStateFile(path).read());
    EXPECT_FALSE(fs::exists(path));
}

TEST_F(DhtStateFileTest, IsAsNoneWhenItIsCutShortAnywhere) {
    keep(nodes(1, 3));
    const auto size = fs::file_size(path);
    while (fs::file_size(path) > 0) {
        fs::resize_file(path, fs::file_size(path) - 1);
        EXPECT_FALSE(DhtStateFile(path).read()) << fs::file_size(path) << " of " << size;
    }
}

TEST_F(DhtStateFileTest, IsAsNoneWhenAnyOfItsBytesIsAnother) {
    keep(nodes(1, 3));
    std::ifstream in(path, std::ios::binary);
    const std::string good(std::istreambuf_iterator<char>(in), {});
    for (std::size_t i = 0; i < good.size(); ++i) {
        auto bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 1);
        std::ofstream(path, std::ios::binary) << bad;
        EXPECT_FALSE(DhtStateFile(path).read()) << i;
    }
}

TEST_F(DhtStateFileTest, IsAsNoneWhenItIsTooLong) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << std::string(dht::kMaxStateBytes + 1, 'd');
    EXPECT_FALSE(DhtStateFile(path).read());
}

TEST_F(DhtStateFileTest, StaysAsItIsAfterARunWithoutANode) {
    keep(nodes(1, 3));
    keep({});
    EXPECT_THAT(read(), ElementsAreArray(nodes(1, 3)));
}

TEST_F(DhtStateFileTest, KeepsEarlierNodesForWantOfNewOnes) {
    keep(nodes(1, 3));
    DhtStateFile file(path);
    ASSERT_TRUE(file.read());
    file.write(own, {node(3), node(9)});
    EXPECT_THAT(read(), ElementsAre(node(3), node(9), node(1), node(2)));
}

TEST_F(DhtStateFileTest, DropsEarlierNodesAfterARunThatHasSeenEnough) {
    keep(nodes(1, 3));
    DhtStateFile file(path);
    ASSERT_TRUE(file.read());
    file.write(own, nodes(10, DhtStateFile::kEnough - 1));
    EXPECT_EQ(read().size(), DhtStateFile::kEnough - 1 + 3);
    file.write(own, nodes(10, DhtStateFile::kEnough));
    EXPECT_THAT(read(), ElementsAreArray(nodes(10, DhtStateFile::kEnough)));
}

TEST_F(DhtStateFileTest, IsNotWrittenWhereAFolderHasItsName) {
    fs::create_directories(path);
    keep(nodes(1, 3));
    EXPECT_TRUE(fs::is_directory(path));
    EXPECT_FALSE(DhtStateFile(path).read());
}

}  // namespace
}  // namespace bt::session
