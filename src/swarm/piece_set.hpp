// PieceSet: the pieces of one peer. All and none take no memory, since most peers of a large swarm
// are seeds.
#pragma once

#include <cstdint>
#include <utility>

#include "bt/core/bitfield.hpp"

namespace bt::swarm {

class PieceSet {
public:
    explicit PieceSet(std::uint32_t size) : size_(size) {}

    [[nodiscard]] std::uint32_t size() const { return size_; }
    [[nodiscard]] std::uint32_t count() const { return count_; }
    [[nodiscard]] bool all() const { return count_ == size_; }
    [[nodiscard]] bool get(PieceIndex piece) const {
        return all() || (count_ > 0 && bits_.get(piece));
    }

    void set(PieceIndex piece) {
        if (get(piece)) return;
        if (bits_.size() != size_) bits_ = Bitfield(size_);
        bits_.set(piece);
        if (++count_ == size_) bits_ = {};
    }
    void assign(Bitfield bits) {
        count_ = bits.count();
        bits_ = count_ == 0 || count_ == size_ ? Bitfield{} : std::move(bits);
    }
    void set_all() {
        count_ = size_;
        bits_ = {};
    }
    void clear() {
        count_ = 0;
        bits_ = {};
    }

    /// 64 pieces, as in Bitfield::words(); bits past size() are zero unless all().
    [[nodiscard]] std::uint64_t word(std::size_t index) const {
        if (all()) return ~std::uint64_t{0};
        return count_ == 0 ? 0 : bits_.words()[index];
    }
    /// Empty when all() or none.
    [[nodiscard]] const Bitfield& bits() const { return bits_; }

private:
    std::uint32_t size_;
    std::uint32_t count_ = 0;
    Bitfield bits_;
};

}  // namespace bt::swarm
