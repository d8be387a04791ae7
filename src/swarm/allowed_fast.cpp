#include "swarm/allowed_fast.hpp"

#include <algorithm>
#include <array>

#include "bt/crypto/sha1.hpp"

namespace bt::swarm {

std::vector<PieceIndex> allowed_fast_set(const IpAddress& address, const InfoHash& info_hash,
                                         std::uint32_t pieces, std::uint32_t count) {
    std::vector<PieceIndex> out;
    if (!address.is_v4() || pieces == 0) return out;
    count = std::min(count, pieces);
    const auto ip = address.v4_bytes();
    std::array<std::byte, 24> start{std::byte{ip[0]}, std::byte{ip[1]}, std::byte{ip[2]}};
    std::copy(info_hash.bytes.begin(), info_hash.bytes.end(), start.begin() + 4);
    // BEP 6: a chain of hashes, five numbers of each.
    for (auto hash = crypto::sha1(start); out.size() < count; hash = crypto::sha1(hash)) {
        for (std::size_t i = 0; i < hash.size() && out.size() < count; i += 4) {
            const PieceIndex piece(read_be<std::uint32_t>(hash.data() + i) % pieces);
            if (std::find(out.begin(), out.end(), piece) == out.end()) out.push_back(piece);
        }
    }
    return out;
}

}  // namespace bt::swarm
