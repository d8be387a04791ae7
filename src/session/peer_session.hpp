// PeerSession: one connection to one peer: connect, handshake, then messages both ways. Owned by
// the torrent's PeerSet, on the io thread; destroyed when its last coroutine frame is gone.
//
// Receiving is a coroutine that waits for readiness and then takes all that the socket has. Sending
// is tried at once; only when the socket is full does a coroutine wait for room.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "bt/core/bitfield.hpp"
#include "bt/core/endpoint.hpp"
#include "bt/core/time.hpp"
#include "bt/disk/job.hpp"
#include "bt/net/asio.hpp"
#include "bt/net/event.hpp"
#include "bt/swarm/action.hpp"
#include "bt/swarm/connection.hpp"
#include "bt/swarm/metadata_server.hpp"
#include "bt/swarm/upload_queue.hpp"
#include "bt/wire/handshake.hpp"
#include "bt/wire/metadata.hpp"
#include "bt/wire/reader.hpp"
#include "session/early_messages.hpp"
#include "session/outbox.hpp"
#include "session/throttle.hpp"

namespace bt::session {

class PeerSet;

class PeerSession {
public:
    /// Limits on the whole handshake, from connect() on for the dialed.
    static constexpr Duration kHandshakeTimeout = std::chrono::seconds(10);
    /// A peer that has not answered our handshake by then is far away, and a round trip is saved by
    /// telling it our interest now.
    static constexpr Duration kSpeakFirstAfter = std::chrono::milliseconds(150);
    static constexpr Duration kIdleTimeout = std::chrono::seconds(150);
    static constexpr Duration kKeepAliveInterval = std::chrono::seconds(100);
    /// Control messages that wait for a peer that does not read, beside a bitfield.
    static constexpr std::size_t kMaxUnsentControl = 128 * 1024;
    /// A peer that has not taken a block's worth in this time, with blocks waiting, does not read.
    static constexpr Duration kUnreadTimeout = std::chrono::seconds(30);
    /// Requests that cannot be served and cancels of nothing, beside as many as blocks were sent.
    static constexpr std::size_t kMaxFutile = 5000;
    /// BEP 10 handshakes may be repeated; not for ever.
    static constexpr int kMaxExtendedHandshakes = 10;
    /// The ids of extended messages (BEP 10) that we assign.
    static constexpr std::uint8_t kMetadataId = 1;
    static constexpr std::uint8_t kPexId = 2;
    /// Pieces of metadata wait for room once so many bytes of control messages have not left.
    static constexpr std::size_t kMaxUnsentMetadata = 64 * 1024;

    /// `theirs`: the handshake of an incoming connection, already read.
    PeerSession(PeerSet& set, swarm::ConnectionId number, net::TcpSocket socket, Endpoint remote,
                std::optional<wire::Handshake> theirs, TimePoint now, TimePoint deadline);
    ~PeerSession();
    PeerSession(const PeerSession&) = delete;
    PeerSession& operator=(const PeerSession&) = delete;

    /// The life of the connection. Returns when it is closed.
    [[nodiscard]] net::Awaitable<void> run();
    /// Goes on sending when the socket has room again.
    [[nodiscard]] net::Awaitable<void> send_rest();

    void send(const swarm::Send& message);
    void send_bitfield(const Bitfield& have);
    void send_extended_handshake();
    void send_metadata(const wire::MetadataMessage& message);
    void send_pex(Bytes payload);
    void send_port(std::uint16_t port);
    /// The torrent is known from now on.
    void set_piece_count(std::uint32_t count) { reader_.set_piece_count(count); }
    void serve(const BlockRequest& block);
    void stop_serving(const swarm::StopServing& what);
    /// A block to be served has come from disk. flush() follows.
    void on_read(disk::ReadJob& job);
    /// Gives what is in the outbox to the socket, as far as it takes it.
    void flush(TimePoint now);
    /// Memory is free again: receive on.
    void resume() { gate_.notify(); }
    /// Closes what has been silent for too long, keeps alive what has been idle.
    void on_tick(TimePoint now);
    /// Ends both directions. Only PeerSet::close() calls it.
    void shut();

    [[nodiscard]] const Endpoint& remote() const { return remote_; }
    [[nodiscard]] bool outgoing() const { return outgoing_; }
    [[nodiscard]] bool closed() const { return closed_; }
    [[nodiscard]] bool fast() const { return fast_; }
    [[nodiscard]] const wire::Handshake& theirs() const { return *theirs_; }
    [[nodiscard]] const std::string& client() const { return client_; }
    [[nodiscard]] swarm::ConnectionId number() const { return number_; }
    [[nodiscard]] bool speaks_metadata() const { return their_metadata_id_ != 0; }
    [[nodiscard]] bool speaks_pex() const { return their_pex_id_ != 0; }
    /// Where others can reach it, as far as it has said.
    [[nodiscard]] std::optional<Endpoint> listening() const;

    // Kept by PeerSet.
    bool shaken = false;                         // the handshake is done
    std::optional<PeerKey> key;                  // ... and the torrent is known
    std::optional<EarlyMessages> early;          // ... before that
    std::size_t early_bytes = 0;                 // of them, as counted by the set
    bool early_interest = false;                 // it was told of our interest before that
    std::optional<std::uint32_t> request_limit;  // BEP 10 reqq
    int live = 0;                                // coroutines
    bool dirty = false;                          // has something to flush
    bool paused = false;                         // waits at the gate
    bool spoke_first = false;                    // without waiting for its handshake
    /// Until its handshake: what we have, as told along with ours and our interest.
    std::optional<Bitfield> told;

private:
    /// It has said nothing but its handshake at most, after we spoke first.
    [[nodiscard]] bool startled() const { return spoke_first && !heard_; }
    [[nodiscard]] net::Awaitable<bool> shake_hands();
    [[nodiscard]] net::Awaitable<void> receive_loop();
    /// Waits for its turn, where receiving is limited. False once closed.
    [[nodiscard]] net::Awaitable<bool> admission();
    [[nodiscard]] bool may_receive(TimePoint now);
    /// What the next receive may take.
    [[nodiscard]] std::size_t allowance() const;
    /// `left`: of the allowance.
    void settle_receive(std::size_t left, TimePoint now);
    [[nodiscard]] bool receive();
    [[nodiscard]] bool parse(Bytes input, TimePoint now);
    void on_extended(const wire::Message& message);
    void on_extended_handshake(const wire::Message& message);
    void on_metadata(Bytes payload);
    void on_metadata_request(std::uint32_t piece);
    /// Pieces of metadata that were asked for, as far as there is room for them.
    void pump_metadata();
    [[nodiscard]] bool take_early(wire::Message& message);
    void pump();
    /// Sends what may be sent now.
    void send_out(TimePoint now);
    /// Where sending is limited: asks for more, and sends it if it is there.
    void send_rationed(TimePoint now);
    [[nodiscard]] std::size_t ahead() const {
        return outbox_.unsent_payload() + uploads_.reading_bytes();
    }
    /// Tells the others what this peer's uploads take of the memory.
    void account();
    void check_flood();

    struct Receiving final : Throttle::Member {
        Receiving(Throttle::Flow& flow, PeerSession& owner) : Member(flow), session(owner) {}
        void on_grant(TimePoint now) override;
        PeerSession& session;
    };
    struct Sending final : Throttle::Member {
        Sending(Throttle::Flow& flow, PeerSession& owner) : Member(flow), session(owner) {}
        void on_grant(TimePoint now) override;
        PeerSession& session;
    };

    PeerSet& set_;
    const swarm::ConnectionId number_;
    net::TcpSocket socket_;
    Endpoint remote_;
    bool outgoing_;
    bool closed_ = false;
    bool fast_ = false;
    bool sending_rest_ = false;
    bool heard_ = false;     // a message, after the handshake
    bool delivers_ = false;  // blocks were in what came last
    int extended_handshakes_ = 0;
    std::uint8_t their_metadata_id_ = 0;  // BEP 10; 0: it does not speak it
    std::uint8_t their_pex_id_ = 0;
    std::optional<std::uint16_t> their_port_;
    std::optional<swarm::MetadataServer> metadata_server_;
    std::deque<wire::MetadataMessage> metadata_queue_;  // at most MetadataServer::kMaxQueued
    std::optional<wire::Handshake> theirs_;
    std::array<std::byte, wire::kHandshakeSize> handshake_;
    wire::Reader reader_;
    Outbox outbox_;
    swarm::UploadQueue uploads_;
    Receiving receiving_;
    Sending sending_;
    std::uint64_t received_payload_ = 0;  // bytes of whole blocks, ever
    std::uint64_t settled_payload_ = 0;   // of these and the unfinished block, spent
    std::size_t accounted_ = 0;           // bytes, in Shared::upload_bytes
    std::uint64_t sent_blocks_ = 0;       // handed over to the socket
    std::uint64_t read_bytes_ = 0;        // of blocks, that the peer has taken since `read_since_`
    net::Event gate_;
    std::string client_;
    TimePoint read_since_;
    TimePoint deadline_;  // of the handshake
    TimePoint last_received_;
    TimePoint last_sent_;
};

}  // namespace bt::session
