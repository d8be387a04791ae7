// A torrent of known bytes in a temporary folder, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bt/core/block.hpp"
#include "bt/core/rng.hpp"
#include "bt/crypto/sha1.hpp"
#include "bt/disk/job.hpp"
#include "bt/disk/storage.hpp"
#include "bt/metainfo/metainfo.hpp"

namespace bt::disk::test {

class TemporaryFolder {
public:
    TemporaryFolder() {
        auto name = (std::filesystem::temp_directory_path() / "bt_disk_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        path_ = name;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// The pieces that are set.
inline std::vector<std::uint32_t> ones(const Bitfield& field) {
    std::vector<std::uint32_t> out;
    for (std::uint32_t i = 0; i < field.size(); ++i) {
        if (field.get(PieceIndex(i))) out.push_back(i);
    }
    return out;
}

struct FileSpec {
    std::string path;
    std::uint64_t length = 0;
    bool pad = false;
};

struct Torrent {
    std::shared_ptr<const metainfo::Metainfo> metainfo;
    ByteVector content;  // of all files, pads included

    [[nodiscard]] Bytes bytes(std::uint64_t offset, std::uint64_t length) const {
        return Bytes(content).subspan(offset, length);
    }
    [[nodiscard]] Bytes piece(std::uint32_t piece) const {
        const auto& layout = metainfo->layout;
        return bytes(layout.piece_offset(PieceIndex(piece)), layout.piece_size(PieceIndex(piece)));
    }
    [[nodiscard]] Bytes file(std::size_t index) const {
        return bytes(metainfo->files[index].offset, metainfo->files[index].length);
    }
};

/// Random bytes from `seed`, zeros in pads; `zeros` are pieces that are all zero.
inline Torrent make_torrent(const std::vector<FileSpec>& specs, std::uint32_t piece_length,
                            std::uint64_t seed = 1, const std::vector<std::uint32_t>& zeros = {}) {
    Torrent out;
    metainfo::Metainfo metainfo;
    metainfo.name = "t";
    Rng rng(seed);
    for (const auto& spec : specs) {
        metainfo.files.push_back({spec.path, spec.length, out.content.size(), spec.pad});
        const auto begin = out.content.size();
        out.content.resize(begin + spec.length);
        for (std::size_t at = begin; at < out.content.size() && !spec.pad; at += sizeof(rng())) {
            const auto value = rng();
            std::memcpy(&out.content[at], &value, std::min(sizeof value, out.content.size() - at));
        }
    }
    metainfo.layout = metainfo::PieceLayout(piece_length, out.content.size());
    for (const auto piece : zeros) {
        const auto begin = out.content.begin() + static_cast<std::ptrdiff_t>(piece) * piece_length;
        std::fill(begin, begin + metainfo.layout.piece_size(PieceIndex(piece)), std::byte{0});
    }
    for (PieceIndex piece(0); piece.value() < metainfo.layout.piece_count(); ++piece) {
        metainfo.piece_hashes.push_back(crypto::sha1(
            Bytes(out.content)
                .subspan(metainfo.layout.piece_offset(piece), metainfo.layout.piece_size(piece))));
    }
    out.metainfo = std::make_shared<const metainfo::Metainfo>(std::move(metainfo));
    return out;
}

/// Small files in a hundred folders.
inline std::vector<FileSpec> many_files(int count) {
    std::vector<FileSpec> specs;
    for (int i = 0; i < count; ++i) {
        specs.push_back(
            {"t/" + std::to_string(i % 100) + "/" + std::to_string(i), 1 + std::uint64_t(i) % 50});
    }
    return specs;
}

inline std::shared_ptr<Storage> open_storage(const Torrent& torrent,
                                             const std::filesystem::path& folder,
                                             Access access = Access::read_write) {
    auto storage = Storage::open(torrent.metainfo, folder, access);
    if (!storage) throw std::runtime_error(storage.error().message);
    return *storage;
}

inline void write_file(const std::filesystem::path& path, Bytes content) {
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(content.data()),
              static_cast<std::streamsize>(content.size()));
}

inline void write_file(const std::filesystem::path& path, std::string_view content) {
    write_file(path, as_bytes(content));
}

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// All files as a finished download leaves them.
inline void write_all_files(const Torrent& torrent, const std::filesystem::path& folder) {
    for (std::size_t i = 0; i < torrent.metainfo->files.size(); ++i) {
        const auto& file = torrent.metainfo->files[i];
        if (!file.pad) write_file(folder / file.path, torrent.file(i));
    }
}

inline void expect_all_files(const Torrent& torrent, const std::filesystem::path& folder) {
    for (std::size_t i = 0; i < torrent.metainfo->files.size(); ++i) {
        const auto& file = torrent.metainfo->files[i];
        if (file.pad) {
            EXPECT_FALSE(std::filesystem::exists(folder / file.path)) << file.path;
            continue;
        }
        ASSERT_TRUE(std::filesystem::is_regular_file(folder / file.path)) << file.path;
        EXPECT_TRUE(read_file(folder / file.path) == as_text(torrent.file(i))) << file.path;
    }
}

inline std::vector<Bytes> cut(Bytes bytes, std::size_t size) {
    std::vector<Bytes> parts;
    for (; !bytes.empty(); bytes = bytes.subspan(parts.back().size()))
        parts.push_back(bytes.first(std::min(size, bytes.size())));
    return parts;
}

/// Writes all pieces, last to first.
inline void write_pieces(Storage& storage, const Torrent& torrent, std::size_t part = kBlockSize) {
    for (auto i = torrent.metainfo->layout.piece_count(); i-- > 0;) {
        const auto written = storage.write(torrent.metainfo->layout.piece_offset(PieceIndex(i)),
                                           cut(torrent.piece(i), part));
        ASSERT_TRUE(written) << written.error().message;
    }
}

/// The bytes [begin, begin + length) of a piece in buffers of `pool`.
inline PieceJob piece_job(const Torrent& torrent, std::shared_ptr<Storage> storage, BlockPool& pool,
                          std::uint32_t piece, std::uint32_t begin, std::uint32_t length) {
    PieceJob job;
    job.storage = std::move(storage);
    job.piece = PieceIndex(piece);
    job.begin = begin;
    job.length = length;
    job.last = begin + length == torrent.piece(piece).size();
    auto rest = torrent.piece(piece).subspan(begin, length);
    while (!rest.empty()) {
        const auto part = rest.first(std::min<std::size_t>(rest.size(), kBlockSize));
        job.blocks.push_back(pool.acquire());
        std::copy(part.begin(), part.end(), job.blocks.back().data());
        rest = rest.subspan(part.size());
    }
    return job;
}

inline PieceJob piece_job(const Torrent& torrent, std::shared_ptr<Storage> storage, BlockPool& pool,
                          std::uint32_t piece) {
    const auto size = static_cast<std::uint32_t>(torrent.piece(piece).size());
    return piece_job(torrent, std::move(storage), pool, piece, 0, size);
}

/// These blocks of a piece.
inline ParkJob park_job(const Torrent& torrent, std::shared_ptr<Storage> storage, BlockPool& pool,
                        std::uint32_t piece, const std::vector<std::uint32_t>& blocks) {
    ParkJob job;
    job.storage = std::move(storage);
    job.piece = PieceIndex(piece);
    job.blocks = blocks;
    for (const auto block : blocks) {
        const auto range = torrent.metainfo->layout.block(job.piece, block);
        const auto bytes = torrent.piece(piece).subspan(range.begin, range.length);
        job.buffers.push_back(pool.acquire());
        std::copy(bytes.begin(), bytes.end(), job.buffers.back().data());
    }
    return job;
}

/// The run has no longer what `park` put to its place.
inline void leave_out(PieceJob& job, const ParkJob& park) {
    for (std::size_t i = 0; i < park.blocks.size(); ++i) {
        job.blocks[park.blocks[i] - job.begin / kBlockSize].reset();
        job.parked.emplace(park.blocks[i], park.marks[i]);
    }
}

template <class T>
T run_one(T job) {
    Job any(std::move(job));
    run(any);
    return std::get<T>(std::move(any));
}

/// Exit status of `body` in a process of its own, so that limits that it sets end with it.
template <class Body>
int in_child(Body body) {
    const auto child = ::fork();
    if (child == 0) ::_exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace bt::disk::test
