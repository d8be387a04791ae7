// TrackerClient: announces to one tracker, over HTTP, HTTPS (BEP 3) or UDP (BEP 15). Owned by
// whoever decides when to announce, outlives its announces; one at a time. Io thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bt/core/endpoint.hpp"
#include "bt/net/asio.hpp"
#include "bt/net/services.hpp"
#include "bt/text/url.hpp"
#include "bt/tracker/announce.hpp"

namespace bt::net {

struct TrackerOptions {
    /// The user has typed this tracker, so its host may be anywhere; one that a torrent names is
    /// subject to tracker::why_not_asked().
    bool typed = false;
    Duration http_timeout = std::chrono::seconds(30);  // of a whole HTTP announce
    /// How long the answer of a UDP tracker on IPv4 or IPv6 is held up for that on the other one.
    Duration other_family = std::chrono::milliseconds(300);
    /// How many times as fast as real time BEP 15's retransmission timers run; tests only.
    unsigned udp_haste = 1;
};

class TrackerClient {
public:
    TrackerClient(Services& services, text::Url url, TrackerOptions options = {});

    /// Tells `request` to the tracker; to a UDP tracker that has addresses of both families on both
    /// at once (BEP 7), so that each hands out its peers. With `may_look_up` false a tracker whose
    /// address is not known is not told: for good-byes, which must not wait for a name server.
    /// Messages do not name the tracker's own host, and hold nothing that redact() hides of its
    /// URL. The peers are those that this tracker may name, without ourselves. Cancellation unwinds
    /// by an exception, as every await does.
    [[nodiscard]] Awaitable<tracker::AnnounceOutcome> announce(tracker::AnnounceRequest request,
                                                               bool may_look_up = true);

    [[nodiscard]] const text::Url& url() const { return url_; }

private:
    struct Families;
    [[nodiscard]] std::optional<std::string> why_not_asked(const text::Url& hop,
                                                           const IpAddress& address) const;
    [[nodiscard]] Awaitable<tracker::AnnounceOutcome> over_http(tracker::AnnounceRequest request,
                                                                bool may_look_up);
    [[nodiscard]] Awaitable<tracker::AnnounceOutcome> over_udp(tracker::AnnounceRequest request,
                                                               bool may_look_up);
    [[nodiscard]] Awaitable<void> ask_in_turn(Families& families, std::vector<Endpoint> addresses,
                                              tracker::AnnounceRequest request);

    Services& services_;
    const text::Url url_;
    const TrackerOptions options_;
    std::vector<Endpoint> last_good_;  // UDP: of each family the address that answered last
};

}  // namespace bt::net
