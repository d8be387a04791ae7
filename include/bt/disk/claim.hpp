// Claim: the mark that this torrent is being downloaded into this folder.
//
// A hidden file in the output folder, `.<info-hash>.bt`, locked while a process holds it. What is
// in it is the resume state. A file that is left over (after Ctrl-C or a kill) tells that files of
// this torrent are ours, also where no piece of them is whole yet. It tells so only if the earlier
// run had begun to write: one that was stopped while it still looked at foreign files owns none,
// and leaves an empty file.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "bt/core/bytes.hpp"
#include "bt/core/ids.hpp"
#include "bt/core/result.hpp"

namespace bt::disk {

class Claim {
public:
    /// Makes the folder too. Errc::duplicate: another process holds it. Errc::create_failed,
    /// mkdir_failed, no_space. Where the file system has no locks, nobody is kept out.
    [[nodiscard]] static Result<std::unique_ptr<Claim>> acquire(
        const std::filesystem::path& directory, const InfoHash& info_hash);
    /// Unlocks; the file stays unless finish() was called.
    ~Claim();
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;

    /// An earlier download of this torrent into this folder was not finished.
    [[nodiscard]] bool resumed() const { return resumed_; }
    /// ... and had got as far as replace(): the files that are there are ours.
    [[nodiscard]] bool started() const { return started_; }
    /// Gives the file this content, in place of what is in it: at any moment, a power cut included,
    /// the one or the other is there. The first content of all, which takes nobody's place, does
    /// not wait for the device: sync() does, and is to be called before the first byte of the
    /// torrent is written. Errc::io_failed, no_space, create_failed.
    [[nodiscard]] Result<> replace(Bytes content);
    /// Errc::io_failed, no_space: what is in the file, or its name, may not be on the device.
    [[nodiscard]] Result<> sync();
    /// Open for reading and writing; another after replace().
    [[nodiscard]] int file() const { return file_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    /// All is there, or nothing was begun: removes the file.
    void finish();

private:
    Claim(int folder, int file, std::string name, bool resumed, bool started)
        : folder_(folder),
          file_(file),
          name_(std::move(name)),
          resumed_(resumed),
          started_(started) {}

    int folder_;
    int file_;
    std::string name_;
    bool resumed_;
    std::atomic<bool> started_;  // asked for while a worker replaces the file
    bool named_ = false;         // its name has been synced
};

}  // namespace bt::disk
