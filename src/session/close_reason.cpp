#include "session/close_reason.hpp"

namespace bt::session {

const char* describe(swarm::CloseReason reason) {
    switch (reason) {
        case swarm::CloseReason::none:
            return "closed";
        case swarm::CloseReason::protocol_error:
            return "broke the protocol";
        case swarm::CloseReason::bad_data:
            return "sent bad data";
        case swarm::CloseReason::useless:
            return "gives nothing";
        case swarm::CloseReason::both_complete:
            return "both complete";
        case swarm::CloseReason::timed_out:
            return "timed out";
    }
    return "closed";
}

}  // namespace bt::session
