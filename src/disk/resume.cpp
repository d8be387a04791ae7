// The half of Storage that knows what earlier runs left, and tells later ones.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "bt/core/assert.hpp"
#include "disk/presence.hpp"
#include "disk/storage_state.hpp"
#include "disk/system.hpp"

namespace bt::disk {
namespace {

void keep_both(Bitfield& field, const Bitfield& other) {
    for (PieceIndex piece(0); piece.value() < field.size(); ++piece) {
        if (!other.get(piece)) field.clear(piece);
    }
}

/// They tell a later run, which may want those files, that they are ours.
void keep_stamps_of_skipped(const metainfo::Metainfo& metainfo, const Journal& journal,
                            resume::State& state) {
    const auto skipped = [](const auto& file) { return !file.is_wanted() && !file.pad; };
    if (std::ranges::none_of(metainfo.files, skipped)) return;
    const auto before = journal.state();
    for (std::uint32_t i = 0; before && i < metainfo::own_files(metainfo); ++i) {
        if (skipped(metainfo.files[i])) state.stamps[i] = before->stamps[i];
    }
}

}  // namespace

std::vector<FileIndex> Storage::State::files_of(std::span<const PieceIndex> pieces) const {
    std::vector<FileIndex> out;
    const auto& layout = metainfo->layout;
    for (const auto piece : pieces) {
        for (const auto& slice : metainfo::stored_slices(*metainfo, layout.piece_offset(piece),
                                                         layout.piece_size(piece))) {
            const auto& file = metainfo->files[slice.file.value()];
            const bool theirs = file.use == metainfo::FileUse::parts && is_outside(piece);
            if (file.is_written() && !theirs) out.push_back(slice.file);
        }
    }
    if (pieces.size() > 1) {
        std::ranges::sort(out);
        const auto repeated = std::ranges::unique(out);
        out.erase(repeated.begin(), repeated.end());
    }
    return out;
}

bool Storage::State::is_outside(PieceIndex piece) const {
    const auto& shared = metainfo->shared_pieces;
    const auto at = std::ranges::lower_bound(shared, piece);
    return at != shared.end() && *at == piece &&
           outside[static_cast<std::size_t>(at - shared.begin())];
}

Result<> Storage::State::tell_untold() {
    const auto untold = ledger.take_untold();
    if (untold.empty() || !journal || !journal->begun()) return {};
    return journal->lost(untold);
}

Result<> Storage::claim() {
    BT_ASSERT(state_->access == Access::read_write && !state_->journal);
    auto claim = Claim::acquire(state_->directory, metainfo().info_hash);
    if (!claim) return claim.error();
    state_->journal = std::make_unique<Journal>(std::move(*claim), metainfo());
    return {};
}

bool Storage::started() const {
    return state_->journal && state_->journal->started();
}

void Storage::finish() {
    if (!state_->journal) return;
    // An earlier run can have left one also where this one has none.
    ::unlinkat(state_->tree->root(), metainfo::parts_name(metainfo().info_hash).c_str(), 0);
    state_->journal->finish();
}

void Storage::release() {
    state_->journal.reset();
}

Result<Survey> Storage::survey(bool believe) {
    close_files();  // what is open may not be what the names lead to any more
    auto earlier = state_->ledger.all_stamps();
    auto files = state_->tree->inspect(&state_->ledger);
    if (!files) return files.error();
    Survey out;
    out.files = std::move(*files);
    const auto state = state_->journal ? state_->journal->state() : std::nullopt;
    const auto stamps = state_->ledger.all_stamps();
    out.known = state && believe;
    out.verdict = out.known
                      ? resume::judge(*state, metainfo(), stamps, state_->ledger.mount().epoch())
                      : resume::judge_unknown(metainfo());
    if (state) out.replaced = state->strangers;
    const bool elsewhere = !state && state_->journal && state_->journal->is_of_other_paths();
    for (std::uint32_t i = 0; i < stamps.size(); ++i) {
        if (elsewhere && stamps[i]) out.replaced.emplace_back(i);
        if (!earlier[i] && state) earlier[i] = state->stamps[i];
        // One that was moved to another disk with all its times is still ours.
        if (earlier[i] && stamps[i] && earlier[i]->inode != stamps[i]->inode &&
            (earlier[i]->size != stamps[i]->size || earlier[i]->modified != stamps[i]->modified)) {
            out.replaced.emplace_back(i);
        }
    }
    // What others have of them, hashing tells.
    for (const auto piece : metainfo().shared_pieces) {
        if (out.verdict.trusted.get(piece) || out.verdict.prefixes.contains(piece)) continue;
        if (!out.verdict.parked.contains(piece) && !out.verdict.doubtful_parked.contains(piece)) {
            out.verdict.suspects.set(piece);
        }
    }
    if (!out.verdict.suspects.none()) keep_both(out.verdict.suspects, present(out.files));
    for (std::uint32_t i = 0; out.verdict.reread && i < out.files.size(); ++i) {
        if (!out.files[i].exists) continue;
        if (const auto handle = state_->tree->reader(FileIndex(i))) {
            ::posix_fadvise((*handle)->fd.get(), 0, 0, POSIX_FADV_DONTNEED);
        }
    }
    return out;
}

Result<> Storage::begin(const Bitfield& have, const resume::Verdict& verdict) {
    BT_ASSERT(state_->journal);
    resume::State state(metainfo());
    state.epoch = state_->ledger.mount().epoch();
    state.written = have;
    for (const auto piece : metainfo().shared_pieces) {
        if (state_->is_outside(piece)) state.written.clear(piece);
    }
    state.durable = verdict.durable;
    keep_both(state.durable, state.written);
    state.doubtful = verdict.suspects;
    for (PieceIndex piece(0); piece.value() < have.size(); ++piece) {
        if (have.get(piece)) state.doubtful.clear(piece);
    }
    // Of a file that was changed since it was looked at nothing is known.
    std::vector<FileIndex> files;
    for (std::uint32_t i = 0; i < metainfo().files.size(); ++i)
        files.emplace_back(i);
    for (const auto& [file, stamp] : state_->ledger.stamps(files))
        state.stamps[file.value()] = stamp;
    keep_stamps_of_skipped(metainfo(), *state_->journal, state);
    state.prefixes = verdict.prefixes;
    state.parked = verdict.parked;
    owe(have, verdict.durable);
    return state_->journal->begin(std::move(state));
}

void Storage::owe(const Bitfield& have, const Bitfield& durable) {
    std::vector<PieceIndex> pieces;
    for (PieceIndex piece(0); piece.value() < have.size(); ++piece) {
        if (have.get(piece) && !durable.get(piece)) pieces.push_back(piece);
    }
    for (const auto file : state_->files_of(pieces))
        state_->ledger.mark_dirty(file);
}

Result<> Storage::record(std::span<const PieceIndex> pieces) {
    if (!state_->journal) return {};
    const auto told = state_->tell_untold();
    if (!told) return told;
    std::vector<PieceIndex> ours(pieces.begin(), pieces.end());
    std::erase_if(ours, [&](PieceIndex piece) { return state_->is_outside(piece); });
    if (ours.empty()) return {};
    return state_->journal->pieces(ours, state_->files_of(ours), state_->ledger);
}

Result<> Storage::record_found(std::span<const PieceIndex> pieces) {
    if (pieces.empty()) return {};
    // Before it is told of: a sync that begins in between covers the files as well.
    for (const auto file : state_->files_of(pieces))
        state_->ledger.mark_dirty(file);
    return record(pieces);
}

Result<> Storage::record(PieceIndex piece, const resume::Prefix& prefix) {
    if (!state_->journal) return {};
    const auto told = state_->tell_untold();
    if (!told) return told;
    return state_->journal->prefix(piece, prefix, state_->files_of({&piece, 1}), state_->ledger);
}

Result<> Storage::record_parked(PieceIndex piece, const ParkedBlocks& blocks,
                                std::span<const std::uint32_t> given_up) {
    if (!state_->journal) return {};
    const auto told = state_->tell_untold();
    if (!told) return told;
    return state_->journal->parked(piece, blocks, given_up, state_->files_of({&piece, 1}),
                                   state_->ledger);
}

Result<> Storage::forget(PieceIndex piece) {
    return record(piece, resume::Prefix{});
}

Result<std::optional<std::string>> Storage::confirm() {
    const auto looked_at = state_->tree->confirm(state_->ledger);
    if (!looked_at) return looked_at.error();
    const auto told = state_->tell_untold();
    if (!told) return told.error();
    const auto disturbed = state_->ledger.disturbed();
    if (!disturbed) return std::optional<std::string>();
    return std::optional(metainfo().files[disturbed->value()].path);
}

void Storage::settle() {
    if (!state_->journal || !state_->journal->begun()) return;
    // A difference, or a failure to write, leaves the file to be hashed: nothing is lost.
    if (!state_->tree->confirm(state_->ledger) || !state_->tell_untold()) return;
    const auto outdated = [&] {
        std::vector<FileIndex> out;
        const auto told = state_->journal->state();
        const auto stamps = state_->ledger.all_stamps();
        for (std::uint32_t i = 0; i < stamps.size(); ++i) {
            if (stamps[i] && (stamps[i] != told->stamps[i] || !stamps[i]->settled))
                out.emplace_back(i);
        }
        return out;
    }();
    const auto unsettled = [](const resume::StampedFile& one) { return !one.stamp.settled; };
    if (std::ranges::any_of(state_->ledger.stamps(outdated), unsettled)) {
        Mount::await_tick();
        if (!state_->tree->confirm(state_->ledger) || !state_->tell_untold()) return;
    }
    (void)state_->journal->stamps(outdated, state_->ledger);
}

}  // namespace bt::disk
