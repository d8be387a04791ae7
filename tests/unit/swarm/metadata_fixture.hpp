// A fetch of metadata whose peers do what the test says.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "bt/crypto/sha1.hpp"
#include "bt/swarm/metadata_fetch.hpp"
#include "bt/wire/metadata.hpp"

namespace bt::swarm::test {

using namespace std::chrono_literals;

inline constexpr std::uint32_t kPiece = wire::kMetadataPieceSize;
inline constexpr TimePoint kStart = TimePoint(1000s);

inline ByteVector bytes(std::size_t size) {
    ByteVector out(size);
    for (std::size_t i = 0; i < size; ++i)
        out[i] = static_cast<std::byte>(i * 131 >> 7);
    return out;
}

inline ConnectionId id(std::uint32_t n) {
    return ConnectionId(n);
}

/// A fetch of `size` bytes, whose peers do what the test says.
class Metadata {
public:
    explicit Metadata(std::uint32_t size)
        : content_(bytes(size)), fetch_({crypto::sha1(content_)}) {}

    void join(std::uint32_t peer) { join(peer, content_.size()); }
    void join(std::uint32_t peer, std::uint64_t size) {
        fetch_.on_peer(id(peer), address(peer), size, now);
    }
    /// Pieces asked of this peer since the last call; what others were asked is kept for theirs.
    std::vector<std::uint32_t> asked(std::uint32_t peer) {
        for (const auto& request : fetch_.take_requests())
            requests_.push_back(request);
        std::vector<std::uint32_t> out;
        std::erase_if(requests_, [&](const auto& request) {
            if (request.peer == id(peer)) out.push_back(request.piece);
            return request.peer == id(peer);
        });
        return out;
    }
    void send(std::uint32_t peer, std::uint32_t piece, bool good = true) {
        const auto begin = std::size_t{piece} * kPiece;
        ByteVector part(content_.begin() + static_cast<std::ptrdiff_t>(begin),
                        content_.begin() +
                            static_cast<std::ptrdiff_t>(std::min(begin + kPiece, content_.size())));
        if (!good) part[0] ^= std::byte{0xff};
        fetch_.on_data(id(peer), piece, content_.size(), part, now);
    }
    /// Until it is asked no more; with pieces that are wrong from `first_bad` on.
    void send_all(std::uint32_t peer, std::uint32_t first_bad = 0xffffffff) {
        for (auto pieces = asked(peer); !pieces.empty(); pieces = asked(peer)) {
            for (const auto piece : pieces)
                send(peer, piece, piece < first_bad);
        }
    }
    void pass(Duration time) {
        now += time;
        fetch_.on_timeout(now);
    }
    /// As "3:liar".
    std::vector<std::string> verdicts() {
        std::vector<std::string> out;
        for (const auto& one : fetch_.take_verdicts()) {
            EXPECT_EQ(one.address, address(one.peer.value()));
            out.push_back(std::to_string(one.peer.value()) +
                          (one.kind == MetadataVerdict::Kind::liar ? ":liar" : ":broken"));
        }
        return out;
    }
    static IpAddress address(std::uint32_t n) {
        return IpAddress::v4({192, 0, 2, static_cast<std::uint8_t>(n)});
    }
    MetadataFetch& fetch() { return fetch_; }
    const ByteVector& content() const { return content_; }

    TimePoint now = kStart;

private:
    ByteVector content_;
    MetadataFetch fetch_;
    std::vector<MetadataRequest> requests_;
};

using Pieces = std::vector<std::uint32_t>;
using Verdicts = std::vector<std::string>;

}  // namespace bt::swarm::test
