// What a Swarm wants done. The torrent carries actions out in order.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "bt/core/block.hpp"
#include "bt/core/endpoint.hpp"
#include "bt/core/ids.hpp"
#include "bt/crypto/sha1.hpp"
#include "bt/wire/message.hpp"

namespace bt::swarm {

/// Send a message without payload: choke, unchoke, interested, not_interested, have, request,
/// cancel, reject_request, allowed_fast.
struct Send {
    PeerKey peer;
    wire::MessageId id;
    BlockRequest block;  // as in wire::Message
    friend bool operator==(const Send&, const Send&) = default;
};

/// Read a block from disk and send it to the peer. Validated: we have it, the peer may have it.
struct Serve {
    PeerKey peer;
    BlockRequest block;
    friend bool operator==(const Serve&, const Serve&) = default;
};

/// Forget blocks to be served that have not begun to leave: one (cancel), or all (choke).
/// `reject`: BEP 6, answer each with reject_request.
struct StopServing {
    PeerKey peer;
    BlockRequest block;  // unused when `all`
    bool all = false;
    bool reject = false;
    friend bool operator==(const StopServing&, const StopServing&) = default;
};

/// Hash and write a run of a piece. A small piece is one run, verified before it is written, but
/// for what was parked; a large one comes in runs, each after the one before has returned.
struct WriteRun {
    PieceIndex piece;
    std::uint32_t begin = 0;   // bytes from the start of the piece
    std::uint32_t length = 0;  // bytes
    bool last = false;         // the piece ends here: compare the digest
    bool want_digests =
        false;          // return the SHA-1 of every block of the piece, also when it is good
    crypto::Sha1 hash;  // of [0, begin)
    std::vector<BlockBuffer> blocks;  // nothing where one is parked
    ParkedBlocks parked;              // of the run: to be read before it is hashed
};

/// Write blocks that wait for others to their place, as they are: so they take no memory, and the
/// end of the process does not take them. Nothing else of this piece is handed out before it is
/// done.
struct ParkBlocks {
    PieceIndex piece;
    std::vector<std::uint32_t> blocks;    // by their numbers in the piece, in order; may be empty
    std::vector<BlockBuffer> buffers;     // of each
    std::vector<std::uint32_t> given_up;  // were parked: what lies there is not to be used
};

enum class CloseReason : std::uint8_t {
    none,
    protocol_error,  // broke the protocol, or one of our limits
    bad_data,        // sent a block that made a piece fail
    useless,         // gives nothing and others wait for the slot
    both_complete,   // two seeds have nothing to say to each other
    timed_out,
};

struct Disconnect {
    PeerKey peer;
    CloseReason reason = CloseReason::none;
    bool ban = false;  // never talk to this address again
    friend bool operator==(const Disconnect&, const Disconnect&) = default;
};

/// Never talk to this address again. For liars that have hung up before they were found out; those
/// still connected get a Disconnect.
struct BanAddress {
    IpAddress address;
    friend bool operator==(const BanAddress&, const BanAddress&) = default;
};

/// A piece has been verified and is on disk.
struct PieceDone {
    PieceIndex piece;
    friend bool operator==(const PieceDone&, const PieceDone&) = default;
};

using Action =
    std::variant<Send, Serve, StopServing, WriteRun, ParkBlocks, Disconnect, PieceDone, BanAddress>;

}  // namespace bt::swarm
