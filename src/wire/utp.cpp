#include "bt/wire/utp.hpp"

namespace bt::wire {

namespace {

constexpr std::byte kSyn{0x41};  // type 4, version 1
constexpr std::byte kReset{0x31};
constexpr std::size_t kConnection = 2;
constexpr std::size_t kTime = 4;
constexpr std::size_t kTimeDifference = 8;
constexpr std::size_t kSequence = 16;
constexpr std::size_t kAcknowledged = 18;

}  // namespace

std::optional<std::array<std::byte, kUtpHeaderSize>> refuse_utp(Bytes packet,
                                                                std::uint32_t microseconds) {
    if (packet.size() < kUtpHeaderSize || packet[0] != kSyn) return std::nullopt;
    std::array<std::byte, kUtpHeaderSize> out{};
    out[0] = kReset;
    const auto* in = packet.data();
    write_be(out.data() + kConnection, read_be<std::uint16_t>(in + kConnection));
    write_be(out.data() + kTime, microseconds);
    write_be(out.data() + kTimeDifference, microseconds - read_be<std::uint32_t>(in + kTime));
    write_be(out.data() + kAcknowledged, read_be<std::uint16_t>(in + kSequence));
    return out;
}

}  // namespace bt::wire
