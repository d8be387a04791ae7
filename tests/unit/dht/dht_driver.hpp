// Driver: a Dht in virtual time, told packets by their meaning and asked for what it sends.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "bt/dht/dht.hpp"
#include "bt/dht/message.hpp"
#include "unit/dht/samples.hpp"

namespace bt::dht::test {

/// An answer that owns its bytes.
struct OwnedAnswer {
    NodeId id;
    std::vector<NodeInfo> nodes;
    std::vector<Endpoint> values;
    ByteVector token;
    std::optional<Endpoint> seen_as;
};

/// A query that the Dht has sent.
struct SentQuery {
    Endpoint to;
    std::shared_ptr<const ByteVector> packet;  // copies share it
    Query query;                               // refers to the packet
};

class Driver {
public:
    explicit Driver(Settings settings = {.port = 1, .read_only_for = std::chrono::seconds(0)})
        : dht_(settings, std::nullopt, numbers(7), 1) {
        dht_.on_timeout(now_);
    }

    Dht* operator->() { return &dht_; }
    [[nodiscard]] TimePoint now() const { return now_; }
    /// Time passes; the Dht is woken when it wants to be.
    void wait(Duration duration) {
        const auto end = now_ + duration;
        while (dht_.wake_at() <= end) {
            now_ = std::max(now_, dht_.wake_at());
            dht_.on_timeout(now_);
            ASSERT_GT(dht_.wake_at(), now_) << "it would be woken for ever";
        }
        now_ = end;
        dht_.on_timeout(now_);
    }
    void packet(Bytes bytes, std::string_view from) { dht_.on_packet(bytes, endpoint(from), now_); }
    std::vector<Action> take() {
        dht_.take_actions(actions_);
        return std::exchange(actions_, {});
    }
    /// Of the packets to `to`; everything else stays.
    std::vector<ByteVector> take_sent_to(std::string_view to) {
        dht_.take_actions(actions_);
        std::vector<ByteVector> out;
        std::erase_if(actions_, [&](Action& action) {
            auto* send = std::get_if<SendPacket>(&action);
            if (send == nullptr || send->to != endpoint(to)) return false;
            out.push_back(std::move(send->packet));
            return true;
        });
        return out;
    }
    /// The queries among what was sent.
    std::vector<SentQuery> take_queries() {
        dht_.take_actions(actions_);
        std::vector<SentQuery> out;
        std::erase_if(actions_, [&](Action& action) {
            auto* send = std::get_if<SendPacket>(&action);
            if (send == nullptr) return false;
            SentQuery one{send->to, std::make_shared<ByteVector>(std::move(send->packet)), {}};
            const auto message = parse_message(*one.packet);
            if (!message || !std::holds_alternative<Query>(*message)) return true;
            one.query = std::get<Query>(*message);
            out.push_back(std::move(one));
            return true;
        });
        return out;
    }
    [[nodiscard]] bool was_asked(std::string_view whom) {
        const auto queries = take_queries();
        return std::any_of(queries.begin(), queries.end(),
                           [&](const SentQuery& q) { return q.to == endpoint(whom); });
    }

    /// What it answers to a query of `from`.
    std::optional<OwnedAnswer> ask(Method method, std::string_view from, const NodeId& target = {},
                                   std::optional<Want> want = {}, bool read_only = true) {
        const auto reply = exchange(method, from, target, want, read_only).second;
        const auto message = parse_message(reply);
        if (!message || !std::holds_alternative<Answer>(*message)) return std::nullopt;
        const auto& answer = std::get<Answer>(*message);
        return OwnedAnswer{answer.id, answer.nodes, answer.values,
                           ByteVector(answer.token.begin(), answer.token.end()), answer.seen_as};
    }
    /// Of the query and its answer, in bytes.
    std::pair<std::size_t, std::size_t> sizes(Method method, std::string_view from,
                                              const NodeId& target, std::optional<Want> want) {
        const auto [query, reply] = exchange(method, from, target, want, true);
        return {query.size(), reply.size()};
    }
    /// False: it was refused.
    bool announce(std::string_view from, const NodeId& target, Bytes token, std::uint16_t port,
                  bool implied = false) {
        Query query;
        query.transaction = as_bytes("an");
        query.method = Method::announce_peer;
        query.id = id(0xee);
        query.target = target;
        query.token = token;
        query.port = port;
        query.implied_port = implied;
        query.read_only = true;
        packet(encode(query), from);
        const auto sent = take_sent_to(from);
        if (sent.size() != 1) return false;
        const auto message = parse_message(sent[0]);
        return message && std::holds_alternative<Answer>(*message);
    }
    /// `from` answers a query of ours.
    void answer(const SentQuery& to, const NodeId& own, std::vector<NodeInfo> nodes = {},
                std::vector<Endpoint> values = {}, std::string_view token = {},
                std::optional<Endpoint> seen_as = {}) {
        Answer out;
        out.transaction = to.query.transaction;
        out.id = own;
        out.nodes = std::move(nodes);
        out.values = std::move(values);
        out.token = as_bytes(token);
        out.seen_as = seen_as;
        dht_.on_packet(encode(out), to.to, now_);
    }
    /// So many nodes come into the table by answering what they are asked.
    std::vector<NodeInfo> befriend(std::uint8_t count, Family family, std::string prefix = {}) {
        const auto random = numbers(count);
        std::vector<NodeInfo> out;
        for (std::uint8_t i = 0; i < count; ++i) {
            const auto text = std::to_string(i + 1);
            auto place =
                family == Family::v4 ? "40." + text + ".0.1:6881" : "[2a00:" + text + "::1]:6881";
            if (!prefix.empty()) place = prefix + text + ":6881";
            const auto where = endpoint(place);
            out.push_back({make_node_id(where.address, random), where});
            dht_.add_node(where, now_);
        }
        for (int round = 0; round < 40; ++round) {
            for (const auto& query : take_queries()) {
                const auto at = std::find_if(out.begin(), out.end(), [&](const NodeInfo& node) {
                    return node.endpoint == query.to;
                });
                if (at != out.end()) answer(query, at->id);
            }
            wait(std::chrono::milliseconds(10));
        }
        return out;
    }

private:
    std::pair<ByteVector, ByteVector> exchange(Method method, std::string_view from,
                                               const NodeId& target, std::optional<Want> want,
                                               bool read_only) {
        Query query;
        query.transaction = as_bytes("qq");
        query.method = method;
        query.id = id(0xee, 1);
        query.target = target;
        query.want = want;
        query.read_only = read_only;
        const auto bytes = encode(query);
        packet(bytes, from);
        dht_.take_actions(actions_);
        ByteVector reply;
        std::erase_if(actions_, [&](Action& action) {
            auto* send = std::get_if<SendPacket>(&action);
            if (send == nullptr || send->to != endpoint(from)) return false;
            const auto message = parse_message(send->packet);
            if (message && std::holds_alternative<Query>(*message)) return false;
            reply = std::move(send->packet);
            return true;
        });
        return {bytes, reply};
    }

    TimePoint now_ = at(0);
    Dht dht_;
    std::vector<Action> actions_;
};

}  // namespace bt::dht::test
