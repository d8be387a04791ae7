// StateBuilder: a State that follows what happens to a torrent's data, in its order. Used by who
// reads a journal and by who writes one, so that both mean the same.
#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "bt/resume/state.hpp"

namespace bt::resume {

class StateBuilder {
public:
    explicit StateBuilder(State state) : state_(std::move(state)) {
        for (PieceIndex piece(0); piece.value() < state_.written.size(); ++piece) {
            if (state_.written.get(piece) && !state_.durable.get(piece)) unsynced_.push_back(piece);
        }
    }

    [[nodiscard]] const State& state() const { return state_; }
    [[nodiscard]] State take() { return std::move(state_); }
    /// Pieces that the next sync would make durable.
    [[nodiscard]] bool owes_sync() const { return !unsynced_.empty() || !syncing_.empty(); }

    void on_piece(PieceIndex piece) {
        state_.written.set(piece);
        state_.doubtful.clear(piece);
        state_.prefixes.erase(piece);
        state_.parked.erase(piece);
        unsynced_.push_back(piece);
    }
    void on_prefix(PieceIndex piece, const Prefix& prefix) {
        if (prefix.length == 0) {
            state_.prefixes.erase(piece);
            state_.parked.erase(piece);
        } else {
            state_.prefixes[piece] = prefix;
            state_.doubtful.clear(piece);
        }
    }
    /// Some have been given up, then others parked.
    void on_parked(PieceIndex piece, const ParkedBlocks& blocks,
                   std::span<const std::uint32_t> given_up) {
        auto& parked = state_.parked[piece];
        for (const auto block : given_up)
            parked.erase(block);
        for (const auto& [block, mark] : blocks)
            parked[block] = mark;
        if (parked.empty()) state_.parked.erase(piece);
        state_.doubtful.clear(piece);
    }
    void on_stamp(FileIndex file, const FileStamp& stamp) {
        state_.stamps[file.value()] = stamp;
        on_time(std::max(stamp.modified, stamp.changed));
    }
    /// Somebody else changed the file, in which the pieces [first, end) lie: nothing in it is
    /// known.
    void on_lost(FileIndex file, PieceIndex first, PieceIndex end) {
        state_.stamps[file.value()].reset();
        const auto inside = [&](PieceIndex piece) { return first <= piece && piece < end; };
        for (auto piece = first; piece < end; ++piece) {
            state_.written.clear(piece);
            state_.durable.clear(piece);
        }
        std::erase_if(unsynced_, inside);
        std::erase_if(syncing_, inside);
        std::erase_if(state_.prefixes, [&](const auto& one) { return inside(one.first); });
        std::erase_if(state_.parked, [&](const auto& one) { return inside(one.first); });
    }
    /// The same of a file of the torrent as it is stored, the parts file too.
    void on_lost(const metainfo::Metainfo& stored, FileIndex file) {
        if (stored.files[file.value()].use == metainfo::FileUse::parts) {
            for (const auto piece : stored.shared_pieces)
                on_lost(file, piece, PieceIndex(piece.value() + 1));
            return;
        }
        const auto [first, end] = metainfo::pieces_of(stored, file);
        on_lost(file, first, end);
    }
    void on_sync_begun(std::int64_t time) {
        on_time(time);
        state_.sync_in_doubt = true;
        syncing_.insert(syncing_.end(), unsynced_.begin(), unsynced_.end());
        unsynced_.clear();
    }
    void on_synced(std::int64_t time) {
        on_time(time);
        state_.sync_in_doubt = false;
        for (const auto piece : syncing_)
            state_.durable.set(piece);
        syncing_.clear();
    }
    void on_time(std::int64_t time) { state_.last_time = std::max(state_.last_time, time); }

private:
    State state_;
    std::vector<PieceIndex> unsynced_;  // written since the last sync began
    std::vector<PieceIndex> syncing_;   // before that, and no sync has ended since
};

}  // namespace bt::resume
