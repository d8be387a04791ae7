// NewestOf: a set with a bound, which forgets the value that it has had for the longest time. A
// value.
#pragma once

#include <cstddef>
#include <deque>
#include <unordered_set>

namespace bt::swarm {

template <class T>
class NewestOf {
public:
    explicit NewestOf(std::size_t bound) : bound_(bound) {}
    void insert(const T& value) {
        if (!values_.insert(value).second) return;
        order_.push_back(value);
        if (order_.size() <= bound_) return;
        values_.erase(order_.front());
        order_.pop_front();
    }
    [[nodiscard]] bool contains(const T& value) const { return values_.contains(value); }
    [[nodiscard]] std::size_t size() const { return values_.size(); }

private:
    const std::size_t bound_;
    std::unordered_set<T> values_;
    std::deque<T> order_;
};

}  // namespace bt::swarm
