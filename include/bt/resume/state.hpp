// State: what is known of a torrent's data from earlier runs, and what of it can be believed now.
// A value; the disk folder keeps it in a file (resume/journal.hpp).
//
// A piece that an earlier run verified and wrote is
//  - durable, when it has been synced since: a power cut does not take it away;
//  - written, when only the kernel's memory is known to hold it: the end of the process does not
//    take it away, the end of the kernel or of the mount may.
// Either is believed only while the files that it lies in are as the last run left them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "bt/core/bitfield.hpp"
#include "bt/core/block.hpp"
#include "bt/core/ids.hpp"
#include "bt/crypto/sha1.hpp"
#include "bt/metainfo/metainfo.hpp"
#include "bt/metainfo/selection.hpp"

namespace bt::resume {

/// What stat() says of a file that whoever changes it cannot leave as it was.
struct FileStamp {
    std::uint64_t size = 0;     // bytes
    std::int64_t modified = 0;  // ns since 1970
    std::int64_t changed = 0;   // ns since 1970: of the content, the name or the rights
    std::uint64_t inode = 0;
    /// A change made after this look at the file would have shown in `changed`. Not so while the
    /// file system's clock, which can be coarse, still shows the time of the last change.
    bool settled = false;

    [[nodiscard]] bool same_file_as(const FileStamp& other) const {
        return size == other.size && modified == other.modified && changed == other.changed &&
               inode == other.inode;
    }
    friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// One life of the kernel's memory for a file system: from mount to unmount, of one boot.
struct Epoch {
    std::array<std::byte, 16> boot{};
    std::uint64_t mount = 0;
    friend bool operator==(const Epoch&, const Epoch&) = default;
};

/// The beginning of a large piece that is on disk, not verified yet.
struct Prefix {
    std::uint32_t length = 0;  // bytes, a multiple of kBlockSize
    crypto::Sha1 hash;         // of those
};

struct State {
    State() = default;
    explicit State(const metainfo::Metainfo& metainfo)
        : written(metainfo.layout.piece_count()),
          durable(metainfo.layout.piece_count()),
          doubtful(metainfo.layout.piece_count()),
          stamps(metainfo.files.size()) {}

    Epoch epoch;
    Bitfield written;  // durable pieces included
    Bitfield durable;
    /// Not written by what is known, and not hashed yet either: an earlier run found the file
    /// changed.
    Bitfield doubtful;
    std::vector<std::optional<FileStamp>> stamps;  // of each file, when it was last looked at
    std::map<PieceIndex, Prefix> prefixes;
    std::map<PieceIndex, ParkedBlocks> parked;  // those in a prefix do not count
    /// Files that are wanted now, and that no run which this state tells of has written to: what is
    /// there is not ours.
    std::vector<FileIndex> strangers;
    /// A sync was begun and is not known to have succeeded: if it failed, what had been written may
    /// be lost though the kernel shows it.
    bool sync_in_doubt = false;
    std::int64_t last_time = 0;  // ns since 1970: the latest that the state knows of
};

/// How much later than the state's last entry a file may have been written by the run that was cut
/// off: a sync, which ends in an entry, is begun every few seconds.
inline constexpr std::int64_t kUnrecordedTime = 60'000'000'000;  // ns

/// What a new run does about it.
struct Verdict {
    Verdict() = default;
    explicit Verdict(std::uint32_t pieces) : trusted(pieces), durable(pieces), suspects(pieces) {}

    Bitfield trusted;   // need no hashing
    Bitfield durable;   // of those
    Bitfield suspects;  // may be there: to be hashed, if their bytes are
    std::map<PieceIndex, Prefix> prefixes;
    std::map<PieceIndex, ParkedBlocks> parked;
    /// May be there: each block tells itself whether it is.
    std::map<PieceIndex, ParkedBlocks> doubtful_parked;
    /// May be there: to be hashed so far. The pieces are suspects as well.
    std::map<PieceIndex, Prefix> doubtful_prefixes;
    /// The kernel's memory is not to be believed: suspects are to be read from the device.
    bool reread = false;
};

/// `files`: the stamps of the files as they are now, none where no regular file is.
[[nodiscard]] Verdict judge(const State& state, const metainfo::Metainfo& metainfo,
                            std::span<const std::optional<FileStamp>> files, const Epoch& now);
/// Nothing is known: whatever is there is a suspect.
[[nodiscard]] Verdict judge_unknown(const metainfo::Metainfo& metainfo);

}  // namespace bt::resume
