#include "disk/journal.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "bt/core/assert.hpp"
#include "disk/system.hpp"

namespace bt::disk {
namespace {

/// A journal that has grown by this, and to twice its size, is made anew.
constexpr std::uint64_t kGrowth = 1u << 20;

}  // namespace

std::optional<resume::State> Journal::state() const {
    const std::lock_guard lock(mutex_);
    if (begun_) return builder_.state();
    return resume::read_journal(content(), metainfo_);
}

bool Journal::is_of_other_paths() const {
    const std::lock_guard lock(mutex_);
    return !begun_ && resume::is_of_other_paths(content(), metainfo_);
}

ByteVector Journal::content() const {
    struct stat status {};
    const int fd = claim_->file();
    if (::fstat(fd, &status) != 0 || status.st_size <= 0) return {};
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > resume::kMaxJournalBytes) return {};
    ByteVector bytes(size);
    bytes.resize(read_at(fd, 0, bytes).length);
    return bytes;
}

Result<> Journal::begin(resume::State state) {
    const std::lock_guard lock(mutex_);
    begun_ = true;
    state.sync_in_doubt = false;
    state.last_time = wall_time();
    builder_ = resume::StateBuilder(std::move(state));
    return replace(builder_.state());
}

Result<> Journal::replace(const resume::State& state) {
    writer_ = resume::JournalWriter(metainfo_);
    const auto bytes = writer_.begin(state);
    const auto replaced = claim_->replace(bytes);
    if (!replaced) return replaced.error();
    size_ = begun_size_ = bytes.size();
    sealed_.reset();
    return {};
}

Result<> Journal::append(Bytes record) {
    BT_ASSERT(begun_);
    if (sealed_) return *sealed_;  // whoever is told first is told the reason
    const int fd = claim_->file();
    const int error = Gather({&record, 1}).write(fd, size_, record.size());
    if (error == 0) {
        size_ += record.size();
        return {};
    }
    // The writer's checksum has gone on without the file.
    sealed_ = system_error(Errc::io_failed, "write", claim_->name(), error);
    [[maybe_unused]] const int cut = ::ftruncate(fd, static_cast<off_t>(size_));
    return *sealed_;
}

Result<> Journal::pieces(std::span<const PieceIndex> pieces, std::span<const FileIndex> files,
                         const Ledger& ledger) {
    const std::lock_guard lock(mutex_);
    // Looked at under the lock: a later record never tells of an earlier look.
    const auto stamps = ledger.stamps(files);
    for (const auto piece : pieces)
        builder_.on_piece(piece);
    for (const auto& [file, stamp] : stamps)
        builder_.on_stamp(file, stamp);
    return append(writer_.pieces(pieces, stamps));
}

Result<> Journal::prefix(PieceIndex piece, const resume::Prefix& prefix,
                         std::span<const FileIndex> files, const Ledger& ledger) {
    const std::lock_guard lock(mutex_);
    const auto stamps = ledger.stamps(files);
    builder_.on_prefix(piece, prefix);
    for (const auto& [file, stamp] : stamps)
        builder_.on_stamp(file, stamp);
    return append(writer_.prefix(piece, prefix, stamps));
}

Result<> Journal::parked(PieceIndex piece, const ParkedBlocks& blocks,
                         std::span<const std::uint32_t> given_up, std::span<const FileIndex> files,
                         const Ledger& ledger) {
    const std::lock_guard lock(mutex_);
    const auto stamps = ledger.stamps(files);
    builder_.on_parked(piece, blocks, given_up);
    for (const auto& [file, stamp] : stamps)
        builder_.on_stamp(file, stamp);
    return append(writer_.parked(piece, blocks, given_up, stamps));
}

Result<> Journal::sync_begun() {
    const std::lock_guard lock(mutex_);
    const auto now = wall_time();
    builder_.on_sync_begun(now);
    return append(writer_.sync_begun(now));
}

Result<> Journal::synced(std::span<const FileIndex> files, const Ledger& ledger) {
    {
        const std::lock_guard lock(mutex_);
        const auto now = wall_time();
        const auto stamps = ledger.stamps(files);
        builder_.on_synced(now);
        for (const auto& [file, stamp] : stamps)
            builder_.on_stamp(file, stamp);
        const auto appended = append(writer_.synced(now, stamps));
        if (!appended) return appended;
        if (size_ > 2 * begun_size_ + kGrowth) return replace(builder_.state());
    }
    // Without the lock: those who write pieces need not wait for the device.
    return claim_->sync();
}

Result<> Journal::stamps(std::span<const FileIndex> files, const Ledger& ledger) {
    const std::lock_guard lock(mutex_);
    const auto stamps = ledger.stamps(files);
    if (stamps.empty()) return {};
    for (const auto& [file, stamp] : stamps)
        builder_.on_stamp(file, stamp);
    return append(writer_.stamps(stamps));
}

Result<> Journal::lost(std::span<const FileIndex> files) {
    const std::lock_guard lock(mutex_);
    for (const auto file : files) {
        builder_.on_lost(metainfo_, file);
        const auto appended = append(writer_.lost(file));
        if (!appended) return appended;
    }
    return {};
}

}  // namespace bt::disk
