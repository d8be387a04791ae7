// A Dht that is told whatever the input says: packets as they are, packets that answer what it has
// asked, time, searches. What it holds and sends stays within its bounds, and it asks to be woken
// at once for ever in no state.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "bt/core/assert.hpp"
#include "bt/core/nearness.hpp"
#include "bt/core/rng.hpp"
#include "bt/dht/dht.hpp"
#include "bt/dht/message.hpp"
#include "bt/dht/state_file.hpp"
#include "input.hpp"

namespace {

using namespace bt;
using namespace std::chrono_literals;

constexpr int kMostSteps = 200;

/// The endpoints that take part: of both families, on the Internet and in a local range.
Endpoint place(std::uint32_t number) {
    const auto host = static_cast<std::uint8_t>(number / 4);
    const auto port = static_cast<std::uint16_t>(6881 + number / 16);
    switch (number % 4) {
        case 0:
            return {IpAddress::v4({127, 0, 0, 1}), static_cast<std::uint16_t>(1000 + number)};
        case 1:
            return {IpAddress::v4({30, host, 1, 1}), port};
        case 2:
            return {IpAddress::v4({31, 1, 1, host}), port};
        default:
            return {IpAddress::v6({0x2a, 0, 1, host}), port};
    }
}

InfoHash hash(std::uint8_t number) {
    InfoHash out;
    out.bytes.front() = static_cast<std::byte>(number);
    return out;
}

class Run {
public:
    explicit Run(fuzz::Input input)
        : input_(input),
          dht_(
              {.port = 6881, .ipv6 = true, .read_only_for = 0s}, std::nullopt,
              [rng = Rng(1)]() mutable { return static_cast<std::uint32_t>(rng()); }, 1) {}

    void play() {
        for (int i = 0; i < kMostSteps && !input_.empty(); ++i) {
            step();
            collect();
            if (i % 8 == 0) check();
        }
        check();
        // Left alone, it does not stir more than now and then.
        const auto end = now_ + 1min;
        int woken = 0;
        while (dht_.wake_at() < end) {
            now_ = std::max(now_, dht_.wake_at());
            dht_.on_timeout(now_);
            BT_ASSERT(dht_.wake_at() > now_);
            BT_ASSERT(++woken < 1000);
            collect();
        }
        check();
        const auto nodes = dht_.nodes_to_keep();
        const auto saved = dht::parse_nodes(dht::encode_nodes(dht_.id(dht::Family::v4), nodes));
        BT_ASSERT(saved && saved->nodes.size() == nodes.size());
    }

private:
    void step() {
        switch (input_.below(8)) {
            case 0:
                now_ += std::chrono::milliseconds(input_.below(60'000));
                dht_.on_timeout(now_);
                break;
            case 1: {
                const auto wanted = hash(input_.byte() % 8);
                dht_.search(wanted, choose_port(), now_);
                break;
            }
            case 2:
                dht_.stop_search(hash(input_.byte() % 8));
                break;
            case 3:
                dht_.add_router(place(input_.byte()), now_);
                break;
            case 4: {
                const auto node = place(input_.byte());
                dht_.add_node(node, now_,
                              input_.flag() ? dht::NodeSource::torrent : dht::NodeSource::peer);
                break;
            }
            case 5: {
                const auto from = place(input_.byte());
                packet(input_.take(input_.below(700)), from);
                break;
            }
            default:
                answer();
                break;
        }
    }
    std::optional<std::uint16_t> choose_port() {
        if (!input_.flag()) return std::nullopt;
        return static_cast<std::uint16_t>(input_.below(65536));
    }
    /// What has been asked is answered, with nodes and peers of the input's choice.
    void answer() {
        if (asked_.empty()) return;
        const auto at =
            asked_.begin() +
            input_.below(static_cast<std::uint32_t>(std::min<std::size_t>(asked_.size(), 256)));
        const auto sent = *at;
        asked_.erase(at);
        const auto message = dht::parse_message(sent.packet);
        dht::Answer out;
        out.transaction = std::get<dht::Query>(*message).transaction;
        out.id.bytes.front() = static_cast<std::byte>(input_.byte());
        for (auto count = input_.below(20); count > 0; --count) {
            dht::NodeInfo node{out.id, place(input_.byte())};
            node.id.bytes[1] = static_cast<std::byte>(input_.byte());
            out.nodes.push_back(node);
        }
        for (auto count = input_.below(20); count > 0; --count)
            out.values.push_back(place(input_.byte()));
        out.token = input_.take(input_.below(10));
        if (input_.flag()) out.seen_as = place(input_.byte());
        packet(encode(out), sent.to);
    }
    void packet(Bytes bytes, const Endpoint& from) {
        const auto before = dht_.stats();
        dht_.on_packet(bytes, from, now_);
        const auto after = dht_.stats();
        // Whoever it is from, a packet is answered once, and by no more than a datagram.
        BT_ASSERT(after.replies_sent <= before.replies_sent + 1);
        BT_ASSERT(after.reply_bytes <= before.reply_bytes + dht::kMaxSent);
    }
    void collect() {
        std::vector<dht::Action> actions;
        dht_.take_actions(actions);
        for (auto& action : actions) {
            if (auto* sent = std::get_if<dht::SendPacket>(&action)) collect(*sent);
            if (const auto* found = std::get_if<dht::PeersFound>(&action)) {
                BT_ASSERT(!found->peers.empty());
                BT_ASSERT(found->peers.size() <= dht::kMaxValues);
                for (const auto& peer : found->peers)
                    BT_ASSERT(peer.port != 0 && peer.address.is_unicast());
            }
        }
    }
    void collect(dht::SendPacket& sent) {
        BT_ASSERT(sent.packet.size() <= dht::kMaxSent);
        BT_ASSERT(sent.to.port != 0 && sent.to.address.is_unicast());
        const auto message = dht::parse_message(sent.packet);
        BT_ASSERT(message);
        if (!std::holds_alternative<dht::Query>(*message)) return;
        asked_.push_back(std::move(sent));
        if (asked_.size() > 100) asked_.erase(asked_.begin());
    }
    void check() {
        const auto stats = dht_.stats();
        BT_ASSERT(stats.queries_in_flight <= 256);
        BT_ASSERT(stats.contacts <= 2 * 256);
        BT_ASSERT(stats.searches <= 8);
        BT_ASSERT(stats.nodes_v4 + stats.nodes_v6 <= 256);  // of 256 endpoints
        BT_ASSERT(stats.good_nodes <= stats.nodes_v4 + stats.nodes_v6);
        BT_ASSERT(dht_.nodes_to_keep().size() == stats.good_nodes);
    }

    fuzz::Input input_;
    TimePoint now_ = TimePoint{} + 1h;
    dht::Dht dht_;
    std::vector<dht::SendPacket> asked_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Any bytes, as a packet and as a file.
    const auto bytes = std::as_bytes(std::span(data, size));
    (void)bt::dht::parse_message(bytes);
    if (const auto saved = bt::dht::parse_nodes(bytes)) {
        BT_ASSERT(bt::dht::parse_nodes(bt::dht::encode_nodes(saved->own, saved->nodes)));
    }
    Run(bt::fuzz::Input(data, size)).play();
    return 0;
}
