#include "bt/bencode/writer.hpp"

#include <gtest/gtest.h>

#include <string>

#include "bt/bencode/document.hpp"

namespace bt::bencode {
namespace {

std::string text(Writer writer) {
    const auto bytes = std::move(writer).take();
    return std::string(as_text(bytes));
}

TEST(Writer, WritesIntegers) {
    EXPECT_EQ(text(Writer().integer(0)), "i0e");
    EXPECT_EQ(text(Writer().integer(-3)), "i-3e");
    EXPECT_EQ(text(Writer().integer(INT64_MIN)), "i-9223372036854775808e");
}

TEST(Writer, WritesStringsOfAnyBytes) {
    EXPECT_EQ(text(Writer().string("spam")), "4:spam");
    EXPECT_EQ(text(Writer().string("")), "0:");
    EXPECT_EQ(text(Writer().string(std::string_view("\0\xff", 2))), std::string("2:\0\xff", 4));
}

TEST(Writer, WritesNestedListsAndDictionaries) {
    Writer writer;
    writer.begin_dictionary().key("a").begin_list().integer(1).string("x").end();
    writer.key("b").begin_dictionary().end().key("c").raw(as_bytes("le")).end();
    EXPECT_EQ(text(std::move(writer)), "d1:ali1e1:xe1:bde1:clee");
}

TEST(Writer, IsReadBackByTheDocument) {
    Writer writer;
    writer.begin_dictionary().key("").integer(1).key("\xff").string("y").end();
    const auto bytes = std::move(writer).take();
    const auto document = Document::parse(bytes, kWireRules);
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root().find("").integer(), 1);
    EXPECT_EQ(document->root().find("\xff").string(), "y");
}

using WriterDeathTest = ::testing::Test;

TEST(WriterDeathTest, KeysMustAscend) {
    EXPECT_DEATH(Writer().begin_dictionary().key("b").integer(1).key("a"), "last_key < key");
    EXPECT_DEATH(Writer().begin_dictionary().key("a").integer(1).key("a"), "last_key < key");
}

TEST(WriterDeathTest, AKeyNeedsItsValue) {
    EXPECT_DEATH(Writer().begin_dictionary().key("a").end(), "has_key");
    EXPECT_DEATH(Writer().begin_dictionary().integer(1), "has_key");
}

TEST(WriterDeathTest, OnlyOneCompleteValueIsTaken) {
    EXPECT_DEATH(text(Writer().begin_list()), "open_");
    EXPECT_DEATH(text(Writer()), "out_");
    EXPECT_DEATH(Writer().integer(1).integer(2), "out_");
}

}  // namespace
}  // namespace bt::bencode
