#include "bt/crypto/sha1.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "bt/core/assert.hpp"
#include "crypto/sha1_backend.hpp"

namespace bt::crypto {

static_assert(std::is_trivially_copyable_v<Sha1>);

/// The way of one hash through its parts: run after run of whole blocks that lie in one piece of
/// memory. What does not fill a block goes by way of the hash's own buffer.
class Sha1Cursor {
public:
    Sha1Cursor() = default;
    explicit Sha1Cursor(const Sha1Update& update) : hash_(update.hash), parts_(update.parts) {}

    /// Goes to the next run. False if all bytes are in the hash.
    [[nodiscard]] bool find_run(const Sha1Backend& backend) {
        while (hash_->held() != 0 || run_blocks() == 0) {
            if (!rest_.empty()) {
                hold(backend);
            } else if (!parts_.empty()) {
                rest_ = parts_.front();
                parts_ = parts_.subspan(1);
            } else {
                return false;
            }
        }
        return true;
    }

    [[nodiscard]] std::size_t run_blocks() const { return rest_.size() / Sha1::kBlock; }
    [[nodiscard]] Sha1Lane lane() const { return {hash_->state_.data(), rest_.data()}; }

    /// The first `blocks` of the run are in the state.
    void pass(std::size_t blocks) {
        rest_ = rest_.subspan(blocks * Sha1::kBlock);
        hash_->length_ += blocks * Sha1::kBlock;
    }

private:
    void hold(const Sha1Backend& backend) {
        const auto count = std::min(rest_.size(), Sha1::kBlock - hash_->held());
        std::memcpy(hash_->held_.data() + hash_->held(), rest_.data(), count);
        rest_ = rest_.subspan(count);
        hash_->length_ += count;
        if (hash_->held() != 0) return;
        const Sha1Lane lane{hash_->state_.data(), hash_->held_.data()};
        backend.compress({&lane, 1}, 1);
    }

    Sha1* hash_ = nullptr;
    std::span<const Bytes> parts_;  // those not begun
    Bytes rest_;                    // of the part that is begun
};

void sha1_update(std::span<const Sha1Update> updates, const Sha1Backend& backend) {
    std::array<Sha1Cursor, kMaxSha1Streams> cursors;
    std::array<Sha1Lane, kMaxSha1Streams> lanes;
    std::size_t active = 0;
    for (;;) {
        while (active < backend.streams && !updates.empty()) {
            cursors[active] = Sha1Cursor(updates.front());
            updates = updates.subspan(1);
            if (cursors[active].find_run(backend)) ++active;
        }
        if (active == 0) return;

        auto blocks = cursors[0].run_blocks();
        for (std::size_t i = 0; i < active; ++i) {
            lanes[i] = cursors[i].lane();
            blocks = std::min(blocks, cursors[i].run_blocks());
        }
        backend.compress(std::span(lanes).first(active), blocks);
        for (auto i = active; i-- > 0;) {
            cursors[i].pass(blocks);
            if (!cursors[i].find_run(backend)) cursors[i] = cursors[--active];
        }
    }
}

void sha1_update(std::span<const Sha1Update> updates) {
    sha1_update(updates, sha1_backend());
}

const Sha1Backend& sha1_backend() {
    static const Sha1Backend* const ni = sha1_ni();
    return ni ? *ni : sha1_openssl();
}

std::size_t sha1_streams() {
    return sha1_backend().streams;
}

Sha1 Sha1::at(const std::array<std::uint32_t, 5>& words, std::uint64_t length) {
    BT_ASSERT(length % kBlock == 0);
    Sha1 out;
    out.state_ = words;
    out.length_ = length;
    return out;
}

void Sha1::update(Bytes bytes) {
    const Sha1Update all{this, {&bytes, 1}};
    sha1_update({&all, 1});
}

Sha1Digest Sha1::finish() {
    // A one bit, zeros, and the length in bits as the last eight bytes of a block (FIPS 180).
    constexpr std::size_t kLengthAt = kBlock - sizeof length_;
    std::array<std::byte, kBlock + sizeof length_> tail{std::byte{0x80}};
    const auto padding = (held() < kLengthAt ? kLengthAt : kBlock + kLengthAt) - held();
    write_be(tail.data() + padding, length_ * 8);
    update(Bytes(tail).first(padding + sizeof length_));

    Sha1Digest digest;
    for (std::size_t i = 0; i < state_.size(); ++i) {
        write_be(digest.data() + i * sizeof state_[i], state_[i]);
    }
    return digest;
}

Sha1Digest sha1(Bytes bytes) {
    Sha1 hash;
    hash.update(bytes);
    return hash.finish();
}

}  // namespace bt::crypto
