// What a tracker that a torrent names may make us do. Whoever wrote the torrent is a stranger: the
// hosts of its URLs may be routers, databases or the metadata service of a cloud, which nobody but
// us can reach (server-side request forgery). Pure rules.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bt/core/endpoint.hpp"
#include "bt/text/url.hpp"

namespace bt::tracker {

/// Why the tracker `url`, whose host has the address `address`, is not asked; nothing if it may be.
/// Trackers in the local network are real, so one there is asked, but only at a path that ends in
/// "/announce" (over UDP also without a path), and only if the parameters of an announce are not in
/// its query before we add ours. In plain words that name the address and nothing else of the URL.
[[nodiscard]] std::optional<std::string> why_not_asked(const text::Url& url,
                                                       const IpAddress& address);

/// Drops the peers in local ranges unless `tracker`, who named them, is in one as well: a stranger
/// on the Internet does not choose to whom in our network we talk.
void drop_forged_peers(std::vector<Endpoint>& peers, const IpAddress& tracker);

}  // namespace bt::tracker
