// Random peers saying random things in any order. What must hold holds in any case: no broken
// invariant (they are assertions), nothing served that we lack, and the torrent can still be
// completed by one honest seed.
#include "bt/core/rng.hpp"
#include "swarm_fixture.hpp"

namespace bt::swarm::test {
namespace {

constexpr std::uint32_t kPieces = 70;

class SwarmChaos : public SwarmTest, public ::testing::WithParamInterface<std::uint64_t> {
protected:
    BlockRequest any_block() {
        if (random_below(rng, 10) == 0) {
            return {PieceIndex(static_cast<std::uint32_t>(rng())),
                    static_cast<std::uint32_t>(rng()), static_cast<std::uint32_t>(rng())};
        }
        const PieceIndex piece(static_cast<std::uint32_t>(random_below(rng, kPieces)));
        const auto count = layout.block_count(piece);
        return layout.block(piece, static_cast<std::uint32_t>(random_below(rng, count)));
    }
    /// One of those asked for, or any.
    BlockRequest answer(PeerKey peer) {
        const auto asked = requests_to(peer);
        if (asked.empty() || random_below(rng, 20) == 0) {
            auto block = any_block();
            block.length = std::min(block.length, kBlockSize);
            return block;
        }
        return asked[random_below(rng, asked.size())];
    }
    void speak(PeerKey peer) {
        constexpr MessageId kIds[] = {
            MessageId::choke,        MessageId::unchoke,        MessageId::interested,
            MessageId::have,         MessageId::not_interested, MessageId::request,
            MessageId::cancel,       MessageId::have_all,       MessageId::have_none,
            MessageId::unchoke,      MessageId::reject_request, MessageId::allowed_fast,
            MessageId::suggest_piece};
        const auto what = random_below(rng, 40);
        if (what < 20) {
            send_block(peer, answer(peer));
        } else if (what < 22) {
            std::string art;
            for (std::uint32_t i = 0; i < kPieces; ++i)
                art += random_below(rng, 2) == 0 ? 'x' : '.';
            tell_bitfield(peer, art);
        } else {
            const auto id = kIds[random_below(rng, std::size(kIds))];
            tell(peer, id, id == MessageId::reject_request ? answer(peer) : any_block());
        }
    }
    void judge_runs() {
        for (auto& park : std::exchange(parks, {})) {
            park.buffers.clear();
            swarm->on_parked(park.piece, park.blocks, marks_of(park), now);
            collect();
        }
        for (auto& run : std::exchange(runs, {})) {
            run.blocks.clear();
            const auto blocks = layout.block_count(run.piece);
            std::vector<Sha1Digest> digests(blocks);
            for (auto& digest : digests)
                digest[0] = static_cast<std::byte>(random_below(rng, 2));
            if (!run.parked.empty() && random_below(rng, 4) == 0) {
                swarm->on_piece_altered(run.piece, now);
            } else if (!run.last) {
                swarm->on_run_written(run.piece, run.hash, now);
            } else if (random_below(rng, 3) == 0) {
                swarm->on_piece_failed(run.piece, digests, now);
            } else {
                swarm->on_piece_verified(run.piece, digests, now);
            }
            collect();
        }
    }
    void drop_closed(std::vector<PeerKey>& peers) {
        for (const auto& close : std::exchange(closed, {})) {
            swarm->on_peer_disconnected(close.peer, now);
            std::erase(peers, close.peer);
            collect();
        }
    }

    Rng rng;
};

TEST_P(SwarmChaos, EndsInACompleteTorrent) {
    SCOPED_TRACE("seed " + std::to_string(GetParam()));
    rng.seed(GetParam());
    Settings settings;
    settings.buffer_limit_bytes = 1u << (14 + random_below(rng, 10));
    settings.sequential = random_below(rng, 2) == 0;
    const std::uint32_t lengths[] = {1000, kBlockSize, 40'000, 5u << 20};
    const auto length = lengths[GetParam() % std::size(lengths)];
    layout = metainfo::PieceLayout(length, std::uint64_t{kPieces} * length - length / 3);
    start(Bitfield(kPieces), Bitfield(kPieces, true), settings);

    std::vector<PeerKey> peers;
    for (int step = 0; step < 4000 && !swarm->complete(); ++step) {
        now += std::chrono::milliseconds(random_below(rng, 30));
        if (peers.size() < 8) peers.push_back(connect(random_below(rng, 2) == 0));
        const auto at = random_below(rng, peers.size());
        if (random_below(rng, 100) == 0) {
            swarm->on_peer_disconnected(peers[at], now);
            peers.erase(peers.begin() + static_cast<std::ptrdiff_t>(at));
        } else {
            speak(peers[at]);
        }
        if (step % 5 == 0) judge_runs();
        if (step % 7 == 0) wait(kTick);
        if (sends.size() > 5000) sends.clear();
        for (const auto& serve : std::exchange(serves, {}))
            EXPECT_TRUE(swarm->have().get(serve.block.piece));
        drop_closed(peers);
    }
    for (const auto peer : peers)
        swarm->on_peer_disconnected(peer, now);
    write_all();
    sends.clear();
    const auto honest = seed();
    for (int i = 0; i < 1000 && !swarm->complete(); ++i) {
        wait(kTick);
        write_all();
        serve(honest);
    }
    EXPECT_TRUE(swarm->complete());
    EXPECT_EQ(swarm->stats(now).verified, layout.total_length());
    EXPECT_EQ(pool.bytes_in_use(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, SwarmChaos, ::testing::Range<std::uint64_t>(1, 41));

}  // namespace
}  // namespace bt::swarm::test
