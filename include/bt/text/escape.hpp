// The one gate for strings from outside (names, tracker messages, client names) on their way to a
// person: a terminal, a log or JSON.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bt::text {

inline constexpr std::size_t kEscapedBytes = 200;

/// `foreign` as one line of valid UTF-8 that no terminal acts on. Control characters (C0, DEL, C1),
/// bidirectional and invisible characters and bytes that are not UTF-8 become "\x1b" or "\u202e".
/// A result longer than `max_bytes` is cut between characters and ends in "...".
/// escape(escape(x)) == escape(x).
[[nodiscard]] std::string escape(std::string_view foreign, std::size_t max_bytes = kEscapedBytes);

/// `text` as a JSON string in its quotes: always valid JSON and safe for a terminal. What escape()
/// would escape is written as \uXXXX, bytes that are not UTF-8 as \ufffd.
[[nodiscard]] std::string json_string(std::string_view text);

}  // namespace bt::text
