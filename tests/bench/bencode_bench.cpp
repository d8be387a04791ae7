// Large torrents read: as bencode alone, and as metainfo with its paths sanitised, its info-hash
// and its piece hashes.
#include <benchmark/benchmark.h>

#include <string>

#include "bt/bencode/document.hpp"
#include "bt/core/assert.hpp"
#include "bt/metainfo/create.hpp"
#include "bt/metainfo/metainfo.hpp"

namespace bt::metainfo {
namespace {

constexpr std::uint32_t kPieceLength = 256 * 1024;

/// Files of 100 kB, a hundred to a folder.
ByteVector many_files() {
    constexpr std::uint32_t kFiles = 20'000;
    constexpr std::uint32_t kFileLength = 100'000;
    NewTorrent torrent{.name = "many files", .piece_length = kPieceLength};
    for (std::uint32_t i = 0; i < kFiles; ++i) {
        torrent.files.push_back({.path = {"folder " + std::to_string(i / 100),
                                          "file number " + std::to_string(i) + ".txt"},
                                 .length = kFileLength});
    }
    torrent.piece_hashes.resize(
        PieceLayout(kPieceLength, std::uint64_t{kFiles} * kFileLength).piece_count());
    return *build_torrent(torrent);
}

/// One file of 50 GB.
ByteVector many_pieces() {
    constexpr std::uint32_t kPieces = 200'000;
    NewTorrent torrent{.name = "many pieces", .single_file = true, .piece_length = kPieceLength};
    torrent.files.push_back({.path = {}, .length = std::uint64_t{kPieces} * kPieceLength});
    torrent.piece_hashes.resize(kPieces);
    return *build_torrent(torrent);
}

/// By the byte for files; piece hashes are one string, which is stepped over.
void decode(benchmark::State& state, ByteVector (*make_torrent)()) {
    const auto torrent = make_torrent();
    std::size_t tokens = 0;
    for (auto _ : state) {
        const auto document = bencode::Document::parse(torrent, bencode::kTorrentRules);
        BT_ASSERT(document.has_value());
        tokens += document->token_count();
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(tokens));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(torrent.size()));
}

void load(benchmark::State& state, ByteVector (*make_torrent)()) {
    const auto torrent = make_torrent();
    for (auto _ : state) {
        const auto metainfo = parse(torrent);
        BT_ASSERT(metainfo.has_value());
        benchmark::DoNotOptimize(metainfo->info_hash);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(torrent.size()));
}

BENCHMARK_CAPTURE(decode, files, many_files)->Name("Bencode/decode/20000_files");
BENCHMARK_CAPTURE(decode, pieces, many_pieces)->Name("Bencode/decode/200000_pieces");
BENCHMARK_CAPTURE(load, files, many_files)
    ->Name("Metainfo/load/20000_files")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(load, pieces, many_pieces)
    ->Name("Metainfo/load/200000_pieces")
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bt::metainfo
