// A fetch of metadata with whatever peers, sizes, pieces, rejects and clock the input says. It asks
// nobody for what there is not or too much, holds no more than has arrived, calls no honest peer a
// liar, and one honest peer completes it after all.
#include <chrono>
#include <cstdint>
#include <map>
#include <set>

#include "bt/core/assert.hpp"
#include "bt/crypto/sha1.hpp"
#include "bt/swarm/metadata_fetch.hpp"
#include "bt/wire/metadata.hpp"
#include "input.hpp"

namespace {

using namespace bt;
using namespace std::chrono_literals;
using swarm::ConnectionId;
using swarm::MetadataFetch;

constexpr std::uint32_t kPiece = wire::kMetadataPieceSize;
constexpr int kMostSteps = 300;

struct Peer {
    std::uint64_t size = 0;
    std::multiset<std::uint32_t> owes;  // requests of its connection that it has not answered
    bool lied = false;
};

class Run {
public:
    explicit Run(fuzz::Input input)
        : input_(input), content_(choose_size()), fetch_(InfoHash{crypto::sha1(content_)}) {}

    void play() {
        for (int i = 0; i < kMostSteps && !input_.empty() && !fetch_.complete(); ++i) {
            step();
            collect();
        }
        while (!peers_.empty() && !fetch_.complete())
            leave(peers_.begin()->first);
        complete();
        BT_ASSERT(fetch_.take_metadata() == content_);
    }

private:
    std::size_t choose_size() { return 1 + input_.below(5) * kPiece + input_.below(kPiece); }

    void step() {
        const auto what = input_.below(12);
        if (what == 0 || peers_.empty()) return join(ConnectionId(next_id_++));
        const auto at =
            std::next(peers_.begin(), input_.below(static_cast<std::uint32_t>(peers_.size())));
        switch (what) {
            case 1:
                return pass(100ms * input_.byte());
            case 2:
                return wake();
            case 3:
                return leave(at->first);
            case 4:
                return join(at->first);
            case 5:
            case 6:
                return reject(at->first, at->second);
            default:
                return send(at->first, at->second, what >= 9);
        }
    }

    void join(ConnectionId id) {
        constexpr std::uint64_t kSizes[] = {
            0, 1, kPiece, MetadataFetch::kMaxSize, MetadataFetch::kMaxSize + 1, ~0ull};
        const auto kind = input_.below(12);
        const auto size = kind < 6 ? kSizes[kind] : content_.size();
        peers_[id].size = size;
        fetch_.on_peer(id, IpAddress::v4({192, 0, 2, 1}), size, now_);
    }
    void leave(ConnectionId id) {
        peers_.erase(id);
        fetch_.on_peer_gone(id, now_);
        collect();
    }
    void pass(Duration time) {
        now_ += time;
        fetch_.on_timeout(now_);
    }
    void wake() {
        BT_ASSERT(fetch_.wake_at() > now_);
        if (fetch_.wake_at() == kNever) return;
        now_ = fetch_.wake_at();
        fetch_.on_timeout(now_);
    }
    std::uint32_t choose_piece(Peer& peer) {
        if (peer.owes.empty() || input_.below(8) == 0) return input_.below(8);
        const auto piece = *peer.owes.begin();
        peer.owes.erase(peer.owes.begin());
        return piece;
    }
    void reject(ConnectionId id, Peer& peer) { fetch_.on_reject(id, choose_piece(peer), now_); }

    void send(ConnectionId id, Peer& peer, bool honest) {
        const auto piece = choose_piece(peer);
        const auto begin = std::min<std::size_t>(std::size_t{piece} * kPiece, content_.size());
        ByteVector bytes(content_.begin() + static_cast<std::ptrdiff_t>(begin),
                         content_.begin() + static_cast<std::ptrdiff_t>(
                                                std::min(begin + kPiece, content_.size())));
        if (!honest || peer.size != content_.size()) {
            peer.lied = true;
            bytes.resize(input_.flag() ? bytes.size() : input_.below(kPiece + 1));
            if (!bytes.empty()) bytes[0] ^= std::byte{1};
            if (input_.flag()) bytes.resize(kPiece);
        }
        arrived_ += bytes.size();
        const auto total = input_.below(8) > 0 ? std::optional(peer.size) : std::nullopt;
        fetch_.on_data(id, piece, total, bytes, now_);
    }

    void collect() {
        for (const auto& request : fetch_.take_requests()) {
            auto& peer = peers_.at(request.peer);
            BT_ASSERT(peer.size > 0 && peer.size <= MetadataFetch::kMaxSize);
            // A renamed size leaves requests of the old one behind; each alone is within its own.
            peer.owes.insert(request.piece);
        }
        for (const auto& verdict : fetch_.take_verdicts()) {
            const auto at = peers_.find(verdict.peer);
            if (at == peers_.end()) continue;
            BT_ASSERT(at->second.lied);
        }
        BT_ASSERT(fetch_.held_bytes() <= arrived_);
        BT_ASSERT(!fetch_.complete() || fetch_.wake_at() == kNever);
    }

    void complete() {
        if (fetch_.complete()) return;
        const ConnectionId honest(next_id_++);
        peers_[honest].size = content_.size();
        fetch_.on_peer(honest, IpAddress::v4({192, 0, 2, 2}), content_.size(), now_);
        for (int i = 0; i < 100 && !fetch_.complete(); ++i) {
            collect();
            auto& peer = peers_[honest];
            while (!peer.owes.empty() && !fetch_.complete()) {
                const auto piece = *peer.owes.begin();
                peer.owes.erase(peer.owes.begin());
                const auto begin = std::size_t{piece} * kPiece;
                fetch_.on_data(honest, piece, content_.size(),
                               Bytes(content_).subspan(
                                   begin, std::min<std::size_t>(kPiece, content_.size() - begin)),
                               now_);
            }
            arrived_ = content_.size() + arrived_;
            if (!fetch_.complete()) wake();
        }
        BT_ASSERT(fetch_.complete());
    }

    fuzz::Input input_;
    ByteVector content_;
    MetadataFetch fetch_;
    std::map<ConnectionId, Peer> peers_;
    std::uint32_t next_id_ = 0;
    TimePoint now_{};
    std::size_t arrived_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Run(fuzz::Input(data, size)).play();
    return 0;
}
