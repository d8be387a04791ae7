#include <utility>

#include "bt/core/assert.hpp"
#include "bt/tracker/udp.hpp"

namespace bt::tracker {

UdpExchange::UdpExchange(AnnounceRequest request, Options options,
                         std::function<std::uint32_t()> random)
    : request_(std::move(request)), options_(std::move(options)), random_(std::move(random)) {
    BT_ASSERT(options_.last_retry <= 8);  // BEP 15
}

std::optional<ByteVector> UdpExchange::poll(TimePoint now) {
    if (outcome_ || now < send_at_) return std::nullopt;
    auto& connection = options_.connection;
    if (outstanding_ && tries_kept_connection()) {
        connection.reset();  // the retries are those of the new one
    } else if (outstanding_) {
        if (retry_ == options_.last_retry) {
            outcome_ = AnnounceFailure{fail(Errc::timeout, "the tracker does not answer"), {}};
            return std::nullopt;
        }
        ++retry_;
    }
    if (connection && now >= connection->expires) connection.reset();
    const bool connect = !connection;
    if (!outstanding_ || connect != connecting_) transaction_ = random_();
    connecting_ = connect;
    outstanding_ = true;
    send_at_ = now + options_.first_timeout * (1 << retry_);
    if (connect) {
        const auto packet = encode_udp_connect(transaction_);
        return ByteVector(packet.begin(), packet.end());
    }
    return encode_udp_announce(connection->id, transaction_, request_, options_.path_and_query);
}

TimePoint UdpExchange::wake_at() const {
    return outcome_ ? kNever : send_at_;
}

bool UdpExchange::on_packet(Bytes packet, TimePoint now) {
    if (outcome_ || !outstanding_) return false;
    if (auto failure = parse_udp_error(packet, transaction_)) {
        on_error(std::move(*failure), now);
        return true;
    }
    if (connecting_) {
        const auto id = parse_udp_connect(packet, transaction_);
        if (id) on_connected(*id, now);
        return id.has_value();
    }
    auto reply = parse_udp_announce(packet, transaction_, options_.family);
    if (!reply) return false;
    outcome_ = std::move(*reply);
    return true;
}

/// The retries begin anew once, so that a tracker that only ever answers connects comes to an end.
void UdpExchange::on_connected(std::uint64_t id, TimePoint now) {
    options_.connection = UdpConnection{id, now + kUdpConnectionLifetime};
    if (!std::exchange(has_connected_, true)) retry_ = 0;
    outstanding_ = false;
    send_at_ = now;
}

/// An error to a connection of an earlier exchange may mean its id.
void UdpExchange::on_error(AnnounceFailure failure, TimePoint now) {
    if (!tries_kept_connection()) {
        outcome_ = std::move(failure);
        return;
    }
    options_.connection.reset();
    outstanding_ = false;
    send_at_ = now;
}

}  // namespace bt::tracker
