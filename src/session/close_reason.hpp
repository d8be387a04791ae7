// Why a peer was closed, in words for the log.
#pragma once

#include "bt/swarm/action.hpp"

namespace bt::session {

[[nodiscard]] const char* describe(swarm::CloseReason reason);

}  // namespace bt::session
