// bt_claims TORRENT FOLDER: what the resume state in the folder makes a run believe, as one JSON
// object, and which of it is not so. Changes nothing. For tests.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bt/crypto/sha1.hpp"
#include "bt/disk/storage.hpp"
#include "bt/metainfo/metainfo.hpp"

namespace {

using namespace bt;

/// Read apart from Storage, which is under test. None: not all of it is there.
std::optional<std::vector<char>> bytes_of(const metainfo::Metainfo& metainfo,
                                          const std::filesystem::path& folder, PieceIndex piece,
                                          std::uint32_t length) {
    std::vector<char> out;
    for (const auto& slice :
         metainfo::slices(metainfo.files, metainfo.layout.piece_offset(piece), length)) {
        const auto& file = metainfo.files[slice.file.value()];
        const auto at = out.size();
        out.resize(at + slice.length);
        if (file.pad) continue;
        std::ifstream in(folder / file.path, std::ios::binary);
        in.seekg(static_cast<std::streamoff>(slice.offset));
        in.read(out.data() + at, static_cast<std::streamsize>(slice.length));
        if (!in) return std::nullopt;
    }
    return out;
}

std::string list(const Bitfield& pieces) {
    std::string out = "[";
    for (PieceIndex piece(0); piece.value() < pieces.size(); ++piece) {
        if (!pieces.get(piece)) continue;
        if (out.size() > 1) out += ',';
        out += std::to_string(piece.value());
    }
    return out + ']';
}

int report(const metainfo::Metainfo& metainfo, const std::filesystem::path& folder, bool started,
           const resume::Verdict& verdict) {
    Bitfield wrong(metainfo.layout.piece_count());
    Bitfield right_suspects = wrong;
    Bitfield wrong_prefixes = wrong;
    for (PieceIndex piece(0); piece.value() < wrong.size(); ++piece) {
        const bool trusted = verdict.trusted.get(piece);
        if (!trusted && !verdict.suspects.get(piece)) continue;
        const auto bytes = bytes_of(metainfo, folder, piece, metainfo.layout.piece_size(piece));
        const bool right = bytes && crypto::sha1(std::as_bytes(std::span(*bytes))) ==
                                        metainfo.piece_hashes[piece.value()];
        if (trusted && !right) wrong.set(piece);
        if (!trusted && right) right_suspects.set(piece);
    }
    std::string prefixes;
    const auto is_right = [&](PieceIndex piece, const resume::Prefix& prefix) {
        const auto bytes = bytes_of(metainfo, folder, piece, prefix.length);
        auto hash = prefix.hash;
        return bytes && crypto::sha1(std::as_bytes(std::span(*bytes))) == hash.finish();
    };
    const auto tell = [&](PieceIndex piece, const resume::Prefix& prefix) {
        if (!prefixes.empty()) prefixes += ',';
        prefixes += '"' + std::to_string(piece.value()) + "\":" + std::to_string(prefix.length);
    };
    for (const auto& [piece, prefix] : verdict.prefixes) {
        tell(piece, prefix);
        if (!is_right(piece, prefix)) wrong_prefixes.set(piece);
    }
    for (const auto& [piece, prefix] : verdict.doubtful_prefixes) {
        if (is_right(piece, prefix)) tell(piece, prefix);
    }
    std::printf(
        "{\"pieces\":%u,\"started\":%s,\"reread\":%s,\"trusted\":%s,\"durable\":%s,"
        "\"suspects\":%s,\"right_suspects\":%s,\"prefixes\":{%s},\"wrong\":%s,\"wrong_prefixes\":%"
        "s}\n",
        wrong.size(), started ? "true" : "false", verdict.reread ? "true" : "false",
        list(verdict.trusted).c_str(), list(verdict.durable).c_str(),
        list(verdict.suspects).c_str(), list(right_suspects).c_str(), prefixes.c_str(),
        list(wrong).c_str(), list(wrong_prefixes).c_str());
    return 0;
}

int complain(const Error& error) {
    std::fprintf(stderr, "bt_claims: %s\n", error.message.c_str());
    return 1;
}

int run(const std::filesystem::path& torrent, const std::filesystem::path& folder) {
    std::ifstream in(torrent, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    auto parsed = metainfo::parse(as_bytes(text));
    if (!parsed) return complain(parsed.error());
    const auto metainfo = std::make_shared<const metainfo::Metainfo>(std::move(*parsed));
    if (!std::filesystem::is_directory(folder)) {
        return complain(fail(Errc::not_found, "the folder is not there"));
    }
    const auto state = folder / ('.' + to_hex(metainfo->info_hash) + ".bt");
    const bool had_state = std::filesystem::exists(state);

    const auto storage = disk::Storage::open(metainfo, folder, disk::Access::read_write);
    if (!storage) return complain(storage.error());
    const auto claimed = (*storage)->claim();
    if (!claimed) return complain(claimed.error());
    const auto survey = (*storage)->survey(true);
    const bool started = (*storage)->started();
    if (!had_state) (*storage)->finish();
    (*storage)->release();
    if (!survey) return complain(survey.error());
    return report(*metainfo, folder, started, survey->verdict);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("bt_claims TORRENT FOLDER\n", stderr);
        return 2;
    }
    return run(argv[1], argv[2]);
}
