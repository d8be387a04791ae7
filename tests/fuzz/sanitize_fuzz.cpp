// Whatever names come in (lines are paths, '|' parts their elements), the paths stay below the
// folder, are clean UTF-8, and no two are alike or lie in each other.
#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bt/core/assert.hpp"
#include "bt/metainfo/sanitize.hpp"
#include "bt/text/utf8.hpp"

namespace {

using namespace bt::metainfo;

std::vector<std::string_view> split(std::string_view text, char at) {
    std::vector<std::string_view> out;
    for (;;) {
        const auto end = text.find(at);
        out.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return out;
        text.remove_prefix(end + 1);
    }
}

void check(const std::string& path) {
    for (const auto name : split(path, '/')) {
        BT_ASSERT(!name.empty() && name != "." && name != ".." && name.size() <= kMaxNameBytes);
        BT_ASSERT(sanitize_name(name) == name);
    }
    for (std::string_view rest = path; !rest.empty();) {
        const auto step = bt::text::decode_utf8(rest);
        BT_ASSERT(step.valid && !bt::text::is_control(step.value));
        BT_ASSERT(!bt::text::is_invisible(step.value) && step.value != '\\');
        rest.remove_prefix(step.length);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    PathClaims claims;
    std::set<std::string> files;
    for (const auto line : split(input, '\n')) {
        const auto path = sanitize_path(split(line, '|'));
        BT_ASSERT(path.size() <= kMaxPathBytes);
        if (path.empty()) continue;
        const auto claimed = claims.claim(path);
        check(claimed);
        BT_ASSERT(files.insert(claimed).second);
    }
    for (const auto& file : files) {
        const auto inside = files.lower_bound(file + "/");
        BT_ASSERT(inside == files.end() || !inside->starts_with(file + "/"));
    }
    return 0;
}
