#include <algorithm>

#include "dht/state.hpp"

namespace bt::dht {

void Dht::State::expire() {
    for (const auto& query : outstanding.take_late(now)) {
        const auto at = runs.find(query.lookup);
        if (query.purpose == Purpose::lookup && at != runs.end()) {
            at->second.lookup.on_late(query.to);
        }
    }
    for (const auto& query : outstanding.take_dead(now)) {
        network(query.to.address).table.on_silence(query.to, now);
        const auto at = runs.find(query.lookup);
        if (query.purpose == Purpose::lookup && at != runs.end()) {
            at->second.lookup.on_failure(query.to);
        }
    }
}

void Dht::State::begin_due_neighbourhoods() {
    for (auto& net : networks) {
        if (!net.enabled || net.neighbourhood_at > now) continue;
        if (lookups_under_way() >= kMaxLookups) return;
        // Its end sets the next one; with nobody to ask, the first node that answers does.
        net.neighbourhood_at = kNever;
        (void)begin_run(net, std::nullopt, net.id);
    }
}

void Dht::State::ask_contacts(Network& net) {
    if (!net.enabled) return;
    const bool hasty = is_short(net);
    const auto most = hasty ? kHastyContacts : kCalmContacts;
    while (!outstanding.full() && outstanding.count(Purpose::contact, net.family, !hasty) < most) {
        const auto contact = net.contacts.take();
        if (!contact) return;
        if (!can_ask(contact->endpoint) || is_router(net, contact->endpoint)) continue;
        if (contact->id && !net.table.has_room_for({*contact->id, contact->endpoint})) continue;
        Query query;
        query.method = hasty ? Method::find_node : Method::ping;
        query.target = net.id;
        Pending pending;
        pending.to = contact->endpoint;
        send(net, query, pending);
    }
}

void Dht::State::check_nodes(Network& net) {
    if (!net.enabled || outstanding.full() || now < net.check_after) return;
    const auto check = net.table.next_check(now, rng);
    if (!check) return;
    net.check_after = now + kCheckPause;
    Query query;
    query.method = Method::find_node;
    query.target = check->target;
    Pending pending;
    pending.to = check->node.endpoint;
    pending.purpose = Purpose::check;
    send(net, query, pending);
}

/// BEP 42: our id is one that a node at our address may have, once enough others agree on that.
void Dht::State::adopt_address(Network& net) {
    const auto seen = net.votes.agreed();
    if (!seen || is_valid_for(net.id, *seen)) return;
    net.id = make_node_id(*seen, random);
    net.table.move_to(net.id);
    net.neighbourhood_at = now;
}

}  // namespace bt::dht
