#include "bt/swarm/metadata_server.hpp"

#include <algorithm>

#include "bt/core/assert.hpp"

namespace bt::swarm {

using wire::kMetadataPieceSize;
using wire::MetadataMessage;
using wire::MetadataType;

MetadataServer::MetadataServer(Bytes info_dictionary) : info_(info_dictionary) {
    BT_ASSERT(info_.size() <= 0xffffffff);
}

std::uint32_t MetadataServer::piece_count() const {
    return static_cast<std::uint32_t>((info_.size() + kMetadataPieceSize - 1) / kMetadataPieceSize);
}

std::uint32_t MetadataServer::budget() const {
    return std::max(2 * piece_count(), kLeastBudget);
}

MetadataMessage MetadataServer::on_request(std::uint32_t piece, std::size_t queued, TimePoint now) {
    if (now >= window_ends_) {
        window_ends_ = now + kWindow;
        given_ = 0;
    }
    if (piece >= piece_count() || queued >= kMaxQueued || given_ == budget()) {
        return {MetadataType::reject, piece, std::nullopt, {}};
    }
    ++given_;
    const auto begin = std::size_t{piece} * kMetadataPieceSize;
    const auto length = std::min<std::size_t>(kMetadataPieceSize, info_.size() - begin);
    return {MetadataType::data, piece, info_.size(), info_.subspan(begin, length)};
}

}  // namespace bt::swarm
