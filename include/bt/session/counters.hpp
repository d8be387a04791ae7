// Counters: what the way of the blocks has cost in a run, for those who look for what holds it up.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bt/core/time.hpp"

namespace bt::session {

struct Counters {
    // Sockets of peers
    std::uint64_t receives = 0;  // calls
    std::uint64_t received_bytes = 0;
    std::uint64_t sends = 0;  // calls
    std::uint64_t sent_bytes = 0;
    std::uint64_t pauses = 0;  // of receiving, for want of memory
    // Blocks
    std::uint64_t blocks = 0;  // received
    std::uint64_t requests = 0;
    std::uint64_t cancels = 0;
    std::uint64_t duplicates = 0;      // blocks asked of one more peer
    std::uint64_t wasted_bytes = 0;    // duplicate, unrequested or failed
    std::uint32_t deepest_queue = 0;   // the most requests outstanding at one peer
    std::size_t most_block_bytes = 0;  // held in memory
    // The disk
    std::uint64_t parked_bytes = 0;  // of blocks written before their piece was there
    std::uint64_t runs = 0;          // hashed and written
    std::uint64_t run_bytes = 0;
    std::size_t most_jobs = 0;  // under way at a time
    Duration hash_time{0};      // of all workers
    Duration write_time{0};
};

}  // namespace bt::session
