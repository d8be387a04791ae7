#include "cli/reason.hpp"

#include <gtest/gtest.h>

namespace bt::cli {
namespace {

using session::TorrentStatus;
using session::TrackerState;
using session::TrackerStatus;

TrackerStatus tracker(TrackerState state, std::string message = {}, std::uint32_t peers = 0) {
    TrackerStatus out;
    out.host = "tracker.example";
    out.state = state;
    out.message = std::move(message);
    out.peers = peers;
    return out;
}

TorrentStatus connected(std::uint32_t peers, std::uint32_t interesting, std::uint32_t choking) {
    TorrentStatus out;
    out.pieces = 10;
    out.pieces_done = 7;
    out.peers = peers;
    out.interesting = interesting;
    out.choking_us = choking;
    return out;
}

TEST(Reason, WithoutPeersIsWhatTheTrackerAnswered) {
    TorrentStatus status;
    status.trackers = {tracker(TrackerState::failed, "tracker said \"unregistered torrent\"")};
    EXPECT_EQ(why_nothing_moves(status),
              "no peers: tracker.example answered \"unregistered torrent\"");
}

TEST(Reason, NamesTheTrackerThatCannotBeReached) {
    TorrentStatus status;
    status.trackers = {tracker(TrackerState::failed, "connection refused"),
                       tracker(TrackerState::failed, "timed out"),
                       tracker(TrackerState::announcing)};
    EXPECT_EQ(why_nothing_moves(status),
              "no peers: tracker.example: connection refused (and 1 tracker more)");
}

TEST(Reason, DoesNotNameTheHostTwice) {
    TorrentStatus status;
    status.trackers = {tracker(TrackerState::failed, "tracker.example: connection refused")};
    EXPECT_EQ(why_nothing_moves(status), "no peers: tracker.example: connection refused");
}

TEST(Reason, SaysThatATrackerKnowsNobody) {
    TorrentStatus status;
    status.trackers = {tracker(TrackerState::failed, "timed out"), tracker(TrackerState::working)};
    EXPECT_EQ(why_nothing_moves(status), "no peers: tracker.example knows of none");
}

TEST(Reason, SaysThatNoKnownAddressAnswers) {
    TorrentStatus status;
    status.known_peers = 14;
    status.trackers = {tracker(TrackerState::working, {}, 14)};
    EXPECT_EQ(why_nothing_moves(status),
              "no peers: tracker.example named 14 addresses, none of 14 known peers answers");
}

TEST(Reason, SaysThatConnectionsAreUnderWay) {
    TorrentStatus status;
    status.known_peers = 14;
    status.half_open = 3;
    EXPECT_EQ(why_nothing_moves(status), "no peers: connecting to 3");
}

TEST(Reason, SaysThatThereIsNobodyToAsk) {
    EXPECT_EQ(why_nothing_moves({}), "no peers: there is no tracker to ask");
}

TEST(Reason, SaysThatNobodyHasWhatIsMissing) {
    EXPECT_EQ(why_nothing_moves(connected(5, 0, 0)), "5 peers, none has the last 3 pieces");
    auto status = connected(1, 0, 0);
    status.pieces_done = 9;
    EXPECT_EQ(why_nothing_moves(status), "1 peer, none has the last piece");
}

TEST(Reason, SaysThatAllChokeUs) {
    EXPECT_EQ(why_nothing_moves(connected(12, 12, 12)), "all 12 peers choke us");
    EXPECT_EQ(why_nothing_moves(connected(1, 1, 1)), "the only peer chokes us");
    EXPECT_EQ(why_nothing_moves(connected(12, 4, 4)),
              "all 4 of 12 peers that have what we lack choke us");
}

TEST(Reason, SaysThatUnchokedPeersSendNothing) {
    EXPECT_EQ(why_nothing_moves(connected(12, 12, 10)),
              "waiting for 2 peers that have unchoked us");
}

TEST(Reason, EscapesWhatCameFromOutside) {
    TorrentStatus status;
    status.trackers = {tracker(TrackerState::failed, "tracker said \"\x1b[2J\"")};
    EXPECT_EQ(why_nothing_moves(status).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace bt::cli
