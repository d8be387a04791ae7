// A swarm with whatever peers, messages, disk results and clock the input says. It keeps to the
// rules that SwarmModel has, leaks no block, and one honest seed completes the torrent after all.
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "bt/core/assert.hpp"
#include "bt/swarm/swarm.hpp"
#include "bt/wire/reader.hpp"
#include "input.hpp"
#include "swarm_model.hpp"

namespace {

using namespace bt;
using namespace std::chrono_literals;
using fuzz::ModelPeer;
using wire::MessageId;

constexpr std::size_t kMostPeers = 6;
constexpr int kMostSteps = 400;

/// A layout of few blocks: small pieces, whole blocks, short last blocks, pieces of several runs.
metainfo::PieceLayout choose_layout(fuzz::Input& input) {
    constexpr std::pair<std::uint32_t, std::uint32_t> kKinds[] = {
        {1000, 30}, {kBlockSize, 20}, {40'000, 12}, {3u << 19, 2}};
    const auto [length, most] = kKinds[input.below(4)];
    const auto pieces = 1 + input.below(most);
    return {length, std::uint64_t{length} * pieces - input.below(1000)};
}

Bitfield choose_pieces(fuzz::Input& input, std::uint32_t count) {
    Bitfield out(count);
    std::uint8_t bits = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
        if (i % 8 == 0) bits = input.byte();
        if ((bits >> i % 8 & 1) != 0) out.set(PieceIndex(i));
    }
    return out;
}

swarm::Settings choose_settings(fuzz::Input& input) {
    swarm::Settings out;
    out.buffer_limit_bytes = std::size_t{1} << (14 + input.below(10));
    out.regular_slots = input.below(5);
    out.optimistic_slots = input.below(3);
    out.sequential = input.flag();
    out.seed_when_complete = input.flag();
    return out;
}

class Run {
public:
    explicit Run(fuzz::Input input)
        : input_(input),
          layout_(choose_layout(input_)),
          // Braces: what the input says is taken in this order.
          swarm_{layout_, choose_pieces(input_, layout_.piece_count()), wanted(),
                 choose_settings(input_), input_.byte()},
          model_(layout_, swarm_) {}

    void play() {
        for (int i = 0; i < kMostSteps && !input_.empty(); ++i) {
            step();
            collect();
            model_.check_peers(now_);
        }
        while (!model_.peers.empty())
            disconnect(model_.peers.front());
        complete();
        model_.peers.clear();
        BT_ASSERT(model_.runs.empty() && model_.parks.empty() && pool_.bytes_in_use() == 0);
    }

private:
    Bitfield wanted() {
        return input_.flag() ? Bitfield(layout_.piece_count(), true)
                             : choose_pieces(input_, layout_.piece_count());
    }

    void step() {
        const auto what = input_.below(20);
        if (what == 0 || model_.peers.empty()) return connect();
        if (what == 1) return pass(100ms * input_.byte());
        if (what <= 3) return pass(1ms * input_.byte());
        if (what <= 6) return judge();
        auto& peer = model_.peers[input_.below(static_cast<std::uint32_t>(model_.peers.size()))];
        switch (what) {
            case 7:
                return disconnect(peer);
            case 8:
                return receive(peer, input_.take(input_.byte()));
            case 9:
                return swarm_.on_request_limit(peer.key, 1 + input_.below(300));
            case 10:
                return swarm_.on_uploaded(peer.key, input_.below(kBlockSize), now_);
            case 11:
                return swarm_.set_slots_wanted(input_.flag());
            case 12:
                return swarm_.grant_allowed_fast(peer.key, InfoHash{}, input_.below(20));
            case 13:
                return say_bitfield(peer);
            case 14:
            case 15:
                return say_anything(peer);
            default:
                for (auto left = input_.below(8);
                     left-- > 0 && !peer.closed && !peer.asked.empty();)
                    answer(peer);
        }
    }

    void connect() {
        if (model_.peers.size() == kMostPeers) return;
        const auto bits = input_.byte();
        swarm::PeerTraits traits;
        traits.endpoint = {IpAddress::v4({10, 0, 0, static_cast<std::uint8_t>(1 + bits % 8)}),
                           6881};
        traits.fast = (bits & 8) != 0;
        traits.outgoing = (bits & 16) != 0;
        traits.local = (bits & 32) != 0;
        traits.told_interest = (bits & 64) != 0;
        add(traits);
        if ((bits & 128) == 0) return;
        say(model_.peers.back(), MessageId::have_all, {});
        if (!model_.peers.back().closed) say(model_.peers.back(), MessageId::unchoke, {});
    }
    void add(const swarm::PeerTraits& traits) {
        const auto key = swarm_.on_peer_connected(traits, now_);
        model_.peers.emplace_back(key, traits, layout_.piece_count(), pool_);
        take_actions();
    }
    void disconnect(const ModelPeer& peer) {
        const auto key = peer.key;
        std::erase_if(model_.peers, [&](const ModelPeer& other) { return other.key == key; });
        swarm_.on_peer_disconnected(key, now_);
        collect();
    }

    /// Bytes from the wire, as a peer session handles them.
    void receive(ModelPeer& peer, Bytes bytes) {
        const auto into_block = std::min(bytes.size(), peer.reader.direct().size());
        std::copy_n(bytes.begin(), into_block, peer.reader.direct().begin());
        peer.reader.commit_direct(into_block);
        bytes = bytes.subspan(into_block);
        while (!peer.closed) {
            auto message = peer.reader.next(bytes);
            if (!message) return disconnect(peer);
            if (!message->has_value()) return;
            auto& m = **message;
            if (m.id != MessageId::extended && m.id != MessageId::port &&
                m.id != MessageId::keep_alive) {
                deliver(peer, m);
            }
        }
    }
    void deliver(ModelPeer& peer, wire::Message& message) {
        model_.hear(peer, message);
        swarm_.on_message(peer.key, message, now_);
        take_actions();
    }
    void say(ModelPeer& peer, MessageId id, const BlockRequest& block) {
        wire::Message message;
        message.id = id;
        message.block = block;
        if (id == MessageId::piece) {
            message.block.length = std::min(block.length, kBlockSize);
            message.data = pool_.acquire();
        }
        deliver(peer, message);
    }
    void say_bitfield(ModelPeer& peer) {
        const auto bytes = choose_pieces(input_, layout_.piece_count()).to_wire();
        wire::Message message;
        message.id = MessageId::bitfield;
        message.payload = bytes;
        deliver(peer, message);
    }
    void say_anything(ModelPeer& peer) {
        constexpr MessageId kIds[] = {
            MessageId::choke,          MessageId::unchoke,   MessageId::interested,
            MessageId::not_interested, MessageId::have,      MessageId::request,
            MessageId::piece,          MessageId::cancel,    MessageId::suggest_piece,
            MessageId::have_all,       MessageId::have_none, MessageId::reject_request,
            MessageId::allowed_fast};
        const auto id = kIds[input_.below(13)];
        say(peer, id, any_block());
    }
    BlockRequest any_block() {
        const auto kind = input_.byte();
        if (kind == 255) return {PieceIndex(input_.number()), input_.number(), input_.number()};
        const PieceIndex piece(input_.below(layout_.piece_count()));
        auto out = layout_.block(piece, input_.below(layout_.block_count(piece)));
        if (kind == 254) out.length = input_.below(kBlockSize + 2);
        return out;
    }
    /// One of those that the peer was asked for: the oldest, the newest, or a reject of it.
    void answer(ModelPeer& peer) {
        const auto how = input_.byte();
        const auto block = how % 2 == 0 ? *peer.asked.begin() : *peer.asked.rbegin();
        say(peer, how % 16 == 15 ? MessageId::reject_request : MessageId::piece, block);
    }

    void pass(Duration time) {
        now_ += time;
        swarm_.on_timeout(now_);
    }

    /// The disk has done one thing: parked blocks, or a run that is written, good, bad or altered.
    /// Of a piece that is over with it perhaps says so twice.
    void judge() {
        const auto how = input_.byte();
        if (!model_.parks.empty() && (how % 2 == 0 || model_.runs.empty())) {
            return park(how / 2 % model_.parks.size());
        }
        if (model_.runs.empty()) return;
        const auto at = how / 8 % model_.runs.size();
        auto run = std::move(model_.runs[at]);
        model_.runs.erase(model_.runs.begin() + static_cast<std::ptrdiff_t>(at));
        run.blocks.clear();
        std::vector<Sha1Digest> digests(run.want_digests || how % 2 == 0 ? blocks(run) : 0);
        for (auto& digest : digests)
            digest[0] = std::byte{static_cast<std::uint8_t>(input_.byte() % 2)};
        if (!run.parked.empty() && how % 8 == 3) {
            model_.on_altered(run);
            return swarm_.on_piece_altered(run.piece, now_);
        }
        if (run.last && how % 8 < 2) model_.on_failed(run);
        for (int times = run.last && how % 8 == 7 ? 2 : 1; times > 0; --times) {
            if (!run.last) {
                swarm_.on_run_written(run.piece, run.hash, now_);
            } else if (how % 8 < 2) {
                // Of a bad piece, the digests always come.
                digests.resize(blocks(run));
                swarm_.on_piece_failed(run.piece, digests, now_);
            } else {
                swarm_.on_piece_verified(run.piece, digests, now_);
            }
        }
    }
    void park(std::size_t at) {
        auto blocks = std::move(model_.parks[at]);
        model_.parks.erase(model_.parks.begin() + static_cast<std::ptrdiff_t>(at));
        blocks.buffers.clear();
        swarm_.on_parked(blocks.piece, blocks.blocks, model_.marks_of(blocks), now_);
    }
    std::size_t blocks(const swarm::WriteRun& run) const { return layout_.block_count(run.piece); }

    void take_actions() {
        std::vector<swarm::Action> actions;
        swarm_.take_actions(actions);
        model_.take(actions);
    }
    /// As a torrent does: carries out, and tells of the peers that this has closed.
    void collect() {
        take_actions();
        for (std::size_t i = 0; i < model_.peers.size();) {
            if (!model_.peers[i].closed) {
                ++i;
                continue;
            }
            disconnect(model_.peers[i]);
            i = 0;
        }
    }

    void complete() {
        write_all();
        swarm::PeerTraits traits;
        traits.endpoint = {IpAddress::v4({10, 0, 1, 1}), 6881};
        add(traits);
        say(model_.peers.back(), MessageId::have_all, {});
        if (!model_.peers.back().closed) say(model_.peers.back(), MessageId::unchoke, {});
        for (int i = 0; i < 1000 && !swarm_.complete(); ++i) {
            pass(swarm::kTick);
            collect();
            write_all();
            BT_ASSERT(swarm_.complete() || !model_.peers.empty());
            while (!model_.peers.empty() && !model_.peers[0].asked.empty()) {
                now_ += 1ms;
                say(model_.peers[0], MessageId::piece, *model_.peers[0].asked.begin());
                collect();
                write_all();
            }
        }
        BT_ASSERT(swarm_.complete() && swarm_.stats(now_).wanted_left == 0);
    }
    void write_all() {
        while (!model_.parks.empty() || !model_.runs.empty()) {
            if (!model_.parks.empty()) {
                park(0);
                collect();
                continue;
            }
            auto run = std::move(model_.runs.front());
            model_.runs.erase(model_.runs.begin());
            run.blocks.clear();
            if (run.last) {
                swarm_.on_piece_verified(run.piece, {}, now_);
            } else {
                swarm_.on_run_written(run.piece, run.hash, now_);
            }
            collect();
        }
    }

    fuzz::Input input_;
    BlockPool pool_;  // outlives the swarm and its actions
    metainfo::PieceLayout layout_;
    swarm::Swarm swarm_;
    fuzz::SwarmModel model_;
    TimePoint now_ = TimePoint{} + 1000s;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Run(fuzz::Input(data, size)).play();
    return 0;
}
