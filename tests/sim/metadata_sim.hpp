// MetadataSim: one MetadataFetch and its peers in virtual time. Every peer has a latency, an uplink
// and manners. Everything follows from one seed.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <queue>
#include <vector>

#include "bt/core/rng.hpp"
#include "bt/swarm/metadata_fetch.hpp"

namespace bt::swarm::sim {

enum class Manner : std::uint8_t {
    honest,
    silent,      // never answers
    rejecting,   // for ever
    corrupting,  // names the true size; a share of its pieces is wrong
    misnaming,   // names another size, and sends pieces of it
    misfitting,  // sends pieces that do not fit what it has named
    fickle,      // honest, but leaves soon and comes back later as somebody else
    learning,    // has nothing and rejects at first
    dripping,    // answers one request every nine seconds, so as not to be called silent
};

struct MetadataSimPeer {
    Manner manner = Manner::honest;
    Duration latency = std::chrono::milliseconds(20);  // to it and back
    double rate = 1e6;                                 // bytes/s
    double corrupt = 0.5;                              // share of pieces, when corrupting
    std::uint32_t misnamed = 0;                        // size, when misnaming
    Duration after{};                                  // when it joins
};

class MetadataSim {
public:
    MetadataSim(std::uint32_t size, std::uint64_t seed);

    void add(const MetadataSimPeer& peer);
    /// Until the metadata is there, or nothing happens any more, or `limit` of virtual time.
    bool run(Duration limit);

    [[nodiscard]] double seconds() const { return to_seconds(now_ - TimePoint{}); }
    [[nodiscard]] const ByteVector& content() const { return content_; }
    [[nodiscard]] MetadataFetch& fetch() { return fetch_; }
    [[nodiscard]] std::size_t received() const { return received_; }  // bytes of pieces
    /// Manners of those that were called liars.
    [[nodiscard]] const std::vector<Manner>& liars() const { return liars_; }

private:
    struct Peer {
        MetadataSimPeer is;
        ConnectionId id;
        bool here = false;
        std::uint32_t owed = 0;  // requests that it has not answered
        TimePoint free{};        // when its uplink is
        TimePoint joined{};
        std::map<std::uint32_t, bool> corrupts;
    };
    struct Event {
        TimePoint at;
        std::uint64_t order;
        std::function<void()> run;
        bool operator<(const Event& other) const {
            return at != other.at ? at > other.at : order > other.order;
        }
    };

    void at(TimePoint when, std::function<void()> what);
    void join(std::size_t index);
    void leave(std::size_t index);
    void on_request(std::size_t index, std::uint32_t piece);
    void answer(std::size_t index, ConnectionId id, std::uint32_t piece);
    void reject(std::size_t index, ConnectionId id, std::uint32_t piece);
    void carry_out();
    [[nodiscard]] std::uint32_t named(const Peer& peer) const;
    [[nodiscard]] ByteVector bytes_of(Peer& peer, std::uint32_t piece);

    Rng rng_;
    ByteVector content_;
    MetadataFetch fetch_;
    std::deque<Peer> peers_;
    std::map<ConnectionId, std::size_t> index_of_;
    std::uint32_t next_id_ = 0;
    std::priority_queue<Event> events_;
    std::uint64_t order_ = 0;
    TimePoint now_{};
    std::size_t received_ = 0;
    std::vector<Manner> liars_;
};

}  // namespace bt::swarm::sim
