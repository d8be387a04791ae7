// An accepted URL is stable, fits on a request line, and shows no secret; a redirect stays a URL.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "bt/core/assert.hpp"
#include "bt/text/url.hpp"

namespace {

using bt::text::Url;

/// The server's words may hold anything, the pass-key of the query too.
void check_redact_in(const Url& url, std::string_view input) {
    const auto shown = bt::text::redact_in(std::string(input) + " " + url.query, url);
    const bool one_value = url.query.find_first_of("&;=.") == std::string::npos;
    if (!one_value || url.query.size() < 8 || url.query == "announce") return;
    BT_ASSERT(shown.find(url.query) == std::string::npos);
}

void check(const Url& url) {
    const auto text = url.to_string();
    const auto again = Url::parse(text);
    BT_ASSERT(again && *again == url && url.port != 0);
    BT_ASSERT(std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; }));
    BT_ASSERT(url.path.starts_with('/'));
    const auto shown = bt::text::redact(url);
    BT_ASSERT(shown.find('?') == std::string::npos);
    BT_ASSERT(shown.substr(0, shown.find('/', 8)).find('@') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto line = std::min(input.find('\n'), size);
    const auto first = input.substr(0, line);
    if (const auto url = Url::parse(first)) {
        check(*url);
        check_redact_in(*url, input);
        if (const auto next = resolve(*url, input.substr(std::min(line + 1, size)))) check(*next);
    }
    return 0;
}
