// The state of a MetadataFetch: its peers, and for each size that they name what has come of it.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "bt/swarm/metadata_fetch.hpp"
#include "swarm/metadata_attempt.hpp"

namespace bt::swarm {

/// One that the caller has named, until it says that it is gone.
struct MetadataPeer {
    IpAddress address;
    std::uint32_t size = 0;  // that it names; 0: none to be used
    bool out = false;        // judged: not asked or heard any more
    std::uint32_t window = MetadataFetch::kFirstOutstanding;
    std::vector<std::uint32_t> outstanding;  // pieces, in the order that they were asked for
    std::vector<std::uint32_t> late;         // given up; still welcome
    TimePoint heard{};  // of what is outstanding: last answer, or first request
    TimePoint paused_until{};
    Duration pause = MetadataFetch::kFirstPause;  // the next one
    std::uint32_t answers = 0;
    std::uint32_t rests = 0;  // since its last answer
    std::uint32_t misfits = 0;
    std::uint32_t renames = 0;
    // Of a size in doubt
    std::unique_ptr<MetadataAttempt> own;
    bool has_turn = false;
    TimePoint turn_ends{};
    std::uint32_t turns = 0;

    [[nodiscard]] bool usable() const { return size > 0 && !out; }
    /// When it must give its turn to one who waits.
    [[nodiscard]] TimePoint turn_over() const {
        return outstanding.empty() ? turn_ends
                                   : std::min(turn_ends, heard + MetadataFetch::kSilentTurn);
    }
    [[nodiscard]] bool can_be_asked(TimePoint now) const {
        return usable() && paused_until <= now && outstanding.size() < window;
    }
};

/// The digest of a piece that took part in a failure, and who sent it.
struct MetadataEvidence {
    std::uint32_t piece = 0;
    Sha1Digest digest;
    MetadataSender sender;
};

struct MetadataSize {
    explicit MetadataSize(std::uint32_t size) : shared(size) {}
    MetadataAttempt shared;  // of all its peers; not used once it is in doubt
    bool in_doubt = false;
    std::vector<MetadataEvidence> evidence;
    std::uint32_t peers = 0;
};

struct MetadataFetch::State {
    explicit State(const InfoHash& hash) : info_hash(hash) {}

    using Peers = std::map<ConnectionId, MetadataPeer>;

    // Peers come, change and go.
    void join(MetadataPeer& peer, std::uint32_t size);
    void leave(ConnectionId id, MetadataPeer& peer);
    void give_up_outstanding(ConnectionId id, MetadataPeer& peer);
    void rest(MetadataPeer& peer, TimePoint now);
    void judge(const MetadataSender& sender, MetadataVerdict::Kind kind);
    void bound_orphans();

    // What they send.
    [[nodiscard]] MetadataAttempt& attempt_of(MetadataPeer& peer);
    void take(ConnectionId id, MetadataPeer& peer, std::uint32_t piece, Bytes payload,
              TimePoint now);
    void misfit(ConnectionId id, MetadataPeer& peer, std::uint32_t piece, TimePoint now);
    void bound_bytes(const MetadataAttempt& receiver);
    void renew(std::uint32_t size, MetadataAttempt& attempt);
    void finish(ConnectionId id, MetadataPeer& peer);
    void failed(ConnectionId id, MetadataPeer& peer);
    void put_in_doubt(std::uint32_t size);
    void convict_by(const MetadataAttempt& good, std::uint32_t size);
    template <class Visit>
    void for_each_attempt(Visit visit);

    // What they are asked.
    void settle(TimePoint now);
    void expire(TimePoint now);
    void ask_all(std::uint32_t size, MetadataSize& of, TimePoint now);
    void ask_by_turns(std::uint32_t size, TimePoint now);
    void give_turns(std::vector<Peers::value_type*>& waiting, std::size_t taken, TimePoint now);
    bool end_a_turn(std::uint32_t size, TimePoint now);
    bool ask(ConnectionId id, MetadataPeer& peer, MetadataAttempt& attempt, TimePoint now);
    [[nodiscard]] TimePoint next_wake(TimePoint now) const;

    const InfoHash info_hash;
    Peers peers;
    std::map<std::uint32_t, MetadataSize> sizes;
    std::size_t held = 0;  // bytes of all attempts
    std::optional<ByteVector> metadata;
    MetadataProgress finished;
    std::vector<MetadataRequest> requests;
    std::vector<MetadataVerdict> verdicts;
    TimePoint wake = kNever;
};

}  // namespace bt::swarm
