#include "swarm/availability.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace bt::swarm {
namespace {

// A rebuild costs some nanoseconds a piece: at this pace it stays under one percent of the time.
Duration rebuild_interval(std::size_t pieces) {
    return std::chrono::milliseconds(100) +
           std::chrono::microseconds(static_cast<std::int64_t>(pieces));
}

PieceIndex bit_of(std::size_t word, int bit) {
    return PieceIndex(static_cast<std::uint32_t>(word * 64 + static_cast<std::size_t>(bit)));
}

int random_bit(std::uint64_t word, Rng& rng) {
    const int turn = static_cast<int>(random_below(rng, 64));
    return (std::countr_zero(std::rotr(word, turn)) + turn) % 64;
}

}  // namespace

Availability::Availability(std::uint32_t pieces)
    : counts_(pieces), where_(pieces), buckets_(1), candidates_(pieces) {}

void Availability::add(const PieceSet& pieces) {
    if (pieces.size() > 0 && pieces.all()) {
        ++seeds_;
    } else {
        count_all(pieces, +1);
    }
}

void Availability::remove(const PieceSet& pieces) {
    if (pieces.size() > 0 && pieces.all()) {
        BT_ASSERT(seeds_ > 0);
        --seeds_;
    } else {
        count_all(pieces, -1);
    }
}

void Availability::count_all(const PieceSet& pieces, int by) {
    if (pieces.count() == 0) return;
    const auto& words = pieces.bits().words();
    for (std::size_t w = 0; w < words.size(); ++w) {
        for (auto rest = words[w]; rest != 0; rest &= rest - 1) {
            auto& count = counts_[bit_of(w, std::countr_zero(rest)).value()];
            count = static_cast<std::uint16_t>(count + by);
        }
    }
    stale_ = true;
}

void Availability::add(PieceIndex piece) {
    auto& count = counts_[piece.value()];
    BT_ASSERT(count < std::numeric_limits<std::uint16_t>::max());
    ++count;
    if (stale_ || !candidates_.get(piece)) return;
    take(piece.value());
    put(piece.value(), count);
}

void Availability::insert(PieceIndex candidate) {
    if (candidates_.get(candidate)) return;
    candidates_.set(candidate);
    ++size_;
    first_word_ = std::min(first_word_, std::size_t{candidate.value()} / 64);
    put(candidate.value(), counts_[candidate.value()]);
}

void Availability::erase(PieceIndex candidate) {
    if (!candidates_.get(candidate)) return;
    candidates_.clear(candidate);
    --size_;
    take(candidate.value());
}

void Availability::put(std::uint32_t piece, std::uint32_t bucket) {
    if (bucket >= buckets_.size()) buckets_.resize(bucket + 1);
    where_[piece] = {static_cast<std::uint32_t>(buckets_[bucket].size()), bucket};
    buckets_[bucket].push_back(piece);
}

void Availability::take(std::uint32_t piece) {
    const auto place = where_[piece];
    auto& bucket = buckets_[place.bucket];
    const auto last = bucket.back();
    bucket[place.position] = last;
    where_[last].position = place.position;
    bucket.pop_back();
}

void Availability::rebuild_if_due(TimePoint now) {
    if (!stale_ || now < next_rebuild_) return;
    stale_ = false;
    next_rebuild_ = now + rebuild_interval(counts_.size());
    for (auto& bucket : buckets_)
        bucket.clear();
    const auto& words = candidates_.words();
    for (std::size_t w = first_word_; w < words.size(); ++w) {
        for (auto rest = words[w]; rest != 0; rest &= rest - 1) {
            const auto piece = bit_of(w, std::countr_zero(rest)).value();
            put(piece, counts_[piece]);
        }
    }
}

std::optional<PieceIndex> Availability::rarest(const PieceSet& of, Rng& rng, TimePoint now) {
    if (size_ == 0 || of.count() == 0) return std::nullopt;
    rebuild_if_due(now);
    if (const auto found = probe(of, rng)) return found;
    constexpr std::uint32_t kSamples = 16;
    return scan(of, rng, kSamples);
}

std::optional<PieceIndex> Availability::probe(const PieceSet& of, Rng& rng) const {
    std::uint32_t left = kMaxProbes;
    for (const auto& bucket : buckets_) {
        if (bucket.empty()) continue;
        const auto size = bucket.size();
        const auto start = random_below(rng, size);
        // A small bucket is seen in full; of a large one, places that have nothing to do with each
        // other, since peers often have whole stretches of a torrent.
        const bool full = size <= left;
        for (std::size_t i = 0; left > 0 && i < size; ++i, --left) {
            const PieceIndex piece(bucket[full ? (start + i) % size : random_below(rng, size)]);
            if (of.get(piece)) return piece;
        }
        if (left == 0) break;
    }
    return std::nullopt;
}

std::optional<PieceIndex> Availability::any(const PieceSet& of, Rng& rng) const {
    return scan(of, rng, 1);
}

std::optional<PieceIndex> Availability::scan(const PieceSet& of, Rng& rng,
                                             std::uint32_t samples) const {
    if (size_ == 0 || of.count() == 0) return std::nullopt;
    const auto& words = candidates_.words();
    std::optional<PieceIndex> best;
    const auto start = static_cast<std::size_t>(random_below(rng, words.size()));
    for (std::size_t i = 0; i < words.size() && samples > 0; ++i) {
        const auto w = (start + i) % words.size();
        const auto both = words[w] & of.word(w);
        if (both == 0) continue;
        --samples;
        const auto piece = bit_of(w, random_bit(both, rng));
        if (!best || counts_[piece.value()] < counts_[best->value()]) best = piece;
    }
    return best;
}

std::optional<PieceIndex> Availability::first(const PieceSet& of) {
    const auto& words = candidates_.words();
    while (first_word_ < words.size() && words[first_word_] == 0)
        ++first_word_;
    for (auto w = first_word_; w < words.size(); ++w) {
        const auto both = words[w] & of.word(w);
        if (both != 0) return bit_of(w, std::countr_zero(both));
    }
    return std::nullopt;
}

}  // namespace bt::swarm
