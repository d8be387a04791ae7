// Addresses and short ways of dialing them, for the tests of PeerBook.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "bt/swarm/peer_book.hpp"

namespace bt::swarm::test {

inline constexpr TimePoint kStart = TimePoint(std::chrono::seconds(1000));

inline Endpoint peer(std::uint32_t n, std::uint16_t port = 6881) {
    return {IpAddress::v4({10, static_cast<std::uint8_t>(n >> 16),
                           static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)}),
            port};
}

inline void add(PeerBook& book, std::uint32_t count, PeerSource source = PeerSource::tracker) {
    for (std::uint32_t i = 0; i < count; ++i)
        book.add(peer(i), source, kStart);
}

inline std::vector<Endpoint> dial_all(PeerBook& book, TimePoint now) {
    std::vector<Endpoint> out;
    while (const auto endpoint = book.next_to_dial(now))
        out.push_back(*endpoint);
    return out;
}

/// Dials the only candidate and reports how it ended.
inline void try_once(PeerBook& book, CloseKind kind, TimePoint now) {
    const auto endpoint = book.next_to_dial(now);
    ASSERT_TRUE(endpoint);
    if (kind != CloseKind::refused && kind != CloseKind::failed && kind != CloseKind::startled) {
        book.on_connected(*endpoint, now);
    }
    book.on_closed(*endpoint, kind, now);
}

}  // namespace bt::swarm::test
