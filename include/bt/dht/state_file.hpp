// What a node keeps between runs: its id and good nodes, as a file's bytes. Values.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "bt/core/bytes.hpp"
#include "bt/core/result.hpp"
#include "bt/dht/node_id.hpp"

namespace bt::dht {

/// A longer file is none of ours.
inline constexpr std::size_t kMaxStateBytes = 64 * 1024;

struct SavedNodes {
    NodeId own;
    std::vector<NodeInfo> nodes;
};

/// The first kMaxKept nodes of each family.
[[nodiscard]] ByteVector encode_nodes(const NodeId& own, std::span<const NodeInfo> nodes);
/// All of it, or Errc::mismatch: a file that was cut short, changed or never was ours is as none.
[[nodiscard]] Result<SavedNodes> parse_nodes(Bytes file);

}  // namespace bt::dht
