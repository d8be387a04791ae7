// Views of bytes, and integers in network byte order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bt {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;
using ByteVector = std::vector<std::byte>;

[[nodiscard]] inline Bytes as_bytes(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

[[nodiscard]] inline std::string_view as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Reads sizeof(T) bytes in network byte order. The caller has checked that they are there.
template <class T>
[[nodiscard]] constexpr T read_be(const std::byte* from) {
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        value = static_cast<T>((value << 8) | std::to_integer<T>(from[i]));
    }
    return value;
}

/// Writes sizeof(T) bytes in network byte order. The caller has checked that there is room.
template <class T>
constexpr void write_be(std::byte* to, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        to[i] = static_cast<std::byte>(value >> (8 * (sizeof(T) - 1 - i)));
    }
}

template <class T>
void append_be(ByteVector& to, T value) {
    const auto at = to.size();
    to.resize(at + sizeof(T));
    write_be(to.data() + at, value);
}

inline void append(ByteVector& to, Bytes bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}

inline void append(ByteVector& to, std::string_view text) {
    append(to, as_bytes(text));
}

}  // namespace bt
