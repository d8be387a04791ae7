// Small files of this program's own, read and replaced whole. They block for as long as the file
// system does; nothing of a torrent is read or written this way.
#pragma once

#include <cstddef>
#include <filesystem>

#include "bt/core/bytes.hpp"
#include "bt/core/result.hpp"

namespace bt::disk {

/// All of a regular file that is no longer than `most` bytes. Errc::not_found: there is none;
/// in_the_way: something else has the name; io_failed: too long, or cannot be read; open_failed.
[[nodiscard]] Result<ByteVector> read_small_file(const std::filesystem::path& path,
                                                 std::size_t most);

/// Gives the file this content, readable for its owner alone, and makes its folder if there is
/// none. Whoever reads it meanwhile, or after this process was killed, finds the one content or the
/// other. It does not wait for the device: what a power cut leaves may be neither. When two
/// processes do so at a time, one of them does. Errc::duplicate: another process is at it;
/// mkdir_failed, create_failed, io_failed, no_space.
[[nodiscard]] Result<> replace_small_file(const std::filesystem::path& path, Bytes content);

}  // namespace bt::disk
