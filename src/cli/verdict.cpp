#include "cli/verdict.hpp"

#include <algorithm>
#include <string_view>

#include "bt/text/escape.hpp"
#include "cli/columns.hpp"

namespace bt::cli {

namespace {

constexpr std::size_t kPathBytes = 4000;
constexpr std::size_t kMostRanges = 20;  // in a line
constexpr std::size_t kWordWidth = 9;

Verdict verdict_of(const metainfo::File& file, const disk::FileState& state, bool damaged) {
    if (state.foreign) return Verdict::not_a_file;
    if (!state.exists) return Verdict::missing;
    if (state.size < file.length) return Verdict::too_short;
    if (damaged) return Verdict::damaged;
    return state.size > file.length ? Verdict::too_long : Verdict::ok;
}

std::string_view word(Verdict verdict) {
    switch (verdict) {
        case Verdict::ok:
            return "ok";
        case Verdict::missing:
            return "missing";
        case Verdict::not_a_file:
            return "in-way";
        case Verdict::too_short:
            return "short";
        case Verdict::too_long:
            return "long";
        case Verdict::damaged:
            return "damaged";
    }
    return "";
}

/// "2 of 9 pieces: 3, 7-8"
std::string bad_pieces(const FileVerdict& verdict) {
    auto out = std::to_string(verdict.bad_pieces) + " of " + std::to_string(verdict.pieces) +
               (verdict.pieces == 1 ? " piece: " : " pieces: ");
    for (std::size_t i = 0; i < std::min(verdict.bad.size(), kMostRanges); ++i) {
        const auto& range = verdict.bad[i];
        if (i > 0) out += ", ";
        out += std::to_string(range.first);
        if (range.last > range.first) out += "-" + std::to_string(range.last);
    }
    return verdict.bad.size() > kMostRanges ? out + ", ..." : out;
}

std::string detail(const FileVerdict& verdict, const metainfo::File& file,
                   const disk::FileState& state) {
    switch (verdict.verdict) {
        case Verdict::ok:
        case Verdict::missing:
            return {};
        case Verdict::not_a_file:
            return "not a regular file";
        case Verdict::too_short:
        case Verdict::too_long:
            return std::to_string(state.size) + " bytes instead of " + std::to_string(file.length);
        case Verdict::damaged:
            return bad_pieces(verdict);
    }
    return {};
}

/// Notes which of the pieces under a file are bad.
void count_pieces(const Bitfield& good, std::uint32_t first, std::uint32_t last,
                  FileVerdict& verdict) {
    verdict.pieces = last - first + 1;
    for (auto piece = first; piece <= last; ++piece) {
        if (good.get(PieceIndex(piece))) continue;
        ++verdict.bad_pieces;
        if (!verdict.bad.empty() && verdict.bad.back().last + 1 == piece) {
            verdict.bad.back().last = piece;
        } else {
            verdict.bad.push_back({piece, piece});
        }
    }
}

std::string file_json(const FileVerdict& verdict, const metainfo::File& file,
                      const disk::FileState& state) {
    std::string ranges;
    for (const auto& range : verdict.bad) {
        if (!ranges.empty()) ranges += ',';
        ranges += "[" + std::to_string(range.first) + "," + std::to_string(range.last) + "]";
    }
    return "{\"index\":" + std::to_string(verdict.file.value() + 1) +
           ",\"path\":" + text::json_string(file.path) + ",\"verdict\":\"" +
           std::string(word(verdict.verdict)) + "\",\"length\":" + std::to_string(file.length) +
           ",\"size\":" + (state.exists ? std::to_string(state.size) : "null") +
           ",\"pieces\":" + std::to_string(verdict.pieces) + ",\"bad_pieces\":[" + ranges + "]}";
}

}  // namespace

std::vector<FileVerdict> judge(const metainfo::Metainfo& torrent,
                               std::span<const disk::FileState> states, const Bitfield& good) {
    std::vector<FileVerdict> out;
    const auto piece_length = torrent.layout.piece_length();
    for (std::uint32_t i = 0; i < torrent.files.size(); ++i) {
        const auto& file = torrent.files[i];
        if (file.pad) continue;
        FileVerdict verdict;
        verdict.file = FileIndex(i);
        if (file.length > 0) {
            const auto end = file.offset + file.length - 1;
            count_pieces(good, static_cast<std::uint32_t>(file.offset / piece_length),
                         static_cast<std::uint32_t>(end / piece_length), verdict);
        }
        verdict.verdict = verdict_of(file, states[i], verdict.bad_pieces > 0);
        out.push_back(std::move(verdict));
    }
    return out;
}

std::string verdict_line(const FileVerdict& verdict, const metainfo::File& file,
                         const disk::FileState& state) {
    auto out = pad_right(word(verdict.verdict), kWordWidth) + text::escape(file.path, kPathBytes);
    const auto more = detail(verdict, file, state);
    if (!more.empty()) out += "  (" + more + ")";
    return out + "\n";
}

std::string verdicts_json(const metainfo::Metainfo& torrent, std::span<const FileVerdict> verdicts,
                          std::span<const disk::FileState> states, const Bitfield& good) {
    const bool ok = std::all_of(verdicts.begin(), verdicts.end(),
                                [](const FileVerdict& one) { return one.verdict == Verdict::ok; });
    auto out = "{\"name\":" + text::json_string(torrent.name) +
               ",\"info_hash\":" + text::json_string(to_hex(torrent.info_hash)) +
               ",\"ok\":" + (ok ? "true" : "false") + ",\"pieces\":" + std::to_string(good.size()) +
               ",\"pieces_valid\":" + std::to_string(good.count()) + ",\"files\":[";
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
        const auto index = verdicts[i].file.value();
        if (i > 0) out += ',';
        out += file_json(verdicts[i], torrent.files[index], states[index]);
    }
    return out + "]}\n";
}

}  // namespace bt::cli
