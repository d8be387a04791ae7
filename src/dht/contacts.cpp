#include "dht/contacts.hpp"

#include <algorithm>

namespace bt::dht {

void Contacts::add(const Endpoint& endpoint, std::optional<NodeId> id) {
    const auto known = std::find_if(waiting_.begin(), waiting_.end(), [&](const Contact& contact) {
        return contact.endpoint == endpoint;
    });
    if (known != waiting_.end()) return;
    waiting_.push_back({endpoint, id});
    if (waiting_.size() > kMax) waiting_.pop_front();
}

std::optional<Contacts::Contact> Contacts::take() {
    if (waiting_.empty()) return std::nullopt;
    const auto out = waiting_.front();
    waiting_.pop_front();
    return out;
}

void Contacts::remove(const Endpoint& endpoint) {
    std::erase_if(waiting_, [&](const Contact& contact) { return contact.endpoint == endpoint; });
}

std::vector<NodeInfo> Contacts::closest(const NodeId& target, std::size_t most) const {
    std::vector<NodeInfo> out;
    for (const auto& contact : waiting_)
        if (contact.id) out.push_back({*contact.id, contact.endpoint});
    std::sort(out.begin(), out.end(),
              [&](const NodeInfo& a, const NodeInfo& b) { return closer(a.id, b.id, target); });
    if (out.size() > most) out.resize(most);
    return out;
}

std::vector<Endpoint> Contacts::unnamed(std::size_t most) const {
    std::vector<Endpoint> out;
    for (const auto& contact : waiting_)
        if (!contact.id && out.size() < most) out.push_back(contact.endpoint);
    return out;
}

}  // namespace bt::dht
