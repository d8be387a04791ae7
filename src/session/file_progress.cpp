#include "session/file_progress.hpp"

#include "bt/core/assert.hpp"

namespace bt::session {

namespace {

constexpr std::uint32_t kNever = 0xffffffff;

std::uint32_t pieces_under(const metainfo::File& file, std::uint32_t piece_length) {
    if (file.length == 0) return 0;
    const auto last = (file.offset + file.length - 1) / piece_length;
    return static_cast<std::uint32_t>(last - file.offset / piece_length + 1);
}

}  // namespace

FileProgress::FileProgress(std::span<const metainfo::File> files, std::uint32_t piece_length) {
    left_.reserve(files.size());
    for (const auto& file : files) {
        const FileIndex index(static_cast<std::uint32_t>(left_.size()));
        left_.push_back(file.is_wanted() ? pieces_under(file, piece_length) : kNever);
        if (left_.back() == 0) whole_.push_back(index);
    }
}

void FileProgress::count(FileIndex file) {
    auto& left = left_[file.value()];
    if (left == kNever) return;
    BT_ASSERT(left > 0);
    if (--left == 0) whole_.push_back(file);
}

}  // namespace bt::session
