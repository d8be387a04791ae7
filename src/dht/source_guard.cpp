#include "dht/source_guard.hpp"

#include "dht/subnet.hpp"

namespace bt::dht {

/// FNV-1a over the address and the key, then mixed.
std::size_t SourceGuard::slot_of(const Endpoint& source) const {
    constexpr std::uint64_t kPrime = 0x100000001b3;
    std::uint64_t hash = key_ ^ 0xcbf29ce484222325;
    for (const auto byte : source.address.v6_bytes())
        hash = (hash ^ byte) * kPrime;
    hash = (hash ^ source.port) * kPrime;
    hash ^= key_ >> 32;
    hash *= kPrime;
    return static_cast<std::size_t>((hash ^ hash >> 29) % kSlots);
}

bool SourceGuard::admits(const Endpoint& from, TimePoint now) {
    if (slots_.empty()) slots_.resize(kSlots);
    const auto source = source_of(from);
    auto& slot = slots_[slot_of(source)];
    if (slot.source != source) {
        if (slot.blocked_until > now || !slot.allowance.full(now)) return true;
        slot = Slot{};
        slot.source = source;
    }
    if (slot.blocked_until > now) return false;
    if (slot.allowance.take(1, now)) return true;
    slot.blocked_until = now + kBlockFor;
    return false;
}

bool SourceGuard::blocks(const Endpoint& from, TimePoint now) const {
    if (slots_.empty()) return false;
    const auto source = source_of(from);
    const auto& slot = slots_[slot_of(source)];
    return slot.source == source && slot.blocked_until > now;
}

}  // namespace bt::dht
