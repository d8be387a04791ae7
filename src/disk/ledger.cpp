#include "disk/ledger.hpp"

#include <utility>

namespace bt::disk {

Ledger::Writing::Writing(Ledger& ledger, FileIndex file, int fd)
    : ledger_(ledger), file_(file), fd_(fd), alone_(ledger.writers_of(file)) {
    struct stat status {};
    const bool known = ::fstat(fd, &status) == 0;
    const auto now = ledger.mount_.stamp(status);
    const std::lock_guard lock(ledger.mutex_);
    auto& entry = ledger.entries_[file.value()];
    // A file that was not there and has something in it is not one that we have just made.
    const bool same = entry.stamp ? entry.stamp->same_file_as(now) : status.st_size == 0;
    if (known && !same) ledger.note_disturbed(file);
    replaced_ = known && entry.stamp && entry.stamp->inode != now.inode;
}

Ledger::Writing::~Writing() {
    if (replaced_) return;
    struct stat status {};
    const bool known = ::fstat(fd_, &status) == 0;
    const auto now = ledger_.mount_.stamp(status);
    const std::lock_guard lock(ledger_.mutex_);
    ledger_.note_dirty(file_);
    // If it cannot be seen, the next look finds a difference: on the safe side.
    if (known) ledger_.entries_[file_.value()].stamp = now;
}

void Ledger::note_dirty(FileIndex file) {
    if (!std::exchange(entries_[file.value()].dirty, true)) dirty_.push_back(file);
}

void Ledger::set(FileIndex file, const struct stat* status) {
    std::optional<resume::FileStamp> stamp;
    if (status != nullptr) stamp = mount_.stamp(*status);
    const std::lock_guard lock(mutex_);
    auto& entry = entries_[file.value()];
    entry.stamp = stamp;
    entry.disturbed = false;
}

bool Ledger::confirm(FileIndex file, const struct stat* status) {
    std::optional<resume::FileStamp> now;
    if (status != nullptr) now = mount_.stamp(*status);
    const std::lock_guard lock(mutex_);
    auto& entry = entries_[file.value()];
    const bool same = now && entry.stamp ? entry.stamp->same_file_as(*now)
                                         : now.has_value() == entry.stamp.has_value();
    if (same && now) entry.stamp = now;  // it may have settled
    if (!same) note_disturbed(file);
    return same;
}

void Ledger::mark_dirty(FileIndex file) {
    const std::lock_guard lock(mutex_);
    note_dirty(file);
}

std::vector<FileIndex> Ledger::take_dirty() {
    const std::lock_guard lock(mutex_);
    for (const auto file : dirty_)
        entries_[file.value()].dirty = false;
    return std::exchange(dirty_, {});
}

bool Ledger::take_new(FileIndex file) {
    const std::lock_guard lock(mutex_);
    return !std::exchange(entries_[file.value()].named, true);
}

std::vector<resume::StampedFile> Ledger::stamps(std::span<const FileIndex> files) const {
    std::vector<resume::StampedFile> out;
    out.reserve(files.size());
    const std::lock_guard lock(mutex_);
    for (const auto file : files) {
        const auto& entry = entries_[file.value()];
        if (entry.stamp && !entry.disturbed) out.push_back({file, *entry.stamp});
    }
    return out;
}

std::vector<std::optional<resume::FileStamp>> Ledger::all_stamps() const {
    std::vector<std::optional<resume::FileStamp>> out;
    out.reserve(entries_.size());
    const std::lock_guard lock(mutex_);
    for (const auto& entry : entries_)
        out.push_back(entry.stamp);
    return out;
}

void Ledger::note_disturbed(FileIndex file) {
    auto& entry = entries_[file.value()];
    entry.disturbed = true;
    if (!std::exchange(entry.untold, true)) untold_.push_back(file);
}

void Ledger::disturb(FileIndex file) {
    const std::lock_guard lock(mutex_);
    note_disturbed(file);
}

std::vector<FileIndex> Ledger::take_untold() {
    const std::lock_guard lock(mutex_);
    for (const auto file : untold_)
        entries_[file.value()].untold = false;
    return std::exchange(untold_, {});
}

std::optional<FileIndex> Ledger::disturbed() const {
    const std::lock_guard lock(mutex_);
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
        if (entries_[i].disturbed) return FileIndex(i);
    }
    return std::nullopt;
}

}  // namespace bt::disk
