#include "cli/option_parser.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include "bt/text/escape.hpp"
#include "cli/output.hpp"

namespace bt::cli {

namespace {

constexpr std::string_view kVersion = "bt " BT_VERSION "\n";
constexpr std::size_t kHelpColumn = 30;

/// Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const auto replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row[b.size()];
}

/// "-d, --dir DIR": the short name and the first long one; the others are accepted.
std::string help_names(const CLI::Option& option) {
    std::string out;
    if (!option.get_snames().empty()) out += "-" + option.get_snames().front();
    if (!option.get_lnames().empty()) {
        out += out.empty() ? "    --" : ", --";
        out += option.get_lnames().front();
    }
    if (!option.get_type_name().empty()) out += " " + option.get_type_name();
    return out;
}

}  // namespace

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
    constexpr std::size_t kLongestWord = 64;
    if (word.size() > kLongestWord) return {};
    std::string best;
    auto limit = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const auto& candidate : candidates) {
        // The beginning of a name is as near as can be: the rest was left out.
        const bool begun = word.size() > 3 && candidate.starts_with(word);
        const auto far = begun ? 1 : distance(word, candidate);
        if (far < limit) {
            limit = far;
            best = candidate;
        }
    }
    return best;
}

OptionParser::OptionParser(std::string description, std::string usage, std::string epilogue)
    : app_(std::move(description)), usage_(std::move(usage)), epilogue_(std::move(epilogue)) {
    app_.set_help_flag();
    app_.add_flag("-h,--help")->group("");
    app_.add_flag("--version", version_wanted_, "")->group("");
}

void OptionParser::positionals(const std::string& name, std::vector<std::string>& into) {
    app_.add_option(name, into)->group("");
}

void OptionParser::flag(const std::string& names, bool& into, const std::string& help) {
    app_.add_flag(names, into, help)->group(group_)->take_last();
}

void OptionParser::flag(const std::string& names, std::optional<bool>& into,
                        const std::string& help) {
    app_.add_flag_function(
            names, [&into](std::int64_t count) { into = count > 0; }, help)
        ->group(group_)
        ->take_last();
}

void OptionParser::counter(const std::string& names, int& into, const std::string& help) {
    app_.add_flag(names, into, help)->group(group_);
}

void OptionParser::text(const std::string& names, const std::string& placeholder, std::string& into,
                        const std::string& help) {
    value(
        names, placeholder, into,
        [](const std::string& text) -> Result<std::string> {
            if (text.empty()) return fail(Errc::option, "is empty");
            return text;
        },
        help);
}

void OptionParser::add_value(const std::string& names, const std::string& placeholder,
                             const std::string& help, Take take) {
    auto* const option = app_.add_option_function<std::string>(
        names, [](const std::string&) {}, help);
    option->type_name(placeholder)->group(group_)->take_last();
    option->each([take](const std::string& text) {
        if (const auto error = take(text)) {
            throw CLI::ValidationError(error->message);  // CLI11 puts the name before it
        }
    });
}

void OptionParser::add_list(const std::string& names, const std::string& placeholder,
                            const std::string& help, Take take) {
    auto* const option = app_.add_option_function<std::vector<std::string>>(
        names, [](const std::vector<std::string>&) {}, help);
    option->type_name(placeholder)->group(group_)->allow_extra_args(false);
    option->each([take](const std::string& text) {
        if (const auto error = take(text)) {
            throw CLI::ValidationError(error->message);
        }
    });
}

std::optional<ExitCode> OptionParser::parse(Words words) {
    const auto refuse = [](const std::string& message) {
        print_error("bt: " + text::escape(message, 500));
        return ExitCode::option;
    };
    const auto asks = [&](std::string_view name) {
        return std::find(words.begin(), std::find(words.begin(), words.end(), "--"), name) !=
               std::find(words.begin(), words.end(), "--");
    };
    if (asks("-h") || asks("--help")) return print(help()) ? ExitCode::ok : ExitCode::io_failed;
    try {
        std::vector<std::string> reversed(words.rbegin(), words.rend());
        app_.parse(reversed);
    } catch (const CLI::ExtrasError&) {
        return refuse(unknown_option());
    } catch (const CLI::ParseError& error) {
        return refuse(error.what());
    }
    if (version_wanted_) return print(kVersion) ? ExitCode::ok : ExitCode::io_failed;
    return std::nullopt;
}

std::string OptionParser::unknown_option() const {
    auto word = app_.remaining().front();
    word = word.substr(0, word.find('='));
    std::string out = "unknown option " + word;
    const auto guess = nearest(word, long_names());
    out += guess.empty() ? "; see --help" : "; did you mean " + guess + "?";
    return out;
}

std::vector<std::string> OptionParser::long_names() const {
    std::vector<std::string> out;
    for (const auto* option : app_.get_options()) {
        for (const auto& name : option->get_lnames())
            out.push_back("--" + name);
    }
    return out;
}

std::string OptionParser::help() const {
    std::string out = app_.get_description() + "\n\nusage: " + usage_ + "\n";
    for (const auto& title : app_.get_groups()) {
        if (title.empty()) continue;
        out += "\n" + title + "\n";
        const auto in_group = [&](const CLI::Option* option) {
            return option->get_group() == title;
        };
        for (const auto* option : app_.get_options(in_group)) {
            auto line = "  " + help_names(*option);
            line.resize(std::max(line.size() + 1, kHelpColumn), ' ');
            out += line + option->get_description() + "\n";
        }
    }
    return out + epilogue_;
}

}  // namespace bt::cli
