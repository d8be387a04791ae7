// Session: all torrents of one run, and what they share: the listening port, the disk pool, block
// buffers, network services. Owned by the command line, on the io thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bt/core/block.hpp"
#include "bt/core/endpoint.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/result.hpp"
#include "bt/core/time.hpp"
#include "bt/metainfo/magnet.hpp"
#include "bt/metainfo/metainfo.hpp"
#include "bt/metainfo/selection.hpp"
#include "bt/net/asio.hpp"
#include "bt/net/services.hpp"
#include "bt/session/announcer.hpp"
#include "bt/session/counters.hpp"

namespace bt::session {

/// Of data, in bytes/s; 0: without limit.
struct RateLimits {
    std::uint64_t download = 0;
    std::uint64_t upload = 0;
};

/// How peers are found beside trackers, in all torrents but private ones (BEP 27).
struct DiscoverySettings {
    bool dht = true;  // BEP 5
    bool pex = true;  // BEP 11
    bool lsd = true;  // BEP 14
    /// Bootstrap nodes in place of the well-known ones: host, port.
    std::vector<std::pair<std::string, std::uint16_t>> dht_bootstrap;
    /// What the DHT knows between runs; empty: nothing.
    std::filesystem::path dht_state;
    /// The run is meant to last: our node answers others from the first (BEP 43), unless behind
    /// NAT.
    bool dht_serves = false;
};

struct SessionSettings {
    std::uint16_t listen_first = 6881;  // the first free port of the range is taken; 0 = any
    std::uint16_t listen_last = 6889;
    bool listen_required = false;  // else any port will do when the range is taken
    unsigned disk_threads = 0;     // 0 = one a core, at most 4
    std::size_t buffer_limit_bytes = kBufferLimit;
    /// Of an unfinished download, what has to be hashed again is hashed before it goes on if it is
    /// no more than this, else beside it.
    std::uint64_t hash_first_bytes = 64u << 20;
    RateLimits limits;  // of all torrents together
    DiscoverySettings discovery;
    net::ServicesSettings services;
};

struct TorrentSettings {
    /// Null while only the link is known.
    std::shared_ptr<const metainfo::Metainfo> metainfo;
    std::optional<metainfo::Magnet> magnet;  // with a v1 info-hash; beside `metainfo`: its peers
    std::filesystem::path directory;
    metainfo::Selection selection;                             // files that are wanted
    std::vector<std::pair<std::string, std::uint16_t>> peers;  // host, port: tried at once
    std::vector<std::string> extra_trackers;  // typed by the user, who may name any host and path
    std::uint32_t max_peers = 200;
    RateLimits limits;
    bool check_integrity = false;  // hash all data on disk before going on
    bool sync = true;              // all that is written is made durable
    bool overwrite = false;
    bool seed_only = false;     // data is there: never write, fail if a piece is missing
    bool keep_seeding = false;  // go on when complete
    bool sequential = false;    // pieces in order
    bool allocate = false;      // reserve space first, where the file system can
};

enum class TorrentState : std::uint8_t {
    metadata,  // asking peers for it
    known,     // it has come: begin() is awaited
    checking,  // hashing what is on disk
    downloading,
    syncing,  // all is there; waiting until it is durable
    seeding,
    finished,  // all there, all files closed
    failed,    // see error
    stopped,   // by stop(), with work left
};

/// Candidates, repeated ones included.
struct FoundPeers {
    std::uint64_t tracker = 0;
    std::uint64_t dht = 0;
    std::uint64_t pex = 0;
    std::uint64_t local = 0;
};

struct TorrentStatus {
    TorrentState state = TorrentState::checking;
    Error error;                        // failed: why
    std::uint64_t length = 0;           // bytes of the files that are wanted
    std::uint64_t done = 0;             // of those, verified and on disk
    std::uint32_t metadata_pieces = 0;  // metadata: that have come
    std::uint32_t metadata_of = 0;      // 0: nobody has told
    std::uint64_t checked = 0;          // checking: bytes hashed so far
    std::uint64_t to_check = 0;
    double check_rate = 0;     // bytes/s
    std::uint64_t synced = 0;  // syncing: bytes so far, of files that owe the device something
    std::uint64_t to_sync = 0;
    std::uint64_t downloaded = 0;  // payload received in this run, wasted included
    std::uint64_t wasted = 0;
    std::uint64_t uploaded = 0;
    double down_rate = 0;  // bytes/s
    double up_rate = 0;
    std::uint32_t pieces = 0;  // that are wanted
    std::uint32_t pieces_done = 0;
    std::uint64_t in_order = 0;  // bytes of the torrent before which nothing wanted is missing
    std::uint32_t peers = 0;     // connected
    std::uint32_t seeds = 0;     // of those
    std::uint32_t half_open = 0;
    std::uint32_t known_peers = 0;
    std::uint32_t choking_us = 0;
    std::uint32_t interesting = 0;
    std::uint32_t ever_connected = 0;
    std::uint32_t banned = 0;
    std::uint32_t hash_failures = 0;
    bool endgame = false;
    bool held = false;        // all is there up to the horizon, and more is wanted
    bool unsynced = false;    // all is there, and left to the kernel to make durable
    double eta_seconds = -1;  // < 0: unknown
    /// From the first byte that was asked for until all is there; of a torrent that is only seeded,
    /// to its end.
    double active_seconds = 0;
    std::vector<TrackerStatus> trackers;
    std::optional<std::size_t> dht_nodes;  // in the table; nothing: the DHT is not asked
    bool asks_local_network = false;
    FoundPeers found;
};

class Observer {
public:
    virtual ~Observer() = default;
    /// The state of `torrent` is another. May add torrents; must not destroy the session.
    virtual void on_state(TorrentId torrent) = 0;
    /// The metadata of a magnet link has come; on_state() follows. Must not begin() it: not before
    /// this call has returned.
    virtual void on_metadata(TorrentId /*torrent*/,
                             std::shared_ptr<const metainfo::Metainfo> /*metainfo*/) {}
    /// remove() is done with `torrent`: it may be added again.
    virtual void on_removed(TorrentId /*torrent*/) {}
    /// These files are verified and on disk: those that were there as soon as the check is over,
    /// and all of them again if it has to be begun again. What on_state() must not do, nor must it.
    virtual void on_files_complete(TorrentId /*torrent*/, std::span<const FileIndex> /*files*/) {}
};

class Session {
public:
    /// Errc::network: no port of the range could be bound. `io` and `observer` outlive the session.
    [[nodiscard]] static Result<std::unique_ptr<Session>> create(net::asio::io_context& io,
                                                                 SessionSettings settings,
                                                                 Observer& observer);
    /// stop() has returned.
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Starts a torrent. Errc::duplicate: already here, or running in another process;
    /// Errc::in_the_way: it would write a file of another that is here; and the errors of
    /// disk::Storage::open() and claim().
    [[nodiscard]] Result<TorrentId> add(TorrentSettings settings);
    /// Goes on with a magnet link whose metadata is known, with all its connections. The settings
    /// name the metainfo. Errors as of add(); then the torrent is as it was, and to be removed.
    [[nodiscard]] Result<> begin(TorrentId torrent, TorrentSettings settings);
    /// Of a torrent that was not removed.
    [[nodiscard]] TorrentStatus status(TorrentId torrent) const;
    /// Ends this torrent, as stop() does all, and returns at once; it goes to stopped if it had
    /// work left. Once it is quiet all that it held is given back, and it is known no more.
    void remove(TorrentId torrent);
    /// Ends the seeding of this torrent, which goes to finished.
    void finish(TorrentId torrent);
    /// Of this torrent nothing behind its first `bytes` bytes is asked for, but for the piece that
    /// they end in, until they are more.
    void set_horizon(TorrentId torrent, std::uint64_t bytes);
    /// Ends every torrent: verified data is kept, trackers are told. Takes 3 s at most.
    [[nodiscard]] net::Awaitable<void> stop();

    [[nodiscard]] std::uint16_t listen_port() const;
    /// For what else the run wants of the network. Not to be used once stop() has returned.
    [[nodiscard]] net::Services& services();
    /// Since the start, of all torrents.
    [[nodiscard]] Counters counters() const;

private:
    struct State;
    explicit Session(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace bt::session
