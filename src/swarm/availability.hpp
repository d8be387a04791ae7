// Availability: how many peers have each piece, and the candidates for picking in order of rarity.
//
// Seeds are one number. A have moves its piece from bucket to bucket in O(1). A bitfield is counted
// at once, but the buckets are then rebuilt by the next pick, at most once per interval: in
// between, picks are by the order as it was.
//
// Invariants
//  - counts_[i] is exact at all times: the number of peers that are no seeds and have piece i.
//  - A candidate is in exactly one bucket, at where_[i]; while !stale_ that bucket is counts_[i].
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bt/core/bitfield.hpp"
#include "bt/core/rng.hpp"
#include "bt/core/time.hpp"
#include "swarm/piece_set.hpp"

namespace bt::swarm {

class Availability {
public:
    /// Candidates looked at in the buckets before a scan of all words.
    static constexpr std::uint32_t kMaxProbes = 64;

    explicit Availability(std::uint32_t pieces);

    /// A peer has come or gone, with the pieces that it has.
    void add(const PieceSet& pieces);
    void remove(const PieceSet& pieces);
    /// A peer that is no seed has got `piece`, and is still no seed.
    void add(PieceIndex piece);

    [[nodiscard]] std::uint32_t seeds() const { return seeds_; }
    /// Peers that have it, seeds included.
    [[nodiscard]] std::uint32_t count(PieceIndex piece) const {
        return seeds_ + counts_[piece.value()];
    }

    void insert(PieceIndex candidate);
    void erase(PieceIndex candidate);
    [[nodiscard]] bool contains(PieceIndex candidate) const { return candidates_.get(candidate); }
    [[nodiscard]] std::uint32_t candidates() const { return size_; }

    /// The rarest candidate in `of`; a random one of several.
    [[nodiscard]] std::optional<PieceIndex> rarest(const PieceSet& of, Rng& rng, TimePoint now);
    /// A random candidate in `of`.
    [[nodiscard]] std::optional<PieceIndex> any(const PieceSet& of, Rng& rng) const;
    /// The first candidate in `of`.
    [[nodiscard]] std::optional<PieceIndex> first(const PieceSet& of);

private:
    struct Place {
        std::uint32_t position = 0;
        std::uint32_t bucket = 0;
    };
    void count_all(const PieceSet& pieces, int by);
    void put(std::uint32_t piece, std::uint32_t bucket);
    void take(std::uint32_t piece);
    void rebuild_if_due(TimePoint now);
    [[nodiscard]] std::optional<PieceIndex> probe(const PieceSet& of, Rng& rng) const;
    [[nodiscard]] std::optional<PieceIndex> scan(const PieceSet& of, Rng& rng,
                                                 std::uint32_t samples) const;

    std::vector<std::uint16_t> counts_;
    std::vector<Place> where_;
    std::vector<std::vector<std::uint32_t>> buckets_;
    Bitfield candidates_;
    std::uint32_t size_ = 0;
    std::uint32_t seeds_ = 0;
    std::size_t first_word_ = 0;  // no candidate is in a word before it
    bool stale_ = false;
    TimePoint next_rebuild_{};
};

}  // namespace bt::swarm
