// BlockPool and BlockBuffer: the memory that a block of payload lives in from the socket to the
// disk.
//
// The pool belongs to the io thread: buffers are taken and given back there. A disk job carries
// buffers to a worker and brings them home; it never frees them. Free buffers are reused last in,
// first out, so that the memory in use stays hot in cache. The pool outlives its buffers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "bt/core/assert.hpp"
#include "bt/core/bytes.hpp"
#include "bt/core/ids.hpp"

namespace bt {

class BlockPool;

/// Blocks in memory, before no more is asked for. With what was asked for until then they stay
/// under 16 MiB, which is what the end of the process takes away at most.
inline constexpr std::size_t kBufferLimit = 10u << 20;

/// Blocks of a piece that lie at their place on disk, unverified: by their numbers in the piece,
/// the first four bytes of the SHA-1 of each, which tell whether it is still as it was put there.
using ParkedBlocks = std::map<std::uint32_t, std::uint32_t>;

/// Owns kBlockSize bytes of a pool, or nothing. Move-only.
class BlockBuffer {
public:
    BlockBuffer() = default;
    BlockBuffer(BlockBuffer&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), pool_(other.pool_) {}
    BlockBuffer& operator=(BlockBuffer&& other) noexcept {
        if (this != &other) {
            reset();
            data_ = std::exchange(other.data_, nullptr);
            pool_ = other.pool_;
        }
        return *this;
    }
    ~BlockBuffer() { reset(); }

    [[nodiscard]] explicit operator bool() const { return data_ != nullptr; }
    [[nodiscard]] std::byte* data() const { return data_; }
    /// The first `length` bytes, at most kBlockSize.
    [[nodiscard]] Bytes bytes(std::size_t length) const {
        BT_ASSERT(data_ != nullptr && length <= kBlockSize);
        return {data_, length};
    }
    void reset() noexcept;

private:
    friend class BlockPool;
    BlockBuffer(std::byte* data, BlockPool* pool) : data_(data), pool_(pool) {}

    std::byte* data_ = nullptr;
    BlockPool* pool_ = nullptr;
};

class BlockPool {
public:
    BlockPool() = default;
    BlockPool(const BlockPool&) = delete;
    BlockPool& operator=(const BlockPool&) = delete;
    ~BlockPool() { BT_ASSERT(in_use_ == 0); }

    /// Never fails: bounds are kept by asking `bytes_in_use` before more is requested of peers.
    [[nodiscard]] BlockBuffer acquire() {
        if (free_.empty()) grow();
        std::byte* data = free_.back();
        free_.pop_back();
        ++in_use_;
        return {data, this};
    }
    [[nodiscard]] std::size_t bytes_in_use() const { return in_use_ * kBlockSize; }
    [[nodiscard]] std::size_t bytes_reserved() const { return slabs_.size() * kSlabSize; }

private:
    friend class BlockBuffer;
    static constexpr std::size_t kSlabSize = 256 * 1024;

    void grow() {
        free_.reserve((slabs_.size() + 1) * (kSlabSize / kBlockSize));
        slabs_.push_back(std::make_unique_for_overwrite<std::byte[]>(kSlabSize));
        for (std::size_t at = kSlabSize; at > 0; at -= kBlockSize) {
            free_.push_back(slabs_.back().get() + at - kBlockSize);
        }
    }
    void release(std::byte* data) noexcept {
        --in_use_;
        free_.push_back(data);  // never allocates: grow() has made room for every buffer
    }

    std::vector<std::unique_ptr<std::byte[]>> slabs_;
    std::vector<std::byte*> free_;
    std::size_t in_use_ = 0;
};

inline void BlockBuffer::reset() noexcept {
    if (data_ != nullptr) pool_->release(std::exchange(data_, nullptr));
}

}  // namespace bt
