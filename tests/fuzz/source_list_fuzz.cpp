// A list of sources, or a file of settings: what is accepted is within its bounds, what is refused
// is told in one clean line that begins with the file.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bt/core/assert.hpp"
#include "cli/source_list.hpp"
#include "plain_text.hpp"

namespace {

using namespace bt;
using namespace bt::cli;

void check(const Setting& setting, std::size_t lines) {
    BT_ASSERT(!setting.name.empty() && !setting.name.starts_with('-'));
    BT_ASSERT(setting.name.find_first_of("=\n") == std::string::npos);
    BT_ASSERT(setting.value.find('\n') == std::string::npos);
    BT_ASSERT(setting.line >= 1 && setting.line <= lines);
}

void check(const Error& error) {
    BT_ASSERT(error.code == Errc::option && error.message.starts_with("file:"));
    BT_ASSERT(fuzz::is_clean(error.message));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    const auto list = parse_source_list(text, "file");
    if (list) {
        BT_ASSERT(!list->empty() && list->size() <= lines);
        for (const auto& listed : *list) {
            BT_ASSERT(!listed.source.empty() && listed.source.size() <= kMaxLineBytes);
            BT_ASSERT(listed.source.find_first_of("\t\n") == std::string::npos);
            BT_ASSERT(listed.source[0] != '#' && listed.line >= 1 && listed.line <= lines);
            for (const auto& setting : listed.settings)
                check(setting, lines);
        }
    } else {
        check(list.error());
    }
    const auto settings = parse_settings(text, "file");
    if (!settings) {
        check(settings.error());
        return 0;
    }
    BT_ASSERT(settings->size() <= lines);
    for (const auto& setting : *settings)
        check(setting, lines);
    return 0;
}
