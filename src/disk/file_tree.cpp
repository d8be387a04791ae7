#include "disk/file_tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "bt/core/assert.hpp"
#include "bt/disk/descriptors.hpp"
#include "disk/system.hpp"

namespace bt::disk {
namespace {

constexpr std::size_t kMaxOpenFolders = 32;  // of one torrent
constexpr int kMaxRelieves = 4;

// O_PATH asks for no right to list the folder.
constexpr int kFolderFlags = O_PATH | O_DIRECTORY;
constexpr mode_t kFolderMode = 0777;
constexpr mode_t kFileMode = 0666;

// All torrents draw on one budget, since the limit is the process's.
std::atomic<std::size_t> open_files = 0;

bool none_left(int code) {
    return code == EMFILE || code == ENFILE;
}

// ENOTDIR is also what a symlink in a folder's place gives, ELOOP one in a file's.
bool blocked(int code) {
    return code == ENOTDIR || code == ELOOP || code == EISDIR || code == ENXIO;
}

}  // namespace

FileTree::FileTree(std::span<const metainfo::File> files, FolderTable table, Descriptor root)
    : files_(files),
      table_(std::move(table)),
      root_(std::make_shared<const OpenFile>(OpenFile{std::move(root), false})),
      open_(file_descriptor_budget(), open_files),
      folders_(std::min(kMaxOpenFolders, file_descriptor_budget()), open_folders_) {}

Result<std::unique_ptr<FileTree>> FileTree::open(std::span<const metainfo::File> files,
                                                 const std::filesystem::path& directory,
                                                 Access access) {
    auto table = FolderTable::make(files);
    if (!table) return table.error();
    const auto shown = directory.empty() ? std::string(".") : directory.string();
    if (access == Access::read_write && !directory.empty()) {
        std::error_code error;
        std::filesystem::create_directories(directory, error);
        if (error) return system_error(Errc::mkdir_failed, "make folder", shown, error.value());
    }
    // The user names this folder, so symlinks on the way to it are followed.
    Descriptor root(::open(shown.c_str(), kFolderFlags | O_CLOEXEC));
    if (!root) return system_error(Errc::open_failed, "open folder", shown, errno);
    return std::unique_ptr<FileTree>(new FileTree(files, std::move(*table), std::move(root)));
}

Result<Handle> FileTree::reader(FileIndex file) {
    if (auto handle = open_.find(file.value())) return handle;
    auto opened = open_file(file, Mode::read);
    if (opened) open_.insert(file.value(), *opened);
    return opened;
}

Result<Handle> FileTree::writer(FileIndex file) {
    if (auto handle = open_.find(file.value()); handle && handle->writable) return handle;
    auto opened = open_file(file, Mode::write);
    if (opened) open_.insert(file.value(), *opened);
    return opened;
}

Result<> FileTree::make(FileIndex file, Ledger& ledger) {
    const auto opened = open_file(file, Mode::write);
    if (!opened) return opened.error();
    struct stat status {};
    if (::fstat((*opened)->fd.get(), &status) == 0) ledger.set(file, &status);
    return {};
}

void FileTree::close() {
    open_.clear();
    folders_.clear();
}

Result<Handle> FileTree::open_file(FileIndex file, Mode mode) {
    const bool write = mode == Mode::write;
    const std::string& path = files_[file.value()].path;
    const auto found = walk(table_.place(file).folder, write);
    if (!found.folder) return walk_error(found, write ? Errc::create_failed : Errc::open_failed);
    // O_NONBLOCK: opening a FIFO must not wait for its other end. Regular files do not heed it.
    const int flags = (write ? O_RDWR | O_CREAT : O_RDONLY) | O_NONBLOCK | O_NOCTTY;
    Descriptor fd(open_at(found.folder->fd.get(), name(file), flags));
    if (!fd && blocked(errno)) return in_the_way(path, "regular file");
    if (!fd) {
        return write ? system_error(Errc::create_failed, "create", path, errno)
                     : system_error(Errc::open_failed, "open", path, errno);
    }
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return system_error(Errc::io_failed, "read", path, errno);
    if (!S_ISREG(status.st_mode)) return in_the_way(path, "regular file");
    return std::make_shared<const OpenFile>(OpenFile{std::move(fd), write});
}

FileTree::Walk FileTree::walk(std::uint32_t folder, bool make) {
    std::vector<std::uint32_t> chain;  // folders to open, deepest first
    Handle above;
    for (; folder != 0 && !above; folder = table_.folders()[folder].parent) {
        above = folders_.find(folder);
        if (!above) chain.push_back(folder);
    }
    if (!above) above = root_;
    for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
        bool making = false;
        Descriptor fd(enter(above->fd.get(), table_.folders()[*at].name.c_str(), make, making));
        if (!fd) return {nullptr, errno, making, *at};
        above = std::make_shared<const OpenFile>(OpenFile{std::move(fd), false});
        folders_.insert(*at, above);
    }
    return {std::move(above)};
}

int FileTree::enter(int above, const char* name, bool make, bool& making) {
    const int fd = open_at(above, name, kFolderFlags);
    if (fd >= 0 || errno != ENOENT || !make) return fd;
    making = true;
    if (::mkdirat(above, name, kFolderMode) != 0 && errno != EEXIST) return -1;
    making = false;
    return open_at(above, name, kFolderFlags);
}

int FileTree::open_at(int folder, const char* name, int flags) {
    for (int relieves = 0;;) {
        const int fd = open_beneath(folder, name, flags, kFileMode);
        if (fd >= 0) return fd;
        if (errno == EINTR) continue;
        if (!none_left(errno) || relieves++ == kMaxRelieves) return -1;
        close();
    }
}

Error FileTree::walk_error(const Walk& walk, Errc otherwise) const {
    const auto path = table_.path(walk.failed);
    if (blocked(walk.error)) return in_the_way(path, "folder");
    if (walk.making) return system_error(Errc::mkdir_failed, "make folder", path, walk.error);
    return system_error(otherwise, "open folder", path, walk.error);
}

Result<std::vector<FileState>> FileTree::inspect(Ledger* ledger) {
    std::vector<FileState> states(files_.size());
    const auto each = [&](FileIndex file, int error, const struct stat& status) {
        auto& state = states[file.value()];
        state.exists = error == 0 && S_ISREG(status.st_mode);
        // Something else is there, or takes the place of a folder above it.
        state.foreign = (error == 0 && !state.exists) || blocked(error);
        if (error == 0) {
            state.size = static_cast<std::uint64_t>(status.st_size);
            state.allocated = static_cast<std::uint64_t>(status.st_blocks) * 512;
        }
        if (ledger != nullptr) ledger->set(file, state.exists ? &status : nullptr);
    };
    const auto looked_at = look_at_all(each);
    if (!looked_at) return looked_at.error();
    return states;
}

Result<> FileTree::confirm(Ledger& ledger) {
    return look_at_all([&](FileIndex file, int error, const struct stat& status) {
        const bool exists = error == 0 && S_ISREG(status.st_mode);
        (void)ledger.confirm(file, exists ? &status : nullptr);
    });
}

Result<> FileTree::look_at_all(const Each& each) {
    // Why a folder cannot be entered: a missing folder of many files is looked for once.
    std::vector<int> errors(table_.folders().size(), 0);
    for (std::uint32_t i = 0; i < files_.size(); ++i) {
        if (!files_[i].is_written()) continue;
        const FileIndex file(i);
        const auto folder = table_.place(file).folder;
        auto known = folder;
        while (known != 0 && errors[known] == 0)
            known = table_.folders()[known].parent;
        errors[folder] = errors[known];

        auto found = errors[folder] == 0 ? walk(folder, false) : Walk{nullptr, errors[folder]};
        int error = found.error;
        if (error != 0 && errors[folder] == 0) errors[folder] = errors[found.failed] = error;
        struct stat status {};
        if (found.folder &&
            ::fstatat(found.folder->fd.get(), name(file), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            error = errno;
        }
        if (error != 0 && !blocked(error) && error != ENOENT && error != ENAMETOOLONG) {
            const auto meaning = error == EACCES ? Errc::open_failed : Errc::io_failed;
            return system_error(meaning, "look at", files_[i].path, error);
        }
        each(file, error, status);
    }
    return {};
}

std::vector<std::uint32_t> FileTree::folders_of(std::span<const FileIndex> files) const {
    std::vector<bool> wanted(table_.folders().size(), false);
    wanted[0] = !files.empty();
    for (const auto file : files) {
        auto folder = table_.place(file).folder;
        for (; folder != 0 && !wanted[folder]; folder = table_.folders()[folder].parent)
            wanted[folder] = true;
    }
    std::vector<std::uint32_t> out;
    for (std::uint32_t i = 0; i < wanted.size(); ++i) {
        if (wanted[i]) out.push_back(i);
    }
    return out;
}

Result<> FileTree::sync_folders(std::span<const FileIndex> files) {
    for (const auto folder : folders_of(files)) {
        const auto found = walk(folder, false);
        if (!found.folder) continue;  // taken away, and its files with it
        const int error = sync_folder(found.folder->fd.get());
        if (error != 0) {
            return system_error(Errc::io_failed, "sync folder", table_.path(folder), error);
        }
    }
    return {};
}

Result<> FileTree::sync_file_systems(std::span<const FileIndex> files) {
    std::vector<dev_t> synced;
    for (const auto folder : folders_of(files)) {
        const auto found = walk(folder, false);
        struct stat status {};
        if (!found.folder || ::fstat(found.folder->fd.get(), &status) != 0) continue;
        if (std::ranges::find(synced, status.st_dev) != synced.end()) continue;
        synced.push_back(status.st_dev);
        constexpr int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
        const Descriptor open(::openat(found.folder->fd.get(), ".", flags));
        if (!open || ::syncfs(open.get()) != 0) {
            return system_error(Errc::io_failed, "sync folder", table_.path(folder), errno);
        }
    }
    return {};
}

Result<> FileTree::remove(FileIndex file) {
    const std::string& path = files_[file.value()].path;
    const auto place = table_.place(file).folder;
    auto found = walk(place, false);
    const char* what = name(file);
    if (blocked(found.error)) {
        what = table_.folders()[found.failed].name.c_str();
        found = walk(table_.folders()[found.failed].parent, false);
    }
    if (found.error == ENOENT) return {};
    if (!found.folder) return walk_error(found, Errc::io_failed);
    const int folder = found.folder->fd.get();
    if (::unlinkat(folder, what, 0) == 0 || errno == ENOENT) return {};
    if (errno != EISDIR) {
        return system_error(Errc::io_failed, "remove", path, errno);
    }
    if (::unlinkat(folder, what, AT_REMOVEDIR) == 0) return {};
    if (errno == ENOTEMPTY || errno == EEXIST) return in_the_way(path, "regular file");
    return system_error(Errc::io_failed, "remove", path, errno);
}

}  // namespace bt::disk
