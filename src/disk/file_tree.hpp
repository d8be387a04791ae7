// FileTree: names below the output folder made into open descriptors. Owned by Storage, callable
// from any thread.
//
// Invariants
// - A name is resolved one part at a time, from a descriptor of the folder above it, and no part is
//   followed if it is a symlink (open_beneath). So nothing outside the output folder is reached,
//   whatever is put in the way while the program runs, on every kernel and file system. The length
//   of a whole path does not matter.
// - Only regular files are opened. A FIFO or a device does not block the caller.
// - Descriptors that stay open are bounded; when the process has none left, idle ones are closed.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "bt/core/result.hpp"
#include "bt/disk/storage.hpp"
#include "bt/metainfo/metainfo.hpp"
#include "disk/descriptor.hpp"
#include "disk/descriptor_cache.hpp"
#include "disk/folder_table.hpp"
#include "disk/ledger.hpp"

namespace bt::disk {

class FileTree {
public:
    /// Errc::torrent (FolderTable), mkdir_failed, open_failed.
    [[nodiscard]] static Result<std::unique_ptr<FileTree>> open(
        std::span<const metainfo::File> files, const std::filesystem::path& directory,
        Access access);

    /// Errc::open_failed, in_the_way.
    [[nodiscard]] Result<Handle> reader(FileIndex file);
    /// Makes the file and the folders above it. Errc::create_failed, mkdir_failed, in_the_way,
    /// no_space.
    [[nodiscard]] Result<Handle> writer(FileIndex file);
    /// As writer(), and closes it at once; the ledger is told how it is.
    [[nodiscard]] Result<> make(FileIndex file, Ledger& ledger);
    /// Looks at every file but the pad files; `ledger`, if any, is told how they are.
    /// Errc::io_failed.
    [[nodiscard]] Result<std::vector<FileState>> inspect(Ledger* ledger);
    /// Has the ledger compare every file with how it was last seen. Errc::io_failed.
    [[nodiscard]] Result<> confirm(Ledger& ledger);
    /// Waits until all that was written to the file systems in which these files lie is on their
    /// devices. Errc::io_failed.
    [[nodiscard]] Result<> sync_file_systems(std::span<const FileIndex> files);
    /// Waits until the names of these files, and of the folders above them, are on the device.
    /// Errc::io_failed, open_failed.
    [[nodiscard]] Result<> sync_folders(std::span<const FileIndex> files);
    /// Removes what stands in the file's place or in that of a folder above it: anything but a
    /// folder with something in it. Errc::in_the_way, io_failed.
    [[nodiscard]] Result<> remove(FileIndex file);
    /// Closes all but the output folder.
    void close();
    [[nodiscard]] int root() const { return root_->fd.get(); }

private:
    /// A folder, or why and at which folder on the way the search ended.
    struct Walk {
        Handle folder;
        int error = 0;  // errno
        bool making = false;
        std::uint32_t failed = 0;
    };
    enum class Mode : std::uint8_t { read, write };

    FileTree(std::span<const metainfo::File> files, FolderTable table, Descriptor root);

    /// What stands at the place of each file in turn, until `each` has seen all: its status or,
    /// with errno, why there is none.
    using Each = std::function<void(FileIndex file, int error, const struct stat& status)>;
    [[nodiscard]] Result<> look_at_all(const Each& each);
    /// The folders of these files, and those above them.
    [[nodiscard]] std::vector<std::uint32_t> folders_of(std::span<const FileIndex> files) const;
    [[nodiscard]] Walk walk(std::uint32_t folder, bool make);
    [[nodiscard]] int enter(int above, const char* name, bool make, bool& making);
    [[nodiscard]] int open_at(int folder, const char* name, int flags);
    [[nodiscard]] Result<Handle> open_file(FileIndex file, Mode mode);
    [[nodiscard]] Error walk_error(const Walk& walk, Errc otherwise) const;
    [[nodiscard]] const char* name(FileIndex file) const {
        return files_[file.value()].path.c_str() + table_.place(file).name_at;
    }

    const std::span<const metainfo::File> files_;
    const FolderTable table_;
    const Handle root_;
    std::atomic<std::size_t> open_folders_ = 0;
    DescriptorCache open_;
    DescriptorCache folders_;
};

}  // namespace bt::disk
