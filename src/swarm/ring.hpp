// Ring: a queue in one block of memory that is kept, so that in steady state nothing is allocated.
#pragma once

#include <cstddef>
#include <vector>

#include "bt/core/assert.hpp"

namespace bt::swarm {

template <class T>
class Ring {
public:
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] T& operator[](std::size_t i) { return items_[(head_ + i) & (items_.size() - 1)]; }
    [[nodiscard]] const T& operator[](std::size_t i) const {
        return items_[(head_ + i) & (items_.size() - 1)];
    }
    [[nodiscard]] const T& front() const { return (*this)[0]; }

    void push_back(const T& item) {
        if (size_ == items_.size()) grow();
        ++size_;
        (*this)[size_ - 1] = item;
    }
    void pop_front() {
        BT_ASSERT(size_ > 0);
        head_ = (head_ + 1) & (items_.size() - 1);
        --size_;
    }
    /// O(distance to the nearer end).
    void erase(std::size_t i) {
        BT_ASSERT(i < size_);
        if (i < size_ / 2) {
            for (; i > 0; --i)
                (*this)[i] = (*this)[i - 1];
            pop_front();
        } else {
            for (; i + 1 < size_; ++i)
                (*this)[i] = (*this)[i + 1];
            --size_;
        }
    }
    void clear() { head_ = size_ = 0; }

private:
    void grow() {
        std::vector<T> more(items_.empty() ? 16 : items_.size() * 2);
        for (std::size_t i = 0; i < size_; ++i)
            more[i] = (*this)[i];
        items_ = std::move(more);
        head_ = 0;
    }

    std::vector<T> items_;  // a power of two, or none
    std::size_t head_ = 0;
    std::size_t size_ = 0;
};

}  // namespace bt::swarm
