// Indices and identifiers as types that do not mix.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>

#include "bt/core/bytes.hpp"

namespace bt {

/// A position in a table of one kind of thing.
template <class Tag>
class Index {
public:
    constexpr Index() = default;
    explicit constexpr Index(std::uint32_t value) : value_(value) {}

    [[nodiscard]] constexpr std::uint32_t value() const { return value_; }
    constexpr Index& operator++() {
        ++value_;
        return *this;
    }
    friend constexpr auto operator<=>(Index, Index) = default;

private:
    std::uint32_t value_ = 0;
};

using PieceIndex = Index<struct PieceTag>;
using FileIndex = Index<struct FileTag>;
using TorrentId = Index<struct TorrentTag>;

/// Names a peer connection. A key whose generation has passed names nobody: using it is normal and
/// has no effect.
struct PeerKey {
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;
    friend constexpr auto operator<=>(const PeerKey&, const PeerKey&) = default;
};

/// A part of a piece as peers ask for it (BEP 3). Never longer than kBlockSize when it is ours.
struct BlockRequest {
    PieceIndex piece;
    std::uint32_t begin = 0;   // bytes from the start of the piece
    std::uint32_t length = 0;  // bytes
    friend constexpr auto operator<=>(const BlockRequest&, const BlockRequest&) = default;
};

/// BEP 3: the size that all clients ask for and that most refuse to exceed.
inline constexpr std::uint32_t kBlockSize = 16 * 1024;

using Sha1Digest = std::array<std::byte, 20>;
using Sha256Digest = std::array<std::byte, 32>;

/// SHA-1 of the bencoded info dictionary (BEP 3).
struct InfoHash {
    Sha1Digest bytes{};
    friend auto operator<=>(const InfoHash&, const InfoHash&) = default;
};

struct PeerId {
    std::array<std::byte, 20> bytes{};
    friend auto operator<=>(const PeerId&, const PeerId&) = default;
};

[[nodiscard]] inline std::string to_hex(Bytes bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const auto b : bytes) {
        out.push_back(digits[std::to_integer<unsigned>(b) >> 4]);
        out.push_back(digits[std::to_integer<unsigned>(b) & 15]);
    }
    return out;
}

[[nodiscard]] inline std::string to_hex(const InfoHash& hash) {
    return to_hex(Bytes(hash.bytes));
}

}  // namespace bt

template <>
struct std::hash<bt::InfoHash> {
    std::size_t operator()(const bt::InfoHash& key) const noexcept {
        std::size_t value;
        std::memcpy(&value, key.bytes.data(), sizeof value);  // already uniform
        return value;
    }
};

template <class Tag>
struct std::hash<bt::Index<Tag>> {
    std::size_t operator()(bt::Index<Tag> index) const noexcept { return index.value(); }
};
