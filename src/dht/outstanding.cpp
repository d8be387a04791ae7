#include "dht/outstanding.hpp"

#include <algorithm>

#include "bt/core/assert.hpp"

namespace bt::dht {

std::size_t Outstanding::count(Purpose purpose, Family family, bool late) const {
    return static_cast<std::size_t>(
        std::count_if(pending_.begin(), pending_.end(), [&](const Pending& query) {
            return query.purpose == purpose && family_of(query.to.address) == family &&
                   (late || !query.late);
        }));
}

bool Outstanding::any_for(std::uint32_t lookup) const {
    return std::any_of(pending_.begin(), pending_.end(), [&](const Pending& query) {
        return query.purpose == Purpose::lookup && query.lookup == lookup;
    });
}

bool Outstanding::awaits(const Endpoint& endpoint) const {
    return std::any_of(pending_.begin(), pending_.end(),
                       [&](const Pending& query) { return query.to == endpoint; });
}

std::uint32_t Outstanding::add(Pending query, Duration patience, TimePoint now) {
    BT_ASSERT(!full());
    query.transaction = random_();
    query.sent_at = now;
    query.late_at = now + patience;
    pending_.push_back(query);
    return query.transaction;
}

std::optional<Pending> Outstanding::take(Bytes transaction, const Endpoint& from) {
    if (transaction.size() != sizeof(Pending::transaction)) return std::nullopt;
    const auto id = read_be<std::uint32_t>(transaction.data());
    const auto at = std::find_if(pending_.begin(), pending_.end(), [&](const Pending& query) {
        return query.transaction == id && query.to == from;
    });
    if (at == pending_.end()) return std::nullopt;
    const auto out = *at;
    pending_.erase(at);
    return out;
}

std::vector<Pending> Outstanding::take_late(TimePoint now) {
    std::vector<Pending> out;
    for (auto& query : pending_) {
        if (query.late || query.late_at > now) continue;
        query.late = true;
        out.push_back(query);
    }
    return out;
}

std::vector<Pending> Outstanding::take_dead(TimePoint now) {
    const auto alive = std::find_if(pending_.begin(), pending_.end(), [&](const Pending& query) {
        return query.sent_at + kAnswerTimeout > now;
    });
    std::vector<Pending> out(pending_.begin(), alive);
    pending_.erase(pending_.begin(), alive);
    return out;
}

TimePoint Outstanding::wake_at() const {
    auto out = kNever;
    for (const auto& query : pending_)
        out = std::min(out, query.late ? query.sent_at + kAnswerTimeout : query.late_at);
    return out;
}

}  // namespace bt::dht
