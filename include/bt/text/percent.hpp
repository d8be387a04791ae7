// Percent-encoding (RFC 3986, 2.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bt::text {

/// Any bytes as one component of a query: all but letters, digits and "-._~" become %XX.
[[nodiscard]] std::string percent_encode(std::string_view bytes);
/// The same for a path: '/' stays too.
[[nodiscard]] std::string percent_encode_path(std::string_view bytes);
/// Nothing when a '%' is not followed by two hex digits. '+' stays '+'.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

}  // namespace bt::text
