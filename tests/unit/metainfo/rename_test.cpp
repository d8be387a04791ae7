#include "bt/metainfo/rename.hpp"

#include <gtest/gtest.h>

#include <string>

#include "bt/metainfo/sanitize.hpp"

namespace bt::metainfo {
namespace {

std::shared_ptr<const Metainfo> album() {
    auto out = std::make_shared<Metainfo>();
    out->name = "album";
    out->files = {{"album/a", 1, 0}, {"album/b/album", 1, 1}, {"album/.pad/3", 3, 2, true}};
    return out;
}

std::shared_ptr<const Metainfo> film() {
    auto out = std::make_shared<Metainfo>();
    out->name = "film.mkv";
    out->files = {{"film.mkv", 1, 0}};
    out->single_file = true;
    return out;
}

TEST(Rename, ChangesTheTopFolder) {
    const auto other = renamed(album(), "music");
    ASSERT_TRUE(other);
    EXPECT_EQ((*other)->name, "music");
    EXPECT_EQ((*other)->files[0].path, "music/a");
    EXPECT_EQ((*other)->files[1].path, "music/b/album");
}

TEST(Rename, ChangesTheFile) {
    const auto other = renamed(film(), "x/y.mkv");
    ASSERT_TRUE(other);
    EXPECT_EQ((*other)->files[0].path, "x/y.mkv");
}

TEST(Rename, SanitisesNames) {
    const auto other = renamed(film(), "a\nb");
    ASSERT_TRUE(other);
    EXPECT_EQ((*other)->files[0].path, "a_b");
}

TEST(Rename, StaysBelowTheOutputFolder) {
    for (const auto* name :
         {"", "/", "/etc/x", "..", "../x", "a/../x", "a/..", ".", "a//b", "a/"}) {
        const auto other = renamed(film(), name);
        ASSERT_FALSE(other) << name;
        EXPECT_EQ(other.error().code, Errc::option) << name;
    }
}

TEST(Rename, RefusesALongPath) {
    const std::string part(200, 'a');
    std::string path = part;
    while (path.size() <= kMaxPathBytes)
        path += '/' + part;
    EXPECT_FALSE(renamed(film(), path));
}

}  // namespace
}  // namespace bt::metainfo
