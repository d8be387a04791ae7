// What the tests of TrackerClient share: one client at a time, whose trackers are scripted.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "bt/net/tracker_client.hpp"
#include "bt/text/compact_peers.hpp"
#include "unit/net/support.hpp"

namespace bt::net::test {

inline const std::vector<Endpoint> kPeers{*Endpoint::parse("192.0.2.1:6881"),
                                          *Endpoint::parse("192.0.2.2:6882")};

class TrackerClientTest : public NetTest {
protected:
    TrackerClientTest() {
        request.port = 6881;
        request.left = 1000;
        request.event = tracker::Event::started;
        options.http_timeout = std::chrono::seconds(5);
        options.udp_haste = 1000;  // 15 ms for BEP 15's 15 s
        settings.look_up = [this](const std::string&) -> Result<std::vector<IpAddress>> {
            return addresses;
        };
    }
    tracker::AnnounceOutcome announce(const std::string& url) {
        client.emplace(services(), text::Url::parse(url).value(), options);
        return again();
    }
    tracker::AnnounceOutcome again(bool may_look_up = true) {
        return run(io, client->announce(request, may_look_up));
    }

    tracker::AnnounceRequest request;
    TrackerOptions options;
    std::vector<IpAddress> addresses;  // of every name
    std::optional<TrackerClient> client;
};

inline std::string http_reply(const std::vector<Endpoint>& peers) {
    const auto compact = text::compact_v4(peers);
    return "d8:intervali900e5:peers" + std::to_string(compact.size()) + ":" +
           std::string(as_text(compact)) + "e";
}

}  // namespace bt::net::test
