// FileChoice: which files of a torrent the user wants, as typed: --select-file and --exclude.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bt/core/result.hpp"
#include "bt/metainfo/metainfo.hpp"
#include "bt/text/glob.hpp"

namespace bt::cli {

/// Of one list, at most; a longer one is refused.
inline constexpr std::size_t kMaxChoiceItems = 10'000;

struct FileChoice {
    /// Both ends included, counted from 1 as `bt info` does.
    struct Range {
        std::uint32_t first = 0;
        std::uint32_t last = 0;
    };
    struct Item {
        std::string typed;
        std::variant<Range, text::Glob> what;
    };
    using List = std::vector<Item>;

    std::vector<List> select;   // nothing: all
    std::vector<List> exclude;  // of those

    [[nodiscard]] bool all() const { return select.empty() && exclude.empty(); }
    /// Whether each file of the torrent is wanted; pad files are not. Errc::option: an index past
    /// the last file, a glob that fits no file, or nothing is left.
    [[nodiscard]] Result<std::vector<bool>> of(const metainfo::Metainfo& torrent) const;
};

/// "1,3-5,*.mkv": indexes, ranges and globs (text::Glob), separated by commas; `\,` and a comma in
/// `[]` are part of a glob. A glob of digits is told from an index by a backslash. Errc::option.
[[nodiscard]] Result<FileChoice::List> parse_file_list(std::string_view text);

}  // namespace bt::cli
