#include "bt/disk/storage.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "bt/core/assert.hpp"
#include "disk/presence.hpp"
#include "disk/storage_state.hpp"
#include "disk/system.hpp"

namespace bt::disk {

namespace {

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
    if (!expected.is_wanted()) return false;
    // A file that is longer than the torrent's is not empty, so it needs no case of its own.
    return (state.foreign || state.size > 0) && !touches(metainfo, expected, have);
}

}  // namespace

Storage::Storage(std::unique_ptr<State> state) : state_(std::move(state)) {}
Storage::~Storage() = default;

Result<std::shared_ptr<Storage>> Storage::open(std::shared_ptr<const metainfo::Metainfo> metainfo,
                                               const std::filesystem::path& directory,
                                               Access access,
                                               const metainfo::Selection& selection) {
    metainfo = metainfo::stored(std::move(metainfo), selection);
    auto tree = FileTree::open(metainfo->files, directory, access);
    if (!tree) return tree.error();
    return std::shared_ptr<Storage>(new Storage(
        std::make_unique<State>(std::move(metainfo), directory, access, std::move(*tree))));
}

const metainfo::Metainfo& Storage::metainfo() const {
    return *state_->metainfo;
}

bool Storage::shares_folder(const Storage& other) const {
    struct stat ours {};
    struct stat theirs {};
    return ::fstat(state_->tree->root(), &ours) == 0 &&
           ::fstat(other.state_->tree->root(), &theirs) == 0 && ours.st_dev == theirs.st_dev &&
           ours.st_ino == theirs.st_ino;
}

std::filesystem::path Storage::target() const {
    return state_->directory / state_->metainfo->name;
}

Result<std::vector<FileState>> Storage::inspect() const {
    return state_->tree->inspect(nullptr);
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

std::optional<std::string> Storage::intruder(const Survey& survey, const Bitfield& have) const {
    for (const auto file : survey.replaced) {
        const auto i = file.value();
        if (intrudes(metainfo(), i, survey.files[i], have)) return metainfo().files[i].path;
    }
    return std::nullopt;
}

Result<> Storage::clear(const std::vector<FileState>& files, const Bitfield& have) {
    BT_ASSERT(state_->access == Access::read_write && files.size() == metainfo().files.size());
    close_files();
    for (std::uint32_t i = 0; i < files.size(); ++i) {
        const auto& file = metainfo().files[i];
        if (!file.is_wanted()) continue;
        if (intrudes(metainfo(), i, files[i], have)) {
            // Removed, not emptied: a hard link elsewhere keeps its content.
            const auto removed = state_->tree->remove(FileIndex(i));
            if (!removed) return removed.error();
            state_->ledger.set(FileIndex(i), nullptr);
        } else if (files[i].size > file.length) {
            const auto handle = state_->tree->writer(FileIndex(i));
            if (!handle) return handle.error();
            const int fd = (*handle)->fd.get();
            struct stat status {};
            if (::ftruncate(fd, static_cast<off_t>(file.length)) != 0 ||
                ::fstat(fd, &status) != 0) {
                return system_error(Errc::io_failed, "shorten", file.path, errno);
            }
            state_->ledger.set(FileIndex(i), &status);
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
    for (const auto& slice : metainfo::stored_slices(metainfo(), offset, length)) {
        const auto& file = metainfo().files[slice.file.value()];
        BT_ASSERT(file.use != metainfo::FileUse::skipped || file.pad);
        if (file.use == metainfo::FileUse::parts) {
            state_->outside[metainfo::shared_slot(metainfo(), slice.offset)] = false;
        }
        if (file.pad) {
            gather.skip(slice.length);
            continue;
        }
        const auto handle = state_->tree->writer(slice.file);
        if (!handle) return handle.error();
        const int fd = (*handle)->fd.get();
        const Ledger::Writing writing(state_->ledger, slice.file, fd);
        if (writing.replaced()) return in_the_way(file.path, "file of this download");
        const int error = gather.write(fd, slice.offset, slice.length);
        if (error != 0) return system_error(Errc::io_failed, "write", file.path, error);
    }
    return {};
}

Result<> Storage::read(std::uint64_t offset, MutableBytes out) {
    BT_ASSERT(out.size() <= metainfo().layout.total_length() &&
              offset <= metainfo().layout.total_length() - out.size());
    for (const auto& slice : metainfo::stored_slices(metainfo(), offset, out.size())) {
        const auto part = out.first(static_cast<std::size_t>(slice.length));
        out = out.subspan(part.size());
        const auto read = metainfo().files[slice.file.value()].use == metainfo::FileUse::parts
                              ? state_->read_shared(slice, part)
                              : state_->read_file(slice, part);
        if (!read) return read;
    }
    return {};
}

Result<> Storage::State::read_file(const metainfo::FileSlice& slice, MutableBytes out) {
    const auto& file = metainfo->files[slice.file.value()];
    if (file.pad) {
        std::memset(out.data(), 0, out.size());
        return {};
    }
    const auto handle = tree->reader(slice.file);
    if (!handle) return handle.error();
    const auto result = read_at((*handle)->fd.get(), slice.offset, out);
    if (result.error != 0) return system_error(Errc::io_failed, "read", file.path, result.error);
    if (result.length < out.size()) return too_short(file.path);
    return {};
}

Result<> Storage::State::read_shared(const metainfo::FileSlice& slice, MutableBytes out) {
    Result<> read;
    if (!outside[metainfo::shared_slot(*metainfo, slice.offset)]) {
        read = read_file(slice, out);
    } else {
        const auto offset = metainfo::shared_offset(*metainfo, slice.offset);
        for (const auto& one : metainfo::slices(metainfo->files, offset, out.size())) {
            read = read_file(one, out.first(static_cast<std::size_t>(one.length)));
            if (!read) break;
            out = out.subspan(static_cast<std::size_t>(one.length));
        }
    }
    // Neither need be there, so that there is nobody to be told of a file that cannot be opened.
    if (!read) return fail(Errc::io_failed, read.error().message);
    return {};
}

bool Storage::read_outside(PieceIndex piece, bool outside) {
    const auto& shared = metainfo().shared_pieces;
    const auto at = std::lower_bound(shared.begin(), shared.end(), piece);
    if (at == shared.end() || *at != piece) return false;
    state_->outside[static_cast<std::size_t>(at - shared.begin())] = outside;
    return true;
}

Result<> Storage::make_empty_files() {
    BT_ASSERT(state_->access == Access::read_write);
    for (std::uint32_t i = 0; i < metainfo().files.size(); ++i) {
        if (metainfo().files[i].length != 0 || !metainfo().files[i].is_wanted()) continue;
        const auto made = state_->tree->make(FileIndex(i), state_->ledger);
        if (!made) return made.error();
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
