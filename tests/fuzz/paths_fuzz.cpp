// Whatever names come in (lines are paths, '|' parts their elements), the paths stay beneath the
// folder, are clean UTF-8, no two are alike or lie in each other, and a second time changes
// nothing.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bt/core/assert.hpp"
#include "bt/metainfo/sanitize.hpp"
#include "safe_paths.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bt;
    using namespace bt::metainfo;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    PathClaims claims;
    std::vector<std::string> files;
    for (const auto line : fuzz::split(input, '\n')) {
        const auto path = sanitize_path(fuzz::split(line, '|'));
        BT_ASSERT(path.size() <= kMaxPathBytes);
        if (path.empty()) continue;
        fuzz::check_path(path);
        BT_ASSERT(sanitize_path(fuzz::split(path, '/')) == path);
        files.push_back(claims.claim(path));
        fuzz::check_path(files.back());
    }
    fuzz::check_apart(files);
    PathClaims again;
    for (const auto& file : files)
        BT_ASSERT(again.claim(file) == file);
    return 0;
}
