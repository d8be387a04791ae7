#include "cli/file_choice.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "bt/text/escape.hpp"

namespace bt::cli {

namespace {

std::string in_quotes(std::string_view typed) {
    return "\"" + text::escape(typed) + "\"";
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// Up to the next comma that separates; `text` moves past it. `more`: there was one.
std::string_view take_item(std::string_view& text, bool& more) {
    std::size_t at = 0;
    bool in_set = false;
    for (; at < text.size() && (in_set || text[at] != ','); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '[' && text.find(']', at + 1) != std::string_view::npos) {
            in_set = true;
        } else if (text[at] == ']') {
            in_set = false;
        }
    }
    more = at < text.size();
    const auto item = text.substr(0, at);
    text.remove_prefix(more ? at + 1 : text.size());
    return trimmed(item);
}

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// 0 for what is no index: zero itself, or a number too large.
std::uint32_t index_of(std::string_view digits) {
    std::uint32_t out = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return error == std::errc() ? out : 0;
}

Result<FileChoice::Item> parse_item(std::string_view text) {
    if (text.empty()) return fail(Errc::option, "an item of the list is empty");
    const auto dash = text.find('-');
    const auto first = text.substr(0, dash);
    const auto last = dash == std::string_view::npos ? first : text.substr(dash + 1);
    if (!is_number(first) || !is_number(last)) {
        return FileChoice::Item{std::string(text), text::Glob(text)};
    }
    const FileChoice::Range range{index_of(first), index_of(last)};
    if (range.first == 0 || range.last == 0) {
        return fail(Errc::option, in_quotes(text) + " is no index of a file: they begin at 1");
    }
    if (range.first > range.last) {
        return fail(Errc::option, "the range " + in_quotes(text) + " runs backwards");
    }
    return FileChoice::Item{std::string(text), range};
}

class Marking {
public:
    explicit Marking(const metainfo::Metainfo& torrent) : files_(torrent.files) {}

    [[nodiscard]] Result<> mark(const FileChoice::Item& item, std::vector<bool>& out,
                                bool as) const {
        bool any = false;
        const auto set = [&](std::size_t file) {
            if (files_[file].pad) return;
            any = true;
            out[file] = as;
        };
        if (const auto* range = std::get_if<FileChoice::Range>(&item.what)) {
            if (range->last > files_.size()) return beyond(item);
            for (std::size_t i = range->first - 1; i < range->last; ++i)
                set(i);
            if (any) return {};
            return fail(Errc::option, in_quotes(item.typed) + " is only padding, not a file");
        }
        const auto& glob = std::get<text::Glob>(item.what);
        for (std::size_t i = 0; i < files_.size(); ++i) {
            if (glob.matches(files_[i].path)) set(i);
        }
        if (any) return {};
        return fail(Errc::option, in_quotes(item.typed) + " fits no file of the torrent");
    }

private:
    [[nodiscard]] Error beyond(const FileChoice::Item& item) const {
        const auto count = std::to_string(files_.size());
        return fail(Errc::option,
                    "there is no file " + in_quotes(item.typed) + ": the torrent has " +
                        (files_.size() == 1 ? "1 file" : count + " files") + " (see bt info)");
    }

    const std::vector<metainfo::File>& files_;
};

}  // namespace

Result<FileChoice::List> parse_file_list(std::string_view text) {
    FileChoice::List out;
    for (bool more = true; more;) {
        if (out.size() == kMaxChoiceItems) {
            return fail(Errc::option, "the list has more than 10000 items");
        }
        auto item = parse_item(take_item(text, more));
        if (!item) return item.error();
        out.push_back(std::move(*item));
    }
    return out;
}

Result<std::vector<bool>> FileChoice::of(const metainfo::Metainfo& torrent) const {
    const Marking marking(torrent);
    std::vector<bool> out(torrent.files.size(), false);
    if (select.empty()) {
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = !torrent.files[i].pad;
    }
    const auto mark_all = [&](const std::vector<List>& lists, bool as) -> Result<> {
        for (const auto& list : lists) {
            for (const auto& item : list) {
                if (const auto marked = marking.mark(item, out, as); !marked) return marked;
            }
        }
        return {};
    };
    if (const auto marked = mark_all(select, true); !marked) {
        return fail(Errc::option, "--select-file: " + marked.error().message);
    }
    if (const auto marked = mark_all(exclude, false); !marked) {
        return fail(Errc::option, "--exclude: " + marked.error().message);
    }
    if (std::find(out.begin(), out.end(), true) == out.end()) {
        return fail(Errc::option, "--exclude leaves no file of the torrent");
    }
    return out;
}

}  // namespace bt::cli
