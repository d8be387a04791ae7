#include "bt/tracker/udp.hpp"

#include <algorithm>

#include "bt/text/compact_peers.hpp"

namespace bt::tracker {

namespace {

constexpr std::uint64_t kProtocolId = 0x41727101980;  // BEP 15

enum class UdpAction : std::uint32_t { connect = 0, announce = 1, error = 3 };

constexpr std::size_t kReplyHeader = 8;  // action and transaction id
constexpr std::size_t kConnectReplySize = 16;
constexpr std::size_t kAnnounceReplySize = 20;  // and peers

// BEP 41
constexpr std::byte kUrlData{0x02};
constexpr std::size_t kMaxOptionBytes = 255;

bool answers(Bytes packet, UdpAction action, std::uint32_t transaction, std::size_t least) {
    return packet.size() >= least &&
           read_be<std::uint32_t>(packet.data()) == static_cast<std::uint32_t>(action) &&
           read_be<std::uint32_t>(packet.data() + 4) == transaction;
}

}  // namespace

std::array<std::byte, kUdpConnectSize> encode_udp_connect(std::uint32_t transaction) {
    std::array<std::byte, kUdpConnectSize> out;
    write_be(out.data(), kProtocolId);
    write_be(out.data() + 8, static_cast<std::uint32_t>(UdpAction::connect));
    write_be(out.data() + 12, transaction);
    return out;
}

ByteVector encode_udp_announce(std::uint64_t connection, std::uint32_t transaction,
                               const AnnounceRequest& request, std::string_view path_and_query) {
    ByteVector out;
    out.reserve(kUdpAnnounceSize + 2 + path_and_query.size());
    append_be(out, connection);
    append_be(out, static_cast<std::uint32_t>(UdpAction::announce));
    append_be(out, transaction);
    append(out, request.info_hash.bytes);
    append(out, request.peer_id.bytes);
    append_be(out, request.downloaded);
    append_be(out, request.left);
    append_be(out, request.uploaded);
    append_be(out, static_cast<std::uint32_t>(request.event));
    append_be(out, std::uint32_t{0});  // our address: as the tracker sees it
    append_be(out, request.key);
    append_be(out, request.num_want);
    append_be(out, request.port);
    if (path_and_query == "/") return out;
    while (!path_and_query.empty()) {
        const auto part = path_and_query.substr(0, kMaxOptionBytes);
        out.push_back(kUrlData);
        out.push_back(static_cast<std::byte>(part.size()));
        append(out, part);
        path_and_query.remove_prefix(part.size());
    }
    return out;
}

std::optional<std::uint64_t> parse_udp_connect(Bytes packet, std::uint32_t transaction) {
    if (!answers(packet, UdpAction::connect, transaction, kConnectReplySize)) return std::nullopt;
    return read_be<std::uint64_t>(packet.data() + kReplyHeader);
}

std::optional<AnnounceReply> parse_udp_announce(Bytes packet, std::uint32_t transaction,
                                                Family family) {
    if (!answers(packet, UdpAction::announce, transaction, kAnnounceReplySize)) return std::nullopt;
    const auto number = [&](std::size_t at) { return read_be<std::uint32_t>(packet.data() + at); };
    const auto peers = packet.subspan(kAnnounceReplySize);
    AnnounceReply out;
    out.interval = clamp_interval(number(8));
    out.leechers = number(12);
    out.seeders = number(16);
    out.peers = family == Family::v4 ? text::parse_compact_v4(peers, kMaxReplyPeers)
                                     : text::parse_compact_v6(peers, kMaxReplyPeers);
    keep_usable_peers(out.peers);
    return out;
}

std::optional<AnnounceFailure> parse_udp_error(Bytes packet, std::uint32_t transaction) {
    if (!answers(packet, UdpAction::error, transaction, kReplyHeader)) return std::nullopt;
    auto words = as_text(packet.subspan(kReplyHeader));
    return tracker_said(words.substr(0, words.find('\0')));  // some trackers end it as C does
}

}  // namespace bt::tracker
