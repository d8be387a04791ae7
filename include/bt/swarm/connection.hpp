// ConnectionId: a connection of one torrent, for machines that are there before its metadata and so
// before its Swarm has keys to give. The owner of the connections numbers them and never uses a
// number again.
#pragma once

#include "bt/core/ids.hpp"

namespace bt::swarm {

using ConnectionId = Index<struct ConnectionTag>;

}  // namespace bt::swarm
