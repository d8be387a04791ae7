// Announces over HTTP as bytes (BEP 3, 7, 23, 31).
#pragma once

#include <string>

#include "bt/core/bytes.hpp"
#include "bt/text/url.hpp"
#include "bt/tracker/announce.hpp"

namespace bt::tracker {

/// What the request line asks for: path and query of `url`, the announce appended to the latter.
[[nodiscard]] std::string announce_target(const text::Url& url, const AnnounceRequest& request);

/// `body` is the whole body of a reply, whatever its HTTP status: many trackers put their words
/// into a 400 or 404. Fields of the wrong type count as absent. Errc::protocol: not a bencoded
/// dictionary, a failure reason, or a dictionary that holds neither peers nor an interval.
[[nodiscard]] AnnounceOutcome parse_http_reply(Bytes body);

}  // namespace bt::tracker
