// One word as every kind of value that an option can have: within its bounds, or refused in one
// clean line.
#include <cstdint>
#include <string_view>

#include "bt/core/assert.hpp"
#include "bt/text/url.hpp"
#include "option_values.hpp"
#include "plain_text.hpp"

namespace {

using namespace bt;

/// Whether it was accepted.
template <class T>
bool judged(const Result<T>& result) {
    if (result) return true;
    BT_ASSERT(result.error().code == Errc::option);
    BT_ASSERT(!result.error().message.empty() && fuzz::is_clean(result.error().message));
    return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view word(reinterpret_cast<const char*>(data), size);
    const auto count = cli::parse_count(word, 3, 70'000);
    if (judged(count)) BT_ASSERT(*count >= 3 && *count <= 70'000);
    const auto bytes = cli::parse_size(word);
    if (judged(bytes)) BT_ASSERT(*bytes <= 1'000'000'000'000'000'000u);
    const auto time = cli::parse_duration(word);
    if (judged(time)) fuzz::check_duration(*time);
    const auto ports = cli::parse_ports(word);
    if (judged(ports)) fuzz::check_ports(*ports);
    const auto peer = cli::parse_host_port(word);
    if (judged(peer)) fuzz::check_peer(*peer);
    (void)judged(cli::parse_host_port(word, 0));
    const auto tracker = cli::parse_tracker(word);
    if (judged(tracker)) BT_ASSERT(*tracker == word && text::Url::parse(word));
    (void)judged(cli::parse_color(word));
    return 0;
}
