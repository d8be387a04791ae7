#include "bt/disk/storage.hpp"

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

#include "bt/core/assert.hpp"
#include "disk/file_tree.hpp"
#include "disk/presence.hpp"
#include "disk/system.hpp"

namespace bt::disk {

struct Storage::State {
    std::shared_ptr<const metainfo::Metainfo> metainfo;
    std::filesystem::path directory;
    Access access;
    std::unique_ptr<FileTree> tree;

    std::mutex written_mutex;
    std::vector<bool> written;  // files, since the last sync()
};

namespace {

// Above this, one syncfs() is quicker than waiting for each file.
constexpr std::size_t kMaxSyncedFiles = 64;

bool touches(const metainfo::Metainfo& metainfo, const metainfo::File& file, const Bitfield& have) {
    if (file.length == 0) return false;
    const std::uint64_t piece_length = metainfo.layout.piece_length();
    const auto last = (file.offset + file.length - 1) / piece_length;
    for (auto piece = file.offset / piece_length; piece <= last; ++piece) {
        if (have.get(PieceIndex(static_cast<std::uint32_t>(piece)))) return true;
    }
    return false;
}

bool intrudes(const metainfo::Metainfo& metainfo, std::size_t file, const FileState& state,
              const Bitfield& have) {
    const auto& expected = metainfo.files[file];
    if (expected.pad) return false;
    // A file that is longer than the torrent's is not empty, so it needs no case of its own.
    return (state.foreign || state.size > 0) && !touches(metainfo, expected, have);
}

}  // namespace

Storage::Storage(std::unique_ptr<State> state) : state_(std::move(state)) {}
Storage::~Storage() = default;

Result<std::shared_ptr<Storage>> Storage::open(std::shared_ptr<const metainfo::Metainfo> metainfo,
                                               const std::filesystem::path& directory,
                                               Access access) {
    auto tree = FileTree::open(metainfo->files, directory, access);
    if (!tree) return tree.error();
    auto state = std::make_unique<State>();
    state->written.resize(metainfo->files.size());
    state->metainfo = std::move(metainfo);
    state->directory = directory;
    state->access = access;
    state->tree = std::move(*tree);
    return std::shared_ptr<Storage>(new Storage(std::move(state)));
}

const metainfo::Metainfo& Storage::metainfo() const {
    return *state_->metainfo;
}

std::filesystem::path Storage::target() const {
    return state_->directory / state_->metainfo->name;
}

Result<std::vector<FileState>> Storage::inspect() const {
    return state_->tree->inspect();
}

Bitfield Storage::present(const std::vector<FileState>& files) const {
    return present_pieces(*state_->metainfo, files, *state_->tree);
}

std::optional<std::string> Storage::intruder(const std::vector<FileState>& files,
                                             const Bitfield& have) const {
    BT_ASSERT(files.size() == metainfo().files.size());
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (intrudes(metainfo(), i, files[i], have)) return metainfo().files[i].path;
    }
    return std::nullopt;
}

Result<> Storage::clear(const std::vector<FileState>& files, const Bitfield& have) {
    BT_ASSERT(state_->access == Access::read_write && files.size() == metainfo().files.size());
    close_files();
    for (std::uint32_t i = 0; i < files.size(); ++i) {
        const auto& file = metainfo().files[i];
        if (file.pad) continue;
        if (intrudes(metainfo(), i, files[i], have)) {
            // Removed, not emptied: a hard link elsewhere keeps its content.
            const auto removed = state_->tree->remove(FileIndex(i));
            if (!removed) return removed.error();
        } else if (files[i].size > file.length) {
            const auto handle = state_->tree->writer(FileIndex(i));
            if (!handle) return handle.error();
            if (::ftruncate((*handle)->fd.get(), static_cast<off_t>(file.length)) != 0) {
                return system_error(Errc::io_failed, "shorten", file.path, errno);
            }
        }
    }
    return {};
}

Result<> Storage::write(std::uint64_t offset, std::span<const Bytes> parts) {
    BT_ASSERT(state_->access == Access::read_write);
    std::uint64_t length = 0;
    for (const auto& part : parts)
        length += part.size();
    BT_ASSERT(length <= metainfo().layout.total_length() &&
              offset <= metainfo().layout.total_length() - length);
    Gather gather(parts);
    for (const auto& slice : metainfo::slices(metainfo().files, offset, length)) {
        const auto& file = metainfo().files[slice.file.value()];
        if (file.pad) {
            gather.skip(slice.length);
            continue;
        }
        const auto handle = state_->tree->writer(slice.file);
        if (!handle) return handle.error();
        {
            const std::lock_guard lock(state_->written_mutex);
            state_->written[slice.file.value()] = true;
        }
        const int error = gather.write((*handle)->fd.get(), slice.offset, slice.length);
        if (error != 0) return system_error(Errc::io_failed, "write", file.path, error);
    }
    return {};
}

Result<> Storage::read(std::uint64_t offset, MutableBytes out) {
    BT_ASSERT(out.size() <= metainfo().layout.total_length() &&
              offset <= metainfo().layout.total_length() - out.size());
    for (const auto& slice : metainfo::slices(metainfo().files, offset, out.size())) {
        const auto& file = metainfo().files[slice.file.value()];
        const auto part = out.first(static_cast<std::size_t>(slice.length));
        out = out.subspan(part.size());
        if (file.pad) {
            std::memset(part.data(), 0, part.size());
            continue;
        }
        const auto handle = state_->tree->reader(slice.file);
        if (!handle) return handle.error();
        const auto result = read_at((*handle)->fd.get(), slice.offset, part);
        if (result.error != 0) {
            return system_error(Errc::io_failed, "read", file.path, result.error);
        }
        if (result.length < part.size()) return too_short(file.path);
    }
    return {};
}

Result<> Storage::make_empty_files() {
    BT_ASSERT(state_->access == Access::read_write);
    for (std::uint32_t i = 0; i < metainfo().files.size(); ++i) {
        if (metainfo().files[i].length != 0 || metainfo().files[i].pad) continue;
        const auto made = state_->tree->make(FileIndex(i));
        if (!made) return made.error();
    }
    return {};
}

Result<> Storage::sync() {
    std::vector<FileIndex> files;
    {
        const std::lock_guard lock(state_->written_mutex);
        for (std::uint32_t i = 0; i < state_->written.size(); ++i) {
            if (state_->written[i]) files.emplace_back(i);
        }
        state_->written.assign(state_->written.size(), false);
    }
    for (const auto file : files) {
        const auto handle = state_->tree->reader(file);
        if (!handle) return handle.error();
        const int fd = (*handle)->fd.get();
        const bool all = files.size() > kMaxSyncedFiles;
        if ((all ? ::syncfs(fd) : ::fsync(fd)) != 0) {
            const auto& path = metainfo().files[file.value()].path;
            return system_error(Errc::io_failed, "make durable", path, errno);
        }
        if (all) break;
    }
    return {};
}

void Storage::close_files() {
    state_->tree->close();
}

std::uint64_t Storage::free_space() const {
    struct statvfs status {};
    if (::fstatvfs(state_->tree->root(), &status) != 0) return 0;
    return std::uint64_t{status.f_bavail} * status.f_frsize;
}

}  // namespace bt::disk
