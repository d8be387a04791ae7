// How many descriptors this process may have, and how many of them the disk may keep open.
#pragma once

#include <cstddef>

namespace bt::disk {

/// Raises the soft limit on open descriptors towards the hard one. To be called once at start.
/// Returns the limit now in force.
std::size_t raise_descriptor_limit();

/// Descriptors of files that all Storages together keep open: a quarter of the limit in force, at
/// most 512; the rest is left to sockets.
[[nodiscard]] std::size_t file_descriptor_budget();

}  // namespace bt::disk
