// The small codecs: what one direction accepts, the other gives back.
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>
#include <string_view>

#include "bt/core/assert.hpp"
#include "bt/core/bitfield.hpp"
#include "bt/core/endpoint.hpp"
#include "bt/text/base32.hpp"
#include "bt/text/compact_peers.hpp"
#include "bt/text/escape.hpp"
#include "bt/text/percent.hpp"
#include "bt/text/utf8.hpp"
#include "bt/wire/handshake.hpp"
#include "bt/wire/utp.hpp"
#include "plain_text.hpp"

namespace {

using namespace bt;

std::string in_case(std::string_view text, int (*change)(int)) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [change](char c) {
        return static_cast<char>(change(static_cast<unsigned char>(c)));
    });
    return out;
}

void check_text(std::string_view input) {
    bool valid = true;
    for (auto rest = input; valid && !rest.empty();) {
        const auto length = fuzz::utf8_sequence(rest);
        const auto step = text::decode_utf8(rest);
        valid = length > 0;
        BT_ASSERT(step.valid == valid && step.length > 0 && step.length <= rest.size());
        BT_ASSERT(!valid || step.length == length);
        rest.remove_prefix(step.length);
    }
    BT_ASSERT(text::is_utf8(input) == valid);
    for (const std::size_t most : {input.size(), input.size() / 2, std::size_t{3}}) {
        BT_ASSERT(text::utf8_prefix(input, most).size() <= most);
    }
    for (const std::size_t most : {std::size_t{16}, text::kEscapedBytes}) {
        const auto shown = text::escape(input, most);
        BT_ASSERT(fuzz::is_clean(shown) && shown.size() <= most);
        BT_ASSERT(text::escape(shown, most) == shown);
    }
    const auto json = text::json_string(input);
    BT_ASSERT(fuzz::is_clean(json) && json.size() >= 2);
    BT_ASSERT(json.front() == '"' && json.back() == '"');
}

void check_encodings(std::string_view input) {
    const auto bytes = std::as_bytes(std::span(input));
    const auto from_base32 = text::base32_decode(text::base32_encode(bytes));
    BT_ASSERT(from_base32 && as_text(*from_base32) == input);
    if (const auto decoded = text::base32_decode(input)) {
        BT_ASSERT(text::base32_encode(*decoded) == in_case(input, std::toupper));
    }
    const auto from_hex = text::hex_decode(to_hex(bytes));
    BT_ASSERT(from_hex && as_text(*from_hex) == input);
    if (const auto decoded = text::hex_decode(input)) {
        BT_ASSERT(to_hex(*decoded) == in_case(input, std::tolower));
    }
    BT_ASSERT(text::percent_decode(text::percent_encode(input)) == input);
    BT_ASSERT(text::percent_decode(text::percent_encode_path(input)) == input);
    if (const auto decoded = text::percent_decode(input)) {
        BT_ASSERT(decoded->size() <= input.size());
    }
}

void check_addresses(std::string_view input) {
    if (const auto address = IpAddress::parse(input)) {
        BT_ASSERT(IpAddress::parse(address->to_string()) == address);
    }
    if (const auto endpoint = Endpoint::parse(input)) {
        BT_ASSERT(Endpoint::parse(endpoint->to_string()) == endpoint);
    }
    const auto bytes = std::as_bytes(std::span(input));
    const auto v4 = text::parse_compact_v4(bytes, 10);
    BT_ASSERT(v4.size() == std::min<std::size_t>(bytes.size() / 6, 10));
    BT_ASSERT(std::ranges::equal(text::compact_v4(v4), bytes.first(v4.size() * 6)));
    const auto v6 = text::parse_compact_v6(bytes, 10);
    BT_ASSERT(v6.size() == std::min<std::size_t>(bytes.size() / 18, 10));
    for (const auto& endpoint : v6)
        BT_ASSERT(Endpoint::parse(endpoint.to_string()) == endpoint);
}

void check_wire(Bytes input) {
    if (input.size() >= wire::kHandshakeSize) {
        const auto first = input.first<wire::kHandshakeSize>();
        if (const auto parsed = wire::parse_handshake(first)) {
            const auto again = wire::parse_handshake(wire::to_wire(*parsed));
            BT_ASSERT(again && again->info_hash == parsed->info_hash);
            BT_ASSERT(again->peer_id == parsed->peer_id && again->fast == parsed->fast);
            BT_ASSERT(again->extended == parsed->extended && again->dht == parsed->dht);
        }
    }
    if (const auto refusal = wire::refuse_utp(input, 1)) {
        BT_ASSERT(input.size() >= refusal->size() && !wire::refuse_utp(*refusal, 1));
    }
    for (std::uint32_t spare = 0; spare < 8 && spare < 8 * input.size(); ++spare) {
        const auto count = static_cast<std::uint32_t>(8 * input.size()) - spare;
        const auto bits = Bitfield::from_wire(input, count);
        if (bits) BT_ASSERT(std::ranges::equal(bits->to_wire(), input));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span(data, size));
    check_text(as_text(bytes));
    check_encodings(as_text(bytes));
    check_addresses(as_text(bytes));
    check_wire(bytes);
    return 0;
}
