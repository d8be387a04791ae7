#include "bt/resume/state.hpp"

#include <algorithm>

#include "bt/core/assert.hpp"

namespace bt::resume {
namespace {

enum class FileVerdict : std::uint8_t {
    absent,     // no file, and none was known
    untouched,  // as the last run left it
    changed,    // as somebody else left it, or unknown
};

bool within(const std::optional<FileStamp>& file, std::uint64_t end) {
    return file && file->size >= end;
}

class Judge {
public:
    Judge(const State& state, const metainfo::Metainfo& metainfo,
          std::span<const std::optional<FileStamp>> files, const Epoch& now)
        : state_(state), metainfo_(metainfo), files_(files), same_epoch_(state.epoch == now) {
        verdicts_.reserve(files.size());
        for (std::size_t i = 0; i < files.size(); ++i)
            verdicts_.push_back(file_verdict(i));
    }

    Verdict run() {
        const auto count = metainfo_.layout.piece_count();
        // What the kernel holds is as good as what is on disk, while it is the same kernel.
        const bool memory_holds = same_epoch_ && !state_.sync_in_doubt;
        const auto wanted = metainfo::wanted_pieces(metainfo_);
        Verdict out(count);
        out.reread = state_.sync_in_doubt;
        for (PieceIndex piece(0); piece.value() < count; ++piece) {
            if (!wanted.get(piece)) continue;
            const bool known = state_.written.get(piece);
            const bool believed = memory_holds ? known : state_.durable.get(piece);
            const auto files = look_at(piece, metainfo_.layout.piece_size(piece));
            if (believed && files.untouched) {
                out.trusted.set(piece);
                if (state_.durable.get(piece)) out.durable.set(piece);
            } else if (known || files.changed || state_.doubtful.get(piece)) {
                out.suspects.set(piece);
            }
        }
        for (const auto& [piece, prefix] : state_.prefixes) {
            if (state_.written.get(piece) || !wanted.get(piece)) continue;
            if (memory_holds && look_at(piece, prefix.length).untouched) {
                out.suspects.clear(piece);
                out.prefixes.emplace(piece, prefix);
            } else {
                out.suspects.set(piece);
                out.doubtful_prefixes.emplace(piece, prefix);
            }
        }
        for (const auto& [piece, blocks] : state_.parked) {
            if (!wanted.get(piece) || state_.written.get(piece)) continue;
            const bool sure = memory_holds && !out.suspects.get(piece) &&
                              look_at(piece, end_of(piece, blocks)).untouched;
            (sure ? out.parked : out.doubtful_parked).emplace(piece, blocks);
        }
        return out;
    }

private:
    struct Under {
        bool untouched = true;  // every file, and as far as the piece goes
        bool changed = false;   // some file
    };

    FileVerdict file_verdict(std::size_t i) const {
        const auto& then = state_.stamps[i];
        const auto& now = files_[i];
        if (!then && !now) return FileVerdict::absent;
        if (!then || !now) return FileVerdict::changed;
        if (same_epoch_) {
            return then->settled && then->same_file_as(*now) ? FileVerdict::untouched
                                                             : FileVerdict::changed;
        }
        // The last writes of the run that was cut off can have left any stamp up to its end.
        const auto latest = std::max(now->modified, now->changed);
        return then->inode == now->inode &&
                       (then->same_file_as(*now) || latest <= state_.last_time + kUnrecordedTime)
                   ? FileVerdict::untouched
                   : FileVerdict::changed;
    }

    /// Bytes from the start of the piece to the end of the last of these blocks.
    std::uint32_t end_of(PieceIndex piece, const ParkedBlocks& blocks) const {
        const auto last = metainfo_.layout.block(piece, blocks.rbegin()->first);
        return last.begin + last.length;
    }

    Under look_at(PieceIndex piece, std::uint32_t length) const {
        Under out;
        const auto offset = metainfo_.layout.piece_offset(piece);
        for (const auto& slice : metainfo::stored_slices(metainfo_, offset, length)) {
            const auto i = slice.file.value();
            if (metainfo_.files[i].pad) continue;
            if (verdicts_[i] == FileVerdict::changed) out.changed = true;
            if (verdicts_[i] != FileVerdict::untouched ||
                !within(files_[i], slice.offset + slice.length)) {
                out.untouched = false;
            }
        }
        return out;
    }

    const State& state_;
    const metainfo::Metainfo& metainfo_;
    const std::span<const std::optional<FileStamp>> files_;
    const bool same_epoch_;
    std::vector<FileVerdict> verdicts_;
};

}  // namespace

Verdict judge(const State& state, const metainfo::Metainfo& metainfo,
              std::span<const std::optional<FileStamp>> files, const Epoch& now) {
    BT_ASSERT(files.size() == metainfo.files.size() && state.stamps.size() == files.size());
    BT_ASSERT(state.written.size() == metainfo.layout.piece_count());
    return Judge(state, metainfo, files, now).run();
}

Verdict judge_unknown(const metainfo::Metainfo& metainfo) {
    const auto count = metainfo.layout.piece_count();
    Verdict out(count);
    out.suspects = metainfo::wanted_pieces(metainfo);
    return out;
}

}  // namespace bt::resume
