// Stream: one file of a torrent, written to a descriptor in order, as its pieces are verified.
// Owned by a Run, on the io thread; a thread of its own reads from disk and writes, since both
// block.
//
// The download runs ahead of whoever reads by kWindow and no more; what is not written yet lies on
// disk, so that memory is bounded whatever the reader does. The descriptor stays as it is: it may
// be shared with others, for whom it must not become non-blocking.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

#include "bt/core/result.hpp"
#include "bt/core/time.hpp"
#include "bt/disk/storage.hpp"
#include "bt/net/asio.hpp"

namespace bt::cli {

class Stream {
public:
    enum class State : std::uint8_t {
        under_way,
        whole,       // all has been written
        closed,      // the reader has gone
        unwritable,  // the descriptor takes no more; see error()
        failed,      // the data cannot be read; see error()
    };
    /// Told how many bytes of the torrent, from its first, are wanted for now, it says how many are
    /// verified but for files not wanted.
    using Verified = std::function<std::uint64_t(std::uint64_t wanted)>;

    /// How far the download may be ahead of the reader: these bytes, and so many pieces at least.
    static constexpr std::uint64_t kWindow = 64u << 20;
    static constexpr std::uint64_t kLeastPieces = 4;
    /// How often it is asked what has been verified.
    static constexpr Duration kInterval = std::chrono::milliseconds(50);

    /// Writes `file` to `fd`. `on_end`: the state is another one; on the io thread.
    Stream(net::asio::io_context& io, int fd, std::shared_ptr<disk::Storage> storage,
           FileIndex file, Verified verified, std::function<void()> on_end);
    /// Ends it, wherever it is.
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    [[nodiscard]] State state() const { return state_; }
    /// Of `unwritable` and `failed`.
    [[nodiscard]] const Error& error() const { return error_; }
    [[nodiscard]] std::uint64_t written() const { return written_; }
    [[nodiscard]] std::uint64_t length() const { return length_; }

private:
    enum class Wait : std::uint8_t { woken, writable, closed, stopped };

    void tick();
    void end();
    // On the thread.
    void run();
    [[nodiscard]] State copy();
    [[nodiscard]] State write(Bytes bytes);
    [[nodiscard]] Wait wait(bool to_write);

    const int fd_;
    const std::shared_ptr<disk::Storage> storage_;
    const std::uint64_t offset_;  // of the file in the torrent
    const std::uint64_t length_;
    const std::uint64_t window_;
    const std::size_t chunk_;  // that can be written without blocking, once the descriptor says so
    Verified verified_;
    std::function<void()> on_end_;
    net::asio::io_context& io_;
    net::Timer timer_;
    std::atomic<std::uint64_t> allowed_ = 0;  // bytes of the file
    std::atomic<std::uint64_t> written_ = 0;
    std::atomic<bool> stopping_ = false;
    const int wake_;                    // an eventfd
    State outcome_ = State::under_way;  // the thread's, until it has ended
    Error error_;
    State state_ = State::under_way;
    std::thread thread_;
};

}  // namespace bt::cli
