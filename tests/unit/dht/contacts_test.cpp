#include "dht/contacts.hpp"

#include <gtest/gtest.h>

#include "unit/dht/samples.hpp"

namespace bt::dht {
namespace {

using test::id;
using test::local_node;

Endpoint numbered(std::size_t i) {
    return {IpAddress::v4({1, 2, 3, 4}), static_cast<std::uint16_t>(i + 1)};
}

TEST(Contacts, AreTakenInOrderEachOnce) {
    Contacts contacts;
    contacts.add(numbered(1), std::nullopt);
    contacts.add(numbered(2), id(2));
    contacts.add(numbered(1), id(1));
    EXPECT_EQ(contacts.size(), 2u);
    EXPECT_EQ(contacts.take()->endpoint, numbered(1));
    EXPECT_EQ(contacts.take()->id, id(2));
    EXPECT_FALSE(contacts.take());
}

TEST(Contacts, HoldTheNewest) {
    Contacts contacts;
    for (std::size_t i = 0; i <= Contacts::kMax; ++i)
        contacts.add(numbered(i), std::nullopt);
    EXPECT_EQ(contacts.size(), Contacts::kMax);
    EXPECT_EQ(contacts.take()->endpoint, numbered(1));
}

TEST(Contacts, AreTheBeginningOfALookup) {
    Contacts contacts;
    for (const int first : {0x10, 0x80, 0x20, 0x40}) {
        const auto node = local_node(first);
        contacts.add(node.endpoint, node.id);
    }
    contacts.add(numbered(1), std::nullopt);
    const auto nearest = contacts.closest(id(0x21), 2);
    ASSERT_EQ(nearest.size(), 2u);
    EXPECT_EQ(nearest[0].id, id(0x20));
    EXPECT_EQ(nearest[1].id, id(0x10));
    EXPECT_EQ(contacts.unnamed(8), std::vector{numbered(1)});
    contacts.remove(numbered(1));
    EXPECT_TRUE(contacts.unnamed(8).empty());
}

}  // namespace
}  // namespace bt::dht
