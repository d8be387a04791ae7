// Deadline: does something at a point in time, unless it is destroyed before: closes the socket of
// an exchange, however much that exchange progresses. A local of the coroutine that it guards, on
// the io thread.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "bt/net/asio.hpp"
#include "bt/net/clock.hpp"

namespace bt::net {

class Deadline {
public:
    Deadline(const Executor& executor, TimePoint at, std::function<void()> act)
        : timer_(executor, to_steady(at)), cell_(std::make_shared<Cell>()) {
        cell_->act = std::move(act);
        timer_.async_wait([cell = cell_](error_code ec) {
            if (ec || !cell->act) return;
            cell->passed = true;
            cell->act();
        });
    }
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    ~Deadline() { cell_->act = nullptr; }

    [[nodiscard]] bool passed() const { return cell_->passed; }

private:
    // The handler of an expired timer may be queued already when the owner dies: it finds the cell
    // empty.
    struct Cell {
        std::function<void()> act;
        bool passed = false;
    };

    Timer timer_;
    std::shared_ptr<Cell> cell_;
};

}  // namespace bt::net
