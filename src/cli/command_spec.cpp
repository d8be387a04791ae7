#include "cli/command_spec.hpp"

#include <algorithm>

namespace bt::cli {

std::vector<std::string> OptionSpec::main_names() const {
    std::vector<std::string> out;
    for (const auto& name : names) {
        const bool is_long = name.starts_with("--");
        // One of each kind, of which the short ones come first.
        if (out.empty() || (is_long && !out.back().starts_with("--"))) out.push_back(name);
    }
    return out;
}

std::vector<std::string> choices_of(const std::string& placeholder) {
    const auto is_part = [](char c) { return (c >= 'a' && c <= 'z') || c == '|' || c == '-'; };
    if (placeholder.find('|') == std::string::npos ||
        !std::all_of(placeholder.begin(), placeholder.end(), is_part)) {
        return {};
    }
    std::vector<std::string> out;
    for (std::size_t at = 0; at <= placeholder.size();) {
        const auto bar = std::min(placeholder.find('|', at), placeholder.size());
        out.push_back(placeholder.substr(at, bar - at));
        at = bar + 1;
    }
    return out;
}

}  // namespace bt::cli
