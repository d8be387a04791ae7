// MetadataAttempt: the pieces of an info dictionary of one size, on their way to being whole. Part
// of MetadataFetch; knows who sent what, and judges nobody.
//
// A missing piece is in one of three states: never asked for (from next_ on), given back by all who
// were asked, or open: with those who have been asked and have not answered. Memory: the pieces
// that have arrived, and the open ones.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "bt/core/bytes.hpp"
#include "bt/core/endpoint.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/time.hpp"
#include "bt/swarm/connection.hpp"

namespace bt::swarm {

/// Who sent a piece: known after it has gone.
struct MetadataSender {
    ConnectionId peer;
    IpAddress address;
    friend bool operator==(const MetadataSender&, const MetadataSender&) = default;
};

struct MetadataPiece {
    ByteVector bytes;
    MetadataSender sender;
};

class MetadataAttempt {
public:
    /// 0 < size.
    explicit MetadataAttempt(std::uint32_t size);

    [[nodiscard]] std::uint32_t piece_count() const;
    /// Bytes; 0 for a piece that there is not.
    [[nodiscard]] std::uint32_t piece_size(std::uint32_t piece) const;
    [[nodiscard]] bool wants(std::uint32_t piece) const {
        return piece < piece_count() && !pieces_.contains(piece);
    }

    /// The piece to ask this peer for, which counts as asked of it from now on: one that nobody has
    /// been asked for, else one that others are slow with.
    [[nodiscard]] std::optional<std::uint32_t> pick(ConnectionId peer, TimePoint now);
    /// From now on, pieces that were asked for long enough ago may be asked of one more peer.
    void advance(TimePoint now);
    /// When advance() has something to do; kNever if nothing is open.
    [[nodiscard]] TimePoint next_repeat() const;
    /// The peer will not answer.
    void give_back(std::uint32_t piece, ConnectionId peer);
    /// A wanted piece of the right size has come.
    void hold(std::uint32_t piece, Bytes bytes, const MetadataSender& sender, TimePoint now);

    [[nodiscard]] bool full() const { return pieces_.size() == piece_count(); }
    [[nodiscard]] std::uint32_t held_pieces() const {
        return static_cast<std::uint32_t>(pieces_.size());
    }
    [[nodiscard]] std::size_t held_bytes() const { return held_bytes_; }
    [[nodiscard]] const std::map<std::uint32_t, MetadataPiece>& pieces() const { return pieces_; }
    [[nodiscard]] TimePoint last_progress() const { return last_progress_; }
    /// When all that is held came from one peer: that one.
    [[nodiscard]] std::optional<MetadataSender> only_sender() const;

    /// Of all pieces; full() only.
    [[nodiscard]] Sha1Digest digest() const;
    [[nodiscard]] ByteVector assemble() const;

private:
    struct Open {
        std::vector<ConnectionId> asked;
        TimePoint repeat_at{};
    };
    void ask(std::uint32_t piece, Open& open, ConnectionId peer, TimePoint now);
    void close(std::uint32_t piece);

    std::uint32_t size_;
    std::uint32_t next_ = 0;  // this and later ones have not been asked for
    std::set<std::uint32_t> given_back_;
    std::map<std::uint32_t, Open> open_;
    std::set<std::pair<TimePoint, std::uint32_t>> repeats_;  // of open pieces, not yet slow
    std::set<std::uint32_t> slow_;  // open ones that one more peer may be asked for
    std::map<std::uint32_t, MetadataPiece> pieces_;
    std::size_t held_bytes_ = 0;
    TimePoint last_progress_{};
};

}  // namespace bt::swarm
