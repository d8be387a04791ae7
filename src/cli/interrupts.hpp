// Interrupts: Ctrl-C and its like, as an orderly end and then as a disorderly one. Owned by a Run,
// on the io thread.
#pragma once

#include <boost/asio/signal_set.hpp>
#include <functional>

#include "bt/net/asio.hpp"

namespace bt::cli {

class Interrupts {
public:
    explicit Interrupts(net::asio::io_context& io) : signals_(io) {}

    /// From now on the first INT, TERM or HUP calls `act`; the second ends the process at once,
    /// whatever the io thread is doing.
    void await(std::function<void()> act);
    /// The next one ends the process at once: when nobody runs the io context any more.
    void leave_on_the_next();

private:
    boost::asio::signal_set signals_;
};

}  // namespace bt::cli
