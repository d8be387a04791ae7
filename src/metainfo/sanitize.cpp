#include "bt/metainfo/sanitize.hpp"

#include "bt/core/assert.hpp"
#include "bt/text/utf8.hpp"

namespace bt::metainfo {

namespace {

constexpr std::size_t kMaxExtensionBytes = 16;
/// '.' and the digits of any count of files that a torrent can hold.
constexpr std::size_t kSuffixBytes = 11;

constexpr std::string_view kSeparators = "/\\";

/// At most `max_bytes` of `name`, cut before its extension.
std::string cut(std::string_view name, std::size_t max_bytes) {
    if (name.size() <= max_bytes) return std::string(name);
    const auto tail = extension(name);
    const auto stem = name.substr(0, name.size() - tail.size());
    return std::string(text::utf8_prefix(stem, max_bytes - tail.size())) += tail;
}

std::string_view without_outer_separators(std::string_view name) {
    const auto first = name.find_first_not_of(kSeparators);
    if (first == std::string_view::npos) return {};
    return name.substr(first, name.find_last_not_of(kSeparators) - first + 1);
}

}  // namespace

std::string sanitize_name(std::string_view name) {
    name = without_outer_separators(name);
    std::string out;
    while (!name.empty()) {
        const auto step = text::decode_utf8(name);
        const auto sequence = name.substr(0, step.length);
        name.remove_prefix(step.length);
        if (step.valid && text::is_invisible(step.value)) continue;
        const bool safe = step.valid && !text::is_control(step.value) &&
                          kSeparators.find(sequence) == std::string_view::npos;
        out += safe ? sequence : "_";
    }
    if (out == "." || out == "..") return "_";
    return cut(out, kMaxNameBytes);
}

std::string sanitize_path(std::span<const std::string_view> elements) {
    if (elements.empty()) return {};
    const auto last = sanitize_name(elements.back());
    std::string out;
    for (const auto element : elements.first(elements.size() - 1)) {
        const auto folder = sanitize_name(element);
        if (folder.empty()) continue;
        if (out.size() + folder.size() + 2 + last.size() > kMaxPathBytes) break;
        if (!out.empty()) out += '/';
        out += folder;
    }
    if (!out.empty() && !last.empty()) out += '/';
    return out += last;
}

std::string_view extension(std::string_view name) {
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return {};
    const auto tail = name.substr(dot);
    return tail.size() <= kMaxExtensionBytes ? tail : std::string_view{};
}

std::string PathClaims::claim(std::string_view path) {
    BT_ASSERT(!path.empty());
    std::string out;
    std::uint32_t folder = 0;
    for (;;) {
        const auto slash = path.find('/');
        const auto name = path.substr(0, slash);
        if (slash == std::string_view::npos) return out += claim_file(folder, name);
        (out += claim_folder(folder, name)) += '/';
        path.remove_prefix(slash + 1);
    }
}

std::string PathClaims::claim_file(std::uint32_t folder, std::string_view name) {
    std::string chosen(name);
    while (!taken_.try_emplace(Key{folder, chosen}, 0).second)
        chosen = next_name(folder, name);
    return chosen;
}

std::string PathClaims::claim_folder(std::uint32_t& folder, std::string_view name) {
    const auto enter = [this, parent = folder, &folder](const std::string& candidate) {
        const auto [found, fresh] = taken_.try_emplace(Key{parent, candidate}, 0);
        if (fresh) found->second = ++folders_;
        folder = found->second;
        return folder != 0;  // no file stands there
    };
    const auto parent = folder;
    std::string chosen(name);
    if (enter(chosen)) return chosen;
    auto& stand_in = stand_ins_[Key{parent, chosen}];
    if (stand_in.empty()) {
        do {
            stand_in = next_name(parent, name);
        } while (!enter(stand_in));
    } else {
        enter(stand_in);
    }
    return stand_in;
}

std::string PathClaims::next_name(std::uint32_t folder, std::string_view name) {
    // Cut before the count is looked up: long names that differ only in what is cut share it.
    const auto base = cut(name, kMaxNameBytes - kSuffixBytes);
    const auto tail = extension(base);
    const auto suffix = ++suffixes_[Key{folder, base}];
    return base.substr(0, base.size() - tail.size()) + "." + std::to_string(suffix) +
           std::string(tail);
}

}  // namespace bt::metainfo
