// What a Storage is made of. Private to its two halves: reading and writing (storage.cpp), and what
// is remembered between runs and made durable (resume.cpp, sync.cpp).
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>

#include "bt/disk/storage.hpp"
#include "disk/file_tree.hpp"
#include "disk/journal.hpp"
#include "disk/ledger.hpp"

namespace bt::disk {

struct Storage::State {
    State(std::shared_ptr<const metainfo::Metainfo> of, const std::filesystem::path& below,
          Access for_access, std::unique_ptr<FileTree> files)
        : metainfo(std::move(of)),
          directory(below),
          access(for_access),
          tree(std::move(files)),
          ledger(metainfo->files.size(), Mount(tree->root())),
          outside(metainfo->shared_pieces.size()) {}

    [[nodiscard]] Result<> read_file(const metainfo::FileSlice& slice, MutableBytes out);
    /// Of the parts file, or what stands for it outside.
    [[nodiscard]] Result<> read_shared(const metainfo::FileSlice& slice, MutableBytes out);
    /// Gives up what is reserved for this file and those before it.
    void release_up_to(FileIndex last);
    [[nodiscard]] bool is_outside(PieceIndex piece) const;

    /// The files of ours that bytes of these pieces lie in, pad files left out, each once.
    [[nodiscard]] std::vector<FileIndex> files_of(std::span<const PieceIndex> pieces) const;
    /// Has the journal give up the pieces in files that somebody else changed. To be called before
    /// it is told anything new of them.
    [[nodiscard]] Result<> tell_untold();
    [[nodiscard]] Result<> sync_one_by_one(std::span<const FileIndex> files);
    [[nodiscard]] int sync_bytes(int fd, std::uint64_t length);

    const std::shared_ptr<const metainfo::Metainfo> metainfo;
    const std::filesystem::path directory;
    const Access access;
    const std::unique_ptr<FileTree> tree;
    Ledger ledger;
    std::unique_ptr<Journal> journal;
    /// Of each shared piece: its bytes in skipped files lie in those, not in the parts file.
    std::vector<std::atomic<bool>> outside;

    std::mutex syncing;  // one sync at a time
    std::atomic<std::uint64_t> sync_done = 0;
    std::atomic<std::uint64_t> sync_total = 0;
};

}  // namespace bt::disk
