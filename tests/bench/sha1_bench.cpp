// SHA-1 by backend and by the number of hashes that go on at once. "Warm" hashes the same few
// blocks over and over; "streaming" walks over far more memory than the caches hold, piece by
// piece.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <vector>

#include "bt/crypto/sha1.hpp"
#include "crypto/sha1_backend.hpp"

namespace bt::crypto {
namespace {

constexpr std::size_t kMaxHashes = 8;
constexpr std::size_t kWarm = 64 << 10;  // of each hash: eight of them fit a second-level cache
constexpr std::size_t kPiece = 256 << 10;
constexpr std::size_t kMemory = 64 << 20;

const Sha1Backend& openssl() {
    return sha1_openssl();
}

/// Advances `hashes` hashes by one piece each, given as blocks of 16 KiB, from a buffer of `memory`
/// bytes.
void run(benchmark::State& state, const Sha1Backend& backend, std::size_t piece,
         std::size_t memory) {
    const auto hashes = static_cast<std::size_t>(state.range(0));
    const auto blocks = piece / kBlockSize;
    const std::vector<std::byte> buffer(memory, std::byte{0x5a});
    std::array<Sha1, kMaxHashes> sha1;
    std::vector<Bytes> parts(hashes * blocks);
    std::vector<Sha1Update> updates;
    for (std::size_t i = 0; i < hashes; ++i) {
        updates.push_back({&sha1[i], std::span(parts).subspan(i * blocks, blocks)});
    }

    std::size_t at = 0;
    for (auto _ : state) {
        for (auto& part : parts) {
            part = Bytes(buffer).subspan(at, kBlockSize);
            at = (at + kBlockSize) % memory;
        }
        sha1_update(updates, backend);
        benchmark::DoNotOptimize(sha1);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(hashes * piece));
}

void warm(benchmark::State& state, const Sha1Backend& (*backend)()) {
    run(state, backend(), kWarm, kWarm * static_cast<std::size_t>(state.range(0)));
}

void streaming(benchmark::State& state, const Sha1Backend& (*backend)()) {
    run(state, backend(), kPiece, kMemory);
}

BENCHMARK_CAPTURE(warm, openssl, openssl)->Name("Sha1/warm/openssl")->Arg(1);
BENCHMARK_CAPTURE(warm, ours, sha1_backend)->Name("Sha1/warm/ours")->DenseRange(1, kMaxHashes);
BENCHMARK_CAPTURE(streaming, openssl, openssl)->Name("Sha1/streaming/openssl")->Arg(1);
BENCHMARK_CAPTURE(streaming, ours, sha1_backend)
    ->Name("Sha1/streaming/ours")
    ->DenseRange(1, kMaxHashes);

/// A hash of one small text, begin to end: what a start costs.
void small(benchmark::State& state) {
    const std::vector<std::byte> text(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state)
        benchmark::DoNotOptimize(sha1(text));
}
BENCHMARK(small)->Name("Sha1/small")->Arg(20)->Arg(1024)->Arg(kBlockSize);

}  // namespace
}  // namespace bt::crypto
