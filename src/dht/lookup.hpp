// Lookup: one walk towards an id in one family (BEP 5). A machine owned by the Dht, which sends
// what next() says and tells what comes of it.
//
// The nearest node that has not been asked is asked next, kAlpha at a time. One that is late makes
// room for another; its answer still counts. The walk is over when the kClosest nearest nodes that
// are left have answered. Routers and addresses without an id are asked at once, beside the others,
// and again when they are late and nobody has answered: the first step must not hang on one packet.
//
// Ids that are not valid for their address (BEP 42) may have been made up to stand near the target.
// They are asked beside the others, kMaxOthersInFlight at a time, and the walk does not wait for
// them; only where valid ones are too few to end it, they stand in for them.
//
// Invariants
//  - No more than kMaxCandidates are kept and kMaxAsked asked, whatever is answered.
//  - Beyond local ranges a host is asked once, and a subnet has kMaxPerSubnet candidates.
//  - A candidate's id is the one that it answers with, not the one that others give it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "bt/core/bytes.hpp"
#include "bt/core/endpoint.hpp"
#include "bt/dht/node_id.hpp"

namespace bt::dht {

class Lookup {
public:
    static constexpr std::size_t kAlpha = 6;
    static constexpr std::size_t kClosest = 8;  // the K of BEP 5
    static constexpr std::size_t kMaxCandidates = 100;
    static constexpr std::size_t kMaxAsked = 120;
    static constexpr std::size_t kMaxUnnamed = 16;
    static constexpr unsigned kMaxTries = 3;  // of one without an id
    static constexpr std::size_t kMaxPerSubnet = 3;
    /// Nodes of kMaxOthers invalid ids are announced to beside the kClosest valid ones: those who
    /// do not know BEP 42 look there.
    static constexpr std::size_t kMaxOthers = 4;
    static constexpr std::size_t kMaxOthersInFlight = 2;

    explicit Lookup(const NodeId& target) : target_(target) {}

    [[nodiscard]] const NodeId& target() const { return target_; }

    /// A node that we have been told of.
    void add(const NodeInfo& node);
    /// Whoever is at `endpoint`.
    void add_unnamed(const Endpoint& endpoint);

    /// Whom to ask now; it counts as asked. Call until nullopt.
    [[nodiscard]] std::optional<Endpoint> next();
    void on_answer(const NodeInfo& node, Bytes token);
    void on_late(const Endpoint& endpoint);
    void on_failure(const Endpoint& endpoint);

    [[nodiscard]] bool empty() const { return candidates_.empty() && unnamed_.empty(); }
    [[nodiscard]] bool done();
    [[nodiscard]] std::size_t answered() const { return answered_; }
    [[nodiscard]] std::size_t asked() const { return asked_; }
    [[nodiscard]] std::size_t candidate_count() const { return candidates_.size(); }

    struct Place {
        Endpoint endpoint;
        ByteVector token;
    };
    /// The nearest nodes that gave a token: where to announce.
    [[nodiscard]] std::vector<Place> places() const;

private:
    enum class Stage : std::uint8_t { fresh, asked, late, answered, failed };
    struct Candidate {
        NodeInfo node;
        bool valid = false;  // BEP 42
        Stage stage = Stage::fresh;
        ByteVector token;
    };
    struct Unnamed {
        Endpoint endpoint;
        Stage stage = Stage::fresh;
        unsigned tries = 0;
    };

    [[nodiscard]] bool may_add(const NodeInfo& node) const;
    void insert(Candidate candidate);
    [[nodiscard]] bool make_room();
    /// How far the walk is, for the valid ids alone or for all.
    struct Progress {
        Candidate* next = nullptr;  // to be asked
        bool waits = false;         // for one that is not late
        bool reached = false;       // the nearest have answered
        bool late = false;          // one of those on the way is
        [[nodiscard]] bool open() const { return !reached && (next != nullptr || waits); }
    };
    [[nodiscard]] Progress progress(bool valid_only);
    [[nodiscard]] std::size_t in_flight(bool valid) const;
    void set_stage(const Endpoint& endpoint, Stage stage);

    NodeId target_;
    std::vector<Candidate> candidates_;  // nearest first
    std::vector<Unnamed> unnamed_;
    std::size_t asked_ = 0;
    std::size_t answered_ = 0;
};

}  // namespace bt::dht
