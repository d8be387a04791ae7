// How a command's words become its options: CLI11 behind the few calls that the commands need.
//
// Values are parsed as they are read, so that a bad one is told with the name of its option. Of an
// option that is given twice the last value counts, except for lists.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bt/core/result.hpp"
#include "cli/command_spec.hpp"
#include "cli/exit_code.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace bt::cli {

using Words = std::span<const std::string>;

/// A placeholder of lower-case words joined by "|" lists all values that the option takes: they are
/// completed by shells, and the nearest one is suggested for a wrong one.
class OptionParser {
public:
    /// `usage` stands behind "usage:" in the help, `epilogue` at its end.
    OptionParser(std::string description, std::string usage, std::string epilogue = {});
    ~OptionParser();
    OptionParser(const OptionParser&) = delete;
    OptionParser& operator=(const OptionParser&) = delete;

    /// The options that follow belong to `title` in the help; without a title they are not in it,
    /// nor in the manual or completions.
    void group(std::string title) { group_ = std::move(title); }

    /// --help does not tell of the options with these long names, --help-all does.
    void tell_in_full(std::initializer_list<const char*> names);

    /// The words that are no options. `name` is what errors call them.
    void positionals(const std::string& name, std::vector<std::string>& into);

    void flag(const std::string& names, bool& into, const std::string& help);
    void flag(const std::string& names, std::optional<bool>& into, const std::string& help);
    /// Counts how often it is given.
    void counter(const std::string& names, int& into, const std::string& help);

    template <class T, class Parse>
    void value(const std::string& names, const std::string& placeholder, T& into, Parse parser,
               const std::string& help) {
        add_value(names, placeholder, help, [&into, parser](const std::string& text) {
            return take(parser(text),
                        [&into](auto&& got) { into = std::forward<decltype(got)>(got); });
        });
    }
    /// Repeatable. The values of one layer replace those of the layers below: see set().
    template <class T, class Parse>
    void list(const std::string& names, const std::string& placeholder, std::vector<T>& into,
              Parse parser, const std::string& help) {
        const auto add = [&into, parser](const std::string& text) {
            return take(parser(text),
                        [&into](auto&& got) { into.push_back(std::forward<decltype(got)>(got)); });
        };
        add_list(names, placeholder, help, add, [&into] { into.clear(); });
    }
    /// The same for a parser that makes several of one word.
    template <class T, class Parse>
    void lists(const std::string& names, const std::string& placeholder, std::vector<T>& into,
               Parse parser, const std::string& help) {
        const auto add = [&into, parser](const std::string& text) {
            return take(parser(text),
                        [&into](auto&& got) { into.insert(into.end(), got.begin(), got.end()); });
        };
        add_list(names, placeholder, help, add, [&into] { into.clear(); });
    }
    /// For values that are text as it stands.
    void text(const std::string& names, const std::string& placeholder, std::string& into,
              const std::string& help);

    /// Takes a value from elsewhere than the command line, which beats it: `name` as written there,
    /// without dashes. Of the layers, such as a file and the environment, a later one beats an
    /// earlier one; `layer` tells them apart. An error names neither file nor line.
    [[nodiscard]] std::optional<Error> set(const std::string& name, const std::string& value,
                                           int layer = 1);
    [[nodiscard]] bool knows(const std::string& name) const;

    /// Nothing: go on. A status: leave with it; what there was to say (help, version, an error) has
    /// been said.
    [[nodiscard]] std::optional<ExitCode> parse(Words words);

    /// With `full`, also of the options that are told in full only.
    [[nodiscard]] std::string help(bool full = false) const;
    [[nodiscard]] CommandSpec spec(std::string name) const;
    /// All long names, with their dashes.
    [[nodiscard]] std::vector<std::string> long_names() const;

private:
    using Take = std::function<std::optional<Error>(const std::string& text)>;

    template <class T, class Store>
    static std::optional<Error> take(Result<T> parsed, Store store) {
        if (!parsed) return parsed.error();
        store(std::move(*parsed));
        return std::nullopt;
    }
    void add_value(const std::string& names, const std::string& placeholder,
                   const std::string& help, Take take);
    void add_list(const std::string& names, const std::string& placeholder, const std::string& help,
                  Take take, std::function<void()> clear);
    void remember(const CLI::Option& option, Take take, std::function<void()> clear = {});
    /// The words, with "--option=" as two of them: CLI11 takes what stands behind an equals sign
    /// with nothing there for the value. Errc::option: it is a flag.
    [[nodiscard]] Result<std::vector<std::string>> without_open_ends(Words words) const;
    [[nodiscard]] std::string unknown_option() const;

    /// What becomes of a value, and which layer the values come from that are there.
    struct Setter {
        Take take;
        std::function<void()> clear;  // of a list
        int layer = 0;
    };
    void begin_layer(const CLI::Option& option, int layer);

    const std::unique_ptr<CLI::App> app_;
    std::map<const CLI::Option*, Setter> setters_;
    static constexpr int kCommandLine = std::numeric_limits<int>::max();
    std::string usage_;
    std::string epilogue_;
    std::string group_;
    std::string positional_;
    std::set<std::string> told_in_full_{"--help", "--help-all", "--version", "--conf-path",
                                        "--no-conf"};
    bool version_wanted_ = false;
};

}  // namespace bt::cli
