#include "cli/option_parser.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <functional>
#include <sstream>

#include "bt/text/escape.hpp"
#include "cli/nearest.hpp"
#include "cli/output.hpp"
#include "cli/values.hpp"

namespace bt::cli {

namespace {

constexpr std::string_view kVersion = "bt " BT_VERSION "\n";
/// More than a kernel passes on.
constexpr int kMaxPositionals = 1 << 24;
constexpr std::size_t kHelpColumn = 30;
constexpr std::size_t kHelpWidth = 80;

/// The name of an option as the command line has it.
std::string dashed(const std::string& name) {
    return (name.size() == 1 ? "-" : "--") + name;
}

Result<bool> parse_flag(const std::string& text) {
    for (const std::string_view yes : {"true", "yes", "on", "1"}) {
        if (text == yes) return true;
    }
    for (const std::string_view no : {"false", "no", "off", "0"}) {
        if (text == no) return false;
    }
    return fail(Errc::option, "\"" + text::escape(text) + "\" is neither true nor false");
}

/// How often something is said: "true", or a number.
Result<int> parse_times(const std::string& text) {
    if (text.size() == 1 && text[0] >= '0' && text[0] <= '9') return text[0] - '0';
    const auto once = parse_flag(text);
    if (!once) return once.error();
    return *once ? 1 : 0;
}

/// "-d, --dir DIR": the short name and the first long one; the others are accepted.
std::string help_names(const OptionSpec& option) {
    std::string out;
    for (const auto& name : option.main_names()) {
        if (out.empty() && name.starts_with("--")) out = "    ";
        out += (out.empty() || out.back() == ' ' ? "" : ", ") + name;
    }
    return option.placeholder.empty() ? out : out + " " + option.placeholder;
}

/// The names, and what they mean in a column of its own.
std::string help_lines(const OptionSpec& option) {
    auto line = "  " + help_names(option);
    line.resize(std::max(line.size() + 2, kHelpColumn), ' ');
    std::string out;
    std::istringstream words(option.help);
    for (std::string word; words >> word;) {
        if (line.size() + word.size() > kHelpWidth && line.size() > kHelpColumn) {
            line.resize(line.find_last_not_of(' ') + 1);
            out += line + "\n";
            line.assign(kHelpColumn, ' ');
        }
        line += word + ' ';
    }
    line.resize(line.find_last_not_of(' ') + 1);
    return out + line + "\n";
}

OptionSpec spec_of(const CLI::Option& option) {
    OptionSpec out;
    for (const auto& name : option.get_snames())
        out.names.push_back("-" + name);
    for (const auto& name : option.get_lnames())
        out.names.push_back("--" + name);
    for (const auto& name : option.get_fnames())
        out.reversed.push_back((name.size() > 1 ? "--" : "-") + name);
    out.placeholder = option.get_type_name();
    out.help = option.get_description();
    out.group = option.get_group();
    out.repeatable = option.get_multi_option_policy() != CLI::MultiOptionPolicy::TakeLast;
    return out;
}

/// `error`, with the value that was probably meant.
std::string with_guess(std::string error, std::string_view text, const std::string& placeholder) {
    const auto choices = choices_of(placeholder);
    const auto guess = nearest(text, choices);
    if (!guess.empty()) error += "; did you mean " + guess + "?";
    return error;
}

}  // namespace

OptionParser::OptionParser(std::string description, std::string usage, std::string epilogue)
    : app_(std::make_unique<CLI::App>(std::move(description))),
      usage_(std::move(usage)),
      epilogue_(std::move(epilogue)) {
    app_->set_help_flag();
    group("Help");
    app_->add_flag("-h,--help")->description("the options that most people need")->group(group_);
    app_->add_flag("--help-all")->description("all options")->group(group_);
    app_->add_flag("--version", version_wanted_, "the version")->group(group_);
    // Read before the command line is, by defaults.cpp.
    app_->add_option_function<std::string>("--conf-path", [](const std::string&) {})
        ->type_name("FILE")
        ->description("settings, instead of ~/.config/bt/bt.conf")
        ->group(group_)
        ->take_last()
        ->each([](const std::string& file) {
            if (file.empty()) throw CLI::ValidationError("is empty");
        });
    app_->add_flag("--no-conf")->description("without a file of settings")->group(group_);
    group("");
}

OptionParser::~OptionParser() = default;

void OptionParser::tell_in_full(std::initializer_list<const char*> names) {
    told_in_full_.insert(names.begin(), names.end());
}

void OptionParser::positionals(const std::string& name, std::vector<std::string>& into) {
    positional_ = name;
    // With extra arguments CLI11 would take the name "[a,b]" for a list of two.
    app_->add_option(name, into)
        ->group("")
        ->expected(kMaxPositionals)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void OptionParser::flag(const std::string& names, bool& into, const std::string& help) {
    auto* const option = app_->add_flag(names, into, help)->take_last();
    option->group(group_);
    remember(*option, [&into](const std::string& text) {
        return take(parse_flag(text), [&into](bool on) { into = on; });
    });
}

void OptionParser::flag(const std::string& names, std::optional<bool>& into,
                        const std::string& help) {
    auto* const option = app_->add_flag_function(
                                 names, [&into](std::int64_t count) { into = count > 0; }, help)
                             ->take_last();
    option->group(group_);
    remember(*option, [&into](const std::string& text) {
        return take(parse_flag(text), [&into](bool on) { into = on; });
    });
}

void OptionParser::counter(const std::string& names, int& into, const std::string& help) {
    auto* const option = app_->add_flag(names, into, help);
    option->group(group_);
    remember(*option, [&into](const std::string& text) {
        return take(parse_times(text), [&into](int times) { into = times; });
    });
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
    auto* const option = app_->add_option_function<std::string>(
        names, [](const std::string&) {}, help);
    option->type_name(placeholder)->take_last();
    option->group(group_);
    const auto guessing = [take = std::move(take), placeholder](const std::string& value) {
        auto error = take(value);
        if (error) error->message = with_guess(error->message, value, placeholder);
        return error;
    };
    remember(*option, guessing);
    option->each([guessing](const std::string& value) {
        if (const auto error = guessing(value)) {
            throw CLI::ValidationError(error->message);  // CLI11 puts the name before it
        }
    });
}

void OptionParser::add_list(const std::string& names, const std::string& placeholder,
                            const std::string& help, Take take, std::function<void()> clear) {
    auto* const option = app_->add_option_function<std::vector<std::string>>(
        names, [](const std::vector<std::string>&) {}, help);
    option->type_name(placeholder)->allow_extra_args(false);
    option->group(group_);
    remember(*option, take, std::move(clear));
    option->each([this, option, take](const std::string& text) {
        begin_layer(*option, kCommandLine);
        if (const auto error = take(text)) {
            throw CLI::ValidationError(error->message);
        }
    });
}

void OptionParser::remember(const CLI::Option& option, Take take, std::function<void()> clear) {
    setters_[&option] = {std::move(take), std::move(clear)};
}

void OptionParser::begin_layer(const CLI::Option& option, int layer) {
    auto& setter = setters_.at(&option);
    if (setter.layer == layer) return;
    setter.layer = layer;
    if (setter.clear) setter.clear();
}

bool OptionParser::knows(const std::string& name) const {
    const auto* const option = app_->get_option_no_throw(dashed(name));
    return option != nullptr && setters_.contains(option);
}

std::optional<Error> OptionParser::set(const std::string& name, const std::string& value,
                                       int layer) {
    if (!knows(name)) {
        const auto guess = nearest(dashed(name), long_names());
        return fail(Errc::option,
                    "unknown option " + text::escape(name) +
                        (guess.empty() ? "" : "; did you mean " + guess.substr(2) + "?"));
    }
    const auto& option = *app_->get_option_no_throw(dashed(name));
    begin_layer(option, layer);
    auto text = value;
    if (option.check_fname(name)) {
        const auto on = parse_flag(value);
        if (on) text = *on ? "false" : "true";
    }
    // No shell has seen it.
    const auto kind = option.get_type_name();
    if (kind == "DIR" || kind == "FILE") text = expand_home(text);
    const auto error = setters_.at(&option).take(text);
    if (error) return fail(Errc::option, name + ": " + error->message);
    return std::nullopt;
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
    const bool full = asks("--help-all");
    if (full || asks("-h") || asks("--help")) {
        return print(help(full)) ? ExitCode::ok : ExitCode::io_failed;
    }
    try {
        auto plain = without_open_ends(words);
        if (!plain) return refuse(plain.error().message);
        std::reverse(plain->begin(), plain->end());
        app_->parse(*plain);
    } catch (const CLI::ExtrasError&) {
        return refuse(unknown_option());
    } catch (const CLI::ParseError& error) {
        return refuse(error.what());
    }
    if (version_wanted_) return print(kVersion) ? ExitCode::ok : ExitCode::io_failed;
    return std::nullopt;
}

Result<std::vector<std::string>> OptionParser::without_open_ends(Words words) const {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto& word = words[i];
        out.push_back(word);
        if (word == "--") {
            out.insert(out.end(), words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
            break;
        }
        const bool open =
            word.size() > 3 && word.starts_with("--") && word.find('=') == word.size() - 1;
        const auto name = open ? word.substr(0, word.size() - 1) : word;
        const auto* const option =
            name.starts_with('-') ? app_->get_option_no_throw(name) : nullptr;
        if (option == nullptr) continue;
        const bool takes_value = option->get_items_expected_max() > 0;
        if (open && !takes_value) {
            return fail(Errc::option, name + ": \"\" is neither true nor false");
        }
        if (open) {
            out.back() = name;
            out.emplace_back();
        } else if (takes_value && i + 1 == words.size()) {
            return fail(Errc::option, name + " needs a value: " + option->get_type_name());
        } else if (takes_value) {
            out.push_back(words[++i]);  // a value, whatever it looks like
        }
    }
    return out;
}

std::string OptionParser::unknown_option() const {
    auto word = app_->remaining().front();
    word = word.substr(0, word.find('='));
    std::string out = "unknown option " + word;
    const auto guess = nearest(word, long_names());
    out += guess.empty() ? "; see --help" : "; did you mean " + guess + "?";
    return out;
}

std::vector<std::string> OptionParser::long_names() const {
    std::vector<std::string> out;
    for (const auto* option : app_->get_options()) {
        for (const auto& name : option->get_lnames())
            out.push_back("--" + name);
    }
    return out;
}

CommandSpec OptionParser::spec(std::string name) const {
    CommandSpec out{std::move(name), app_->get_description(), usage_, positional_, {}, {}};
    for (const auto* option : app_->get_options()) {
        if (option->get_positional()) continue;
        if (option->get_group().empty()) {
            for (const auto& long_name : option->get_lnames())
                out.accepted.push_back("--" + long_name);
            continue;
        }
        out.options.push_back(spec_of(*option));
        out.options.back().told = !told_in_full_.contains(out.options.back().main_names().back());
    }
    return out;
}

std::string OptionParser::help(bool full) const {
    const auto all = spec({}).options;
    // In the order in which groups were begun; that of the help itself comes last.
    std::vector<std::string> titles;
    for (const auto& option : all) {
        const bool known = std::find(titles.begin(), titles.end(), option.group) != titles.end();
        if (!option.group.empty() && (full || option.told) && !known) {
            titles.push_back(option.group);
        }
    }
    if (full) std::rotate(titles.begin(), titles.begin() + 1, titles.end());

    std::string out = app_->get_description() + "\n\nusage: " + usage_ + "\n";
    for (const auto& title : titles) {
        out += "\n" + title + "\n";
        for (const auto& option : all) {
            if (option.group != title || !(full || option.told)) continue;
            out += help_lines(option);
        }
    }
    return out + epilogue_;
}

}  // namespace bt::cli
