#include "cli/piece_hasher.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "bt/crypto/sha1.hpp"
#include "bt/disk/piece_hash.hpp"
#include "bt/disk/storage.hpp"
#include "bt/net/clock.hpp"
#include "bt/text/escape.hpp"

namespace bt::cli {

namespace {

/// What a worker takes at a time: several pieces, which are hashed together.
constexpr std::uint32_t kBatchBytes = 4u << 20;

/// The tree as a torrent without hashes, so that Storage can read it.
std::shared_ptr<const metainfo::Metainfo> as_torrent(const Tree& tree, std::uint32_t piece_length) {
    auto out = std::make_shared<metainfo::Metainfo>();
    out->name = tree.name;
    out->single_file = tree.single_file;
    out->layout = metainfo::PieceLayout(piece_length, tree.length);
    std::uint64_t offset = 0;
    for (const auto& file : tree.files) {
        std::string path = tree.name;
        if (!tree.single_file) {
            for (const auto& element : file.path)
                path += "/" + element;
        }
        out->files.push_back({std::move(path), file.length, offset, false});
        offset += file.length;
    }
    return out;
}

/// The workers and what they share. Lives on the stack of hash_pieces().
class Hasher {
public:
    explicit Hasher(disk::Storage& storage)
        : storage_(storage), layout_(storage.metainfo().layout), digests_(layout_.piece_count()) {}

    void start() {
        const auto threads =
            std::clamp(std::thread::hardware_concurrency(), 1u, layout_.piece_count());
        running_ = threads;
        for (unsigned i = 0; i < threads; ++i)
            workers_.emplace_back([this] { work(); });
    }
    /// True once all workers have ended; false after `limit` (0 = none).
    bool wait(Duration limit) {
        std::unique_lock lock(mutex_);
        const auto ended = [this] { return running_ == 0; };
        if (limit > Duration::zero()) return ended_.wait_for(lock, limit, ended);
        ended_.wait(lock, ended);
        return true;
    }
    [[nodiscard]] std::uint64_t hashed() const { return hashed_; }
    /// After wait() was true.
    [[nodiscard]] Result<std::vector<Sha1Digest>> take() {
        workers_.clear();
        if (error_) return *error_;
        return std::move(digests_);
    }

private:
    void work() {
        const auto batch = pieces_in_a_batch();
        for (;;) {
            const auto next = next_.fetch_add(batch);
            if (next >= layout_.piece_count()) break;
            const auto first = static_cast<std::uint32_t>(next);
            hash(first, std::min(batch, layout_.piece_count() - first));
        }
        const std::lock_guard lock(mutex_);
        if (--running_ == 0) ended_.notify_one();
    }
    [[nodiscard]] std::uint32_t pieces_in_a_batch() const {
        const auto streams = static_cast<std::uint32_t>(crypto::sha1_streams());
        return std::max(kBatchBytes / layout_.piece_length(), streams);
    }
    void hash(std::uint32_t first, std::uint32_t count) {
        auto hashes = disk::hash_pieces(storage_, PieceIndex(first), count);
        hashed_ += hashes.bytes;
        for (std::uint32_t i = 0; i < count; ++i) {
            if (hashes.digests[i]) {
                digests_[first + i] = *hashes.digests[i];
                continue;
            }
            const std::lock_guard lock(mutex_);
            error_ = hashes.error;
            next_ = layout_.piece_count();
        }
    }

    disk::Storage& storage_;
    const metainfo::PieceLayout& layout_;
    std::vector<Sha1Digest> digests_;     // each written by the worker that took the piece
    std::atomic<std::uint64_t> next_{0};  // beyond the last piece once there is no more to do
    std::atomic<std::uint64_t> hashed_{0};
    std::mutex mutex_;  // guards the three below
    std::condition_variable ended_;
    unsigned running_ = 0;
    std::optional<Error> error_;
    std::vector<std::jthread> workers_;
};

}  // namespace

Result<std::vector<Sha1Digest>> hash_pieces(const Tree& tree, std::uint32_t piece_length,
                                            Display& display) {
    const auto storage =
        disk::Storage::open(as_torrent(tree, piece_length), tree.parent, disk::Access::read_only);
    if (!storage) return storage.error();
    Hasher hasher(**storage);
    const auto start = net::now();
    hasher.start();
    View view;
    view.name = text::escape(tree.name);
    view.check = "hashing";
    view.status.to_check = tree.length;
    while (!hasher.wait(display.interval())) {
        view.status.checked = hasher.hashed();
        view.status.check_rate =
            static_cast<double>(view.status.checked) / to_seconds(net::now() - start);
        display.update({&view, 1});
    }
    return hasher.take();
}

}  // namespace bt::cli
