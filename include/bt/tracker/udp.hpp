// Announces over UDP as bytes (BEP 15, 41), and the machine for one of them.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "bt/core/bytes.hpp"
#include "bt/core/time.hpp"
#include "bt/tracker/announce.hpp"

namespace bt::tracker {

/// Of the socket: decides how the peers of a reply are written.
enum class Family : std::uint8_t { v4, v6 };

inline constexpr std::size_t kUdpConnectSize = 16;
/// An announce without options.
inline constexpr std::size_t kUdpAnnounceSize = 98;
/// What a receive buffer must hold: any UDP datagram.
inline constexpr std::size_t kMaxUdpReply = 65536;

[[nodiscard]] std::array<std::byte, kUdpConnectSize> encode_udp_connect(std::uint32_t transaction);
/// `path_and_query` of the tracker's URL goes into options (BEP 41) unless it is empty or "/".
[[nodiscard]] ByteVector encode_udp_announce(std::uint64_t connection, std::uint32_t transaction,
                                             const AnnounceRequest& request,
                                             std::string_view path_and_query);

/// The connection id, if `packet` answers the connect of this transaction.
[[nodiscard]] std::optional<std::uint64_t> parse_udp_connect(Bytes packet,
                                                             std::uint32_t transaction);
/// The reply, if `packet` answers the announce of this transaction. An incomplete peer at the end
/// is dropped.
[[nodiscard]] std::optional<AnnounceReply> parse_udp_announce(Bytes packet,
                                                              std::uint32_t transaction,
                                                              Family family);
/// The failure, if `packet` is an error for this transaction.
[[nodiscard]] std::optional<AnnounceFailure> parse_udp_error(Bytes packet,
                                                             std::uint32_t transaction);

/// BEP 15: a request without answer is sent again after 15 * 2^n seconds.
inline constexpr Duration kUdpFirstTimeout = std::chrono::seconds(15);
/// The n of BEP 15 goes up to 8, more than an hour; after this one the tracker counts as silent.
inline constexpr unsigned kUdpLastRetry = 3;
inline constexpr Duration kUdpConnectionLifetime = std::chrono::seconds(60);

/// May be used for any number of announces to the same endpoint from the same address of ours.
struct UdpConnection {
    std::uint64_t id = 0;
    TimePoint expires;
};

/// UdpExchange: one announce to one address of a tracker, connecting before if needed. A machine
/// owned by the coroutine that has the socket:
///
///     while (!exchange.outcome()) {
///         if (auto packet = exchange.poll(now)) send(*packet);
///         receive until exchange.wake_at(); on a packet: exchange.on_packet(packet, now);
///     }
///
/// Invariants:
/// - one request is outstanding at most; every retransmission of it bears its transaction id, so
///   that a late answer counts;
/// - a connection id is not used from 60 s after it came;
/// - a connection of an earlier exchange that is refused, or not answered by the first timeout,
///   gives way to a new one: the tracker may have been started again since;
/// - packets that do not answer the outstanding request change nothing;
/// - the number of datagrams sent is bounded by the retries.
class UdpExchange {
public:
    struct Options {
        Family family = Family::v4;
        std::string path_and_query;               // of the tracker's URL
        std::optional<UdpConnection> connection;  // kept from an earlier exchange
        unsigned last_retry = kUdpLastRetry;
        Duration first_timeout = kUdpFirstTimeout;
    };

    /// `random` gives transaction ids that nobody else can guess; it outlives the exchange.
    UdpExchange(AnnounceRequest request, Options options, std::function<std::uint32_t()> random);

    /// The datagram to send now, if one is due. To be called after every on_packet() and at
    /// wake_at(); calls without need are harmless.
    [[nodiscard]] std::optional<ByteVector> poll(TimePoint now);
    /// When poll() is next of use without a packet; kNever when done. The past before the first
    /// poll().
    [[nodiscard]] TimePoint wake_at() const;
    /// False: not an answer to what was asked; ignored.
    bool on_packet(Bytes packet, TimePoint now);

    /// Set when the announce is over. Errc::timeout: the tracker did not answer.
    [[nodiscard]] const std::optional<AnnounceOutcome>& outcome() const { return outcome_; }
    /// For the next exchange with the same address.
    [[nodiscard]] const std::optional<UdpConnection>& connection() const {
        return options_.connection;
    }

private:
    void on_connected(std::uint64_t id, TimePoint now);
    void on_error(AnnounceFailure failure, TimePoint now);
    /// What is outstanding is an announce with a connection of an earlier exchange.
    [[nodiscard]] bool tries_kept_connection() const { return !connecting_ && !has_connected_; }

    AnnounceRequest request_;
    Options options_;
    std::function<std::uint32_t()> random_;
    std::optional<AnnounceOutcome> outcome_;
    TimePoint send_at_ = TimePoint::min();
    std::uint32_t transaction_ = 0;
    unsigned retry_ = 0;          // the n of BEP 15
    bool outstanding_ = false;    // a request has been sent and not been answered
    bool connecting_ = false;     // it is a connect
    bool has_connected_ = false;  // this exchange, not an earlier one
};

}  // namespace bt::tracker
