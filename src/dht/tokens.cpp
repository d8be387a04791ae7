#include "dht/tokens.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "bt/crypto/sha1.hpp"

namespace bt::dht {

namespace {

/// Takes as long for any two of equal size.
bool equal(Bytes a, Bytes b) {
    if (a.size() != b.size()) return false;
    std::byte difference{0};
    for (std::size_t i = 0; i < a.size(); ++i)
        difference |= a[i] ^ b[i];
    return difference == std::byte{0};
}

}  // namespace

Tokens::Tokens(Random random)
    : random_(std::move(random)), current_(new_secret()), previous_(new_secret()) {}

Tokens::Secret Tokens::new_secret() const {
    Secret out;
    for (std::size_t i = 0; i < out.size(); i += 4)
        write_be(out.data() + i, random_());
    return out;
}

void Tokens::rotate(TimePoint now) {
    if (rotate_at_ == kNever) rotate_at_ = now + kLifetime;
    if (now < rotate_at_) return;
    const auto periods = (now - rotate_at_) / kLifetime + 1;
    previous_ = periods == 1 ? current_ : new_secret();
    current_ = new_secret();
    rotate_at_ += periods * kLifetime;
}

Tokens::Token Tokens::make(const Secret& secret, const IpAddress& address,
                           const NodeId& info_hash) {
    crypto::Sha1 hash;
    hash.update(secret);
    hash.update(std::as_bytes(std::span(address.v6_bytes())));
    hash.update(info_hash.bytes);
    const auto digest = hash.finish();
    Token out;
    std::copy_n(digest.begin(), out.size(), out.begin());
    return out;
}

Tokens::Token Tokens::make(const IpAddress& address, const NodeId& info_hash, TimePoint now) {
    rotate(now);
    return make(current_, address, info_hash);
}

bool Tokens::accepts(Bytes token, const IpAddress& address, const NodeId& info_hash,
                     TimePoint now) {
    rotate(now);
    const bool current = equal(token, make(current_, address, info_hash));
    const bool previous = equal(token, make(previous_, address, info_hash));
    return current || previous;
}

}  // namespace bt::dht
