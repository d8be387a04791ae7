#include "bt/metainfo/magnet.hpp"

#include "bt/text/percent.hpp"

namespace bt::metainfo {

std::string magnet_link(const Metainfo& torrent) {
    auto out = "magnet:?xt=urn:btih:" + to_hex(torrent.info_hash);
    if (torrent.info_hash_v2) {
        // A multihash: 0x12 is SHA-256, 0x20 its length (BEP 9).
        out += "&xt=urn:btmh:1220" + to_hex(*torrent.info_hash_v2);
    }
    out += "&dn=" + text::percent_encode(torrent.name);
    for (const auto& tier : torrent.trackers) {
        for (const auto& tracker : tier)
            out += "&tr=" + text::percent_encode(tracker);
    }
    return out;
}

}  // namespace bt::metainfo
