// How the names of a torrent become names on disk: below the output folder, valid UTF-8, without
// anything that a terminal or a file manager would act on, and no two alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace bt::metainfo {

/// NAME_MAX of the file systems of Linux.
inline constexpr std::size_t kMaxNameBytes = 255;
/// Of the elements of one path. PATH_MAX of Linux is 4096, with the output folder, the torrent's
/// own and a final NUL in it.
inline constexpr std::size_t kMaxPathBytes = 3072;

/// `name` as one element of a path: outer '/' and '\' go, inner ones, control characters and bytes
/// that are not UTF-8 become '_', bidirectional and invisible characters vanish, "." and ".."
/// become
/// "_", and what is longer than kMaxNameBytes is cut between characters, its extension kept. Empty
/// when nothing is left. Idempotent.
[[nodiscard]] std::string sanitize_name(std::string_view name);

/// The elements of a path, sanitised and joined by '/'; the empty ones are left out. When the whole
/// is longer than kMaxPathBytes, the folders before the last element are left out from the end on.
/// Empty when nothing is left.
[[nodiscard]] std::string sanitize_path(std::span<const std::string_view> elements);

/// The extension of a file name, its dot included; empty when there is none, or a very long one.
[[nodiscard]] std::string_view extension(std::string_view name);

/// Gives every file of a torrent a path of its own. A file whose path is taken, by a file or by a
/// folder, gets ".1", ".2" and so on before its extension; a folder in whose place a file stands
/// likewise, the same for all that lies in it. Linear in the bytes of all paths, whatever they are.
/// A value of the parser.
class PathClaims {
public:
    /// The path to use for `path`, which is an answer of sanitize_path and not empty.
    [[nodiscard]] std::string claim(std::string_view path);

private:
    /// A name in a folder. Keyed so, and not by whole paths, to stay linear for deep ones.
    struct Key {
        std::uint32_t folder = 0;
        std::string name;
        friend bool operator==(const Key&, const Key&) = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept {
            return std::hash<std::string>{}(key.name) * 31 + key.folder;
        }
    };
    [[nodiscard]] std::string claim_file(std::uint32_t folder, std::string_view name);
    /// The folder's name; `folder` becomes its number.
    [[nodiscard]] std::string claim_folder(std::uint32_t& folder, std::string_view name);
    /// The next name derived from `name` that was not tried before in `folder`.
    [[nodiscard]] std::string next_name(std::uint32_t folder, std::string_view name);

    std::unordered_map<Key, std::uint32_t, KeyHash> taken_;     // the number of a folder; 0: a file
    std::unordered_map<Key, std::string, KeyHash> stand_ins_;   // of folders whose name a file has
    std::unordered_map<Key, std::uint32_t, KeyHash> suffixes_;  // the last that next_name gave
    std::uint32_t folders_ = 0;                                 // 0 is the output folder itself
};

}  // namespace bt::metainfo
