// Files that the user named, read whole and within bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "bt/core/bytes.hpp"
#include "bt/core/result.hpp"

namespace bt::cli {

enum class Pipes : std::uint8_t { refused, waited_for };

/// The content of `path`, or of standard input if that is "-". `too_large` if it is longer than
/// `limit` bytes; else Errc::not_found. Messages do not repeat `path`.
[[nodiscard]] Result<ByteVector> read_whole(const std::string& path, std::size_t limit,
                                            const Error& too_large, Pipes pipes);

}  // namespace bt::cli
