// Bitfield: which pieces somebody has. Bit 0 is piece 0; on the wire, the high bit of the first
// byte (BEP 3).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "bt/core/assert.hpp"
#include "bt/core/bytes.hpp"
#include "bt/core/ids.hpp"

namespace bt {

class Bitfield {
public:
    Bitfield() = default;
    explicit Bitfield(std::uint32_t size, bool value = false)
        : size_(size), words_((std::size_t{size} + 63) / 64, value ? ~std::uint64_t{0} : 0) {
        if (value) trim();
    }

    [[nodiscard]] std::uint32_t size() const { return size_; }

    [[nodiscard]] bool get(PieceIndex index) const {
        BT_ASSERT(index.value() < size_);
        return (words_[index.value() / 64] >> (index.value() % 64)) & 1;
    }
    void set(PieceIndex index) {
        BT_ASSERT(index.value() < size_);
        words_[index.value() / 64] |= std::uint64_t{1} << (index.value() % 64);
    }
    void clear(PieceIndex index) {
        BT_ASSERT(index.value() < size_);
        words_[index.value() / 64] &= ~(std::uint64_t{1} << (index.value() % 64));
    }

    [[nodiscard]] std::uint32_t count() const {
        std::uint32_t n = 0;
        for (const auto w : words_)
            n += static_cast<std::uint32_t>(std::popcount(w));
        return n;
    }
    [[nodiscard]] bool all() const { return count() == size_; }
    [[nodiscard]] bool none() const {
        for (const auto w : words_) {
            if (w != 0) return false;
        }
        return true;
    }

    /// 64 pieces a word, piece 64*i+k at bit k; bits past size() are zero.
    [[nodiscard]] const std::vector<std::uint64_t>& words() const { return words_; }

    /// BEP 3: ceil(size/8) bytes, spare bits zero. Anything else is refused.
    [[nodiscard]] static std::optional<Bitfield> from_wire(Bytes bytes, std::uint32_t size) {
        if (bytes.size() != (std::size_t{size} + 7) / 8) return std::nullopt;
        Bitfield out(size);
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            const auto reversed = reverse(std::to_integer<std::uint8_t>(bytes[i]));
            out.words_[i / 8] |= std::uint64_t{reversed} << (8 * (i % 8));
        }
        const auto before = out.words_.empty() ? 0 : out.words_.back();
        out.trim();
        if (!out.words_.empty() && out.words_.back() != before) return std::nullopt;
        return out;
    }

    [[nodiscard]] ByteVector to_wire() const {
        ByteVector out((std::size_t{size_} + 7) / 8);
        for (std::size_t i = 0; i < out.size(); ++i) {
            out[i] = std::byte{reverse(static_cast<std::uint8_t>(words_[i / 8] >> (8 * (i % 8))))};
        }
        return out;
    }

    friend bool operator==(const Bitfield&, const Bitfield&) = default;

private:
    static constexpr std::uint8_t reverse(std::uint8_t b) {
        b = static_cast<std::uint8_t>((b >> 4) | (b << 4));
        b = static_cast<std::uint8_t>(((b & 0xcc) >> 2) | ((b & 0x33) << 2));
        return static_cast<std::uint8_t>(((b & 0xaa) >> 1) | ((b & 0x55) << 1));
    }
    void trim() {
        if (size_ % 64 != 0) words_.back() &= (std::uint64_t{1} << (size_ % 64)) - 1;
    }

    std::uint32_t size_ = 0;
    std::vector<std::uint64_t> words_;
};

}  // namespace bt
