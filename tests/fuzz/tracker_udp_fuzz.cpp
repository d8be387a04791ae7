// One UDP announce: each part of the input is a packet, whose transaction id is made right or left
// as it is; time passes between them. The exchange comes to an end.
#include <algorithm>
#include <cstdint>

#include "bt/core/assert.hpp"
#include "bt/tracker/udp.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bt;
    auto rest = std::as_bytes(std::span(data, size));
    std::uint32_t transaction = 0;
    const auto family = size % 2 == 0 ? tracker::Family::v4 : tracker::Family::v6;
    tracker::UdpExchange exchange({}, {family, "/announce", {}}, [&] { return ++transaction; });
    TimePoint now{};
    int sent = 0;
    while (rest.size() >= 3 && !exchange.outcome()) {
        if (exchange.poll(now)) ++sent;
        const auto length = std::min(rest.size() - 3, std::to_integer<std::size_t>(rest[0]));
        const bool right = (rest[1] & std::byte{1}) != std::byte{0};
        now += std::chrono::seconds(std::to_integer<int>(rest[2]));
        ByteVector packet(rest.begin() + 3, rest.begin() + 3 + static_cast<std::ptrdiff_t>(length));
        if (right && packet.size() >= 8) write_be(packet.data() + 4, transaction);
        (void)exchange.on_packet(packet, now);
        rest = rest.subspan(3 + length);
    }
    while (!exchange.outcome()) {
        now = std::max(now, exchange.wake_at());
        if (exchange.poll(now)) ++sent;
    }
    BT_ASSERT(sent <= 4 * static_cast<int>(tracker::kUdpLastRetry + 1));
    return 0;
}
