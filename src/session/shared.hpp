// Shared: what the torrents of a session use in common. Owned by the session, outlives them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>

#include "bt/core/block.hpp"
#include "bt/core/bytes.hpp"
#include "bt/core/ids.hpp"
#include "bt/net/services.hpp"
#include "bt/session/counters.hpp"
#include "bt/session/session.hpp"
#include "session/disk_service.hpp"
#include "session/throttle.hpp"

namespace bt::session {

class DhtService;
class LocalDiscovery;

struct Shared {
    /// One receive takes this much at most; all peers use the same memory, since nothing stays in
    /// it across an await.
    static constexpr std::size_t kScratchBytes = 256 * 1024;
    /// Of blocks for peers: enough for many, and no more for those who do not read.
    static constexpr std::size_t kMaxUploadBytes = 6u << 20;

    net::Services& services;
    BlockPool& blocks;
    DiskService& disk;
    Observer& observer;
    PeerId peer_id;
    std::uint16_t listen_port;
    std::size_t buffer_limit_bytes;
    std::uint64_t hash_first_bytes;
    Counters& counters;
    Throttle& downloads;
    Throttle& uploads;
    DhtService* dht;        // null: switched off
    LocalDiscovery* local;  // null: switched off
    bool pex;
    std::size_t upload_bytes = 0;  // of blocks that are read for peers, or that they have not taken
    /// What peers may still be given of blocks to read.
    [[nodiscard]] std::size_t upload_room() const {
        return kMaxUploadBytes - std::min(kMaxUploadBytes, upload_bytes);
    }
    std::unique_ptr<std::byte[]> scratch = std::make_unique<std::byte[]>(kScratchBytes);
    std::mt19937_64 seeds{std::random_device{}()};  // seeds the machines of each torrent
};

}  // namespace bt::session
