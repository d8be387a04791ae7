#include "cli/manual.hpp"

#include <algorithm>

namespace bt::cli {

namespace {

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
        text.replace(at, what.size(), with);
        at += with.size();
    }
}

/// The entry of one option: all its names, what it means, and what its reversed names are.
std::string entry(const OptionSpec& option) {
    std::string out = ".TP\n";
    std::string others;
    std::string names;
    const auto main = option.main_names();
    for (const auto& name : option.names) {
        const bool is_main = std::find(main.begin(), main.end(), name) != main.end();
        const bool reversed = std::find(option.reversed.begin(), option.reversed.end(), name) !=
                              option.reversed.end();
        auto& list = is_main ? names : others;
        list += (list.empty() ? "" : ", ") + ("\\fB" + roff(name) + "\\fR");
        if (reversed) list += " (the opposite)";
    }
    out += names;
    if (!option.placeholder.empty()) out += " \\fI" + roff(option.placeholder) + "\\fR";
    out += "\n" + roff(option.help) + ".\n";
    if (!others.empty()) out += "Also " + others + ".\n";
    return out;
}

}  // namespace

std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else if ((c == '.' || c == '\'') && out.empty()) {
            out += std::string("\\&") + c;
        } else if (c == '\'') {
            out += "\\(aq";
        } else {
            out += c;
        }
    }
    return out;
}

std::string manual_options(const CommandSpec& command) {
    std::vector<std::string> titles;
    for (const auto& option : command.options) {
        if (std::find(titles.begin(), titles.end(), option.group) == titles.end()) {
            titles.push_back(option.group);
        }
    }
    // That of the help itself, which begins every list.
    if (!titles.empty()) std::rotate(titles.begin(), titles.begin() + 1, titles.end());
    std::string out;
    for (const auto& title : titles) {
        if (titles.size() > 2) out += ".SS " + roff(title) + "\n";
        for (const auto& option : command.options) {
            if (option.group == title) out += entry(option);
        }
    }
    return out;
}

std::string manual_page(std::string_view page, std::span<const CommandSpec> commands,
                        std::string_view version, std::string_view date) {
    std::string out(page);
    for (const auto& command : commands) {
        const auto mark = "@OPTIONS" + (command.name.empty() ? "" : " " + command.name) + "@\n";
        replace_all(out, mark, manual_options(command));
    }
    replace_all(out, "@VERSION@", version);
    replace_all(out, "@DATE@", date);
    return out;
}

}  // namespace bt::cli
