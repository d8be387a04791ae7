#include "swarm/smart_ban.hpp"

#include <algorithm>

namespace bt::swarm {
namespace {

void add_unique(std::vector<SenderId>& to, SenderId sender) {
    if (sender == kUnknownSender) return;
    if (std::find(to.begin(), to.end(), sender) == to.end()) to.push_back(sender);
}

}  // namespace

std::vector<SenderId> SmartBan::on_failed(PieceIndex piece, std::span<const Sha1Digest> digests,
                                          std::span<const SenderId> senders) {
    std::vector<SenderId> liars;
    if (senders.empty()) return liars;
    const bool alone = std::all_of(senders.begin(), senders.end(),
                                   [&](SenderId sender) { return sender == senders.front(); });
    if (alone && senders.front() != kUnknownSender) {
        liars.push_back(senders.front());
        return liars;  // what it sent is no evidence against anybody else
    }
    if (const auto found = records_.find(piece); found != records_.end()) {
        for (const auto& earlier : found->second.attempts) {
            const auto blocks = std::min(earlier.digests.size(), digests.size());
            for (std::size_t b = 0; b < blocks; ++b) {
                const bool changed =
                    earlier.senders[b] == senders[b] && earlier.digests[b] != digests[b];
                if (changed) add_unique(liars, senders[b]);
            }
        }
    }
    Attempt attempt;
    if (digests.size() == senders.size()) attempt.digests.assign(digests.begin(), digests.end());
    attempt.senders.assign(senders.begin(), senders.end());
    remember(piece, std::move(attempt));
    return liars;
}

std::vector<SenderId> SmartBan::on_verified(PieceIndex piece, std::span<const Sha1Digest> digests) {
    std::vector<SenderId> liars;
    const auto found = records_.find(piece);
    if (found == records_.end()) return liars;
    for (const auto& attempt : found->second.attempts) {
        const auto blocks = std::min(attempt.digests.size(), digests.size());
        for (std::size_t b = 0; b < blocks; ++b) {
            if (attempt.digests[b] != digests[b]) add_unique(liars, attempt.senders[b]);
        }
    }
    forget(piece);
    return liars;
}

std::uint32_t SmartBan::failures(PieceIndex piece) const {
    const auto found = records_.find(piece);
    return found == records_.end() ? 0 : found->second.failures;
}

bool SmartBan::involved(PieceIndex piece, SenderId sender) const {
    const auto found = records_.find(piece);
    if (found == records_.end()) return false;
    const auto& attempts = found->second.attempts;
    return std::any_of(attempts.begin(), attempts.end(), [&](const Attempt& attempt) {
        return std::find(attempt.senders.begin(), attempt.senders.end(), sender) !=
               attempt.senders.end();
    });
}

void SmartBan::remember(PieceIndex piece, Attempt attempt) {
    const auto size = attempt.senders.size();
    if (size > kMaxBlocks) return;
    while (!order_.empty() && blocks_ + size > kMaxBlocks)
        forget(PieceIndex(order_.front()));
    if (!records_.contains(piece)) {
        if (order_.size() >= kMaxSuspectPieces) forget(PieceIndex(order_.front()));
        order_.push_back(piece);
    }
    auto& record = records_[piece];
    ++record.failures;
    if (record.attempts.size() >= kMaxAttempts) forget_oldest_attempt(record);
    blocks_ += size;
    record.attempts.push_back(std::move(attempt));
}

void SmartBan::forget_oldest_attempt(Record& record) {
    blocks_ -= record.attempts.front().senders.size();
    record.attempts.pop_front();
}

void SmartBan::forget(PieceIndex piece) {
    const auto found = records_.find(piece);
    if (found == records_.end()) return;
    while (!found->second.attempts.empty())
        forget_oldest_attempt(found->second);
    records_.erase(found);
    order_.erase(std::find(order_.begin(), order_.end(), piece));
}

}  // namespace bt::swarm
