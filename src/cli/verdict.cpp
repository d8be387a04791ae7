#include "cli/verdict.hpp"

#include <algorithm>
#include <string_view>

#include "bt/text/escape.hpp"
#include "cli/columns.hpp"
#include "cli/figures.hpp"

namespace bt::cli {

namespace {

constexpr std::size_t kPathBytes = 4000;
constexpr std::size_t kMostRanges = 20;  // in a line
constexpr std::size_t kWordWidth = 11;

Verdict verdict_of(const metainfo::File& file, const disk::FileState& state,
                   const FileVerdict& pieces) {
    if (state.foreign) return Verdict::not_a_file;
    if (!state.exists) return Verdict::missing;
    if (state.size < file.length) return Verdict::too_short;
    if (pieces.bad_pieces > 0) return Verdict::damaged;
    if (state.size > file.length) return Verdict::too_long;
    const bool none = pieces.pieces > 0 && pieces.unchecked_pieces == pieces.pieces;
    return none ? Verdict::unchecked : Verdict::ok;
}

/// The bytes of a file that are hashed may all be the torrent's.
bool can_be_whole(const metainfo::File& file, const disk::FileState& state) {
    return !state.foreign && state.exists && state.size >= file.length;
}

std::string_view word(Verdict verdict) {
    switch (verdict) {
        case Verdict::ok:
            return "ok";
        case Verdict::unchecked:
            return "unchecked";
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

/// "3, 7-8"
std::string listed(const std::vector<PieceRange>& ranges) {
    std::string out;
    for (std::size_t i = 0; i < std::min(ranges.size(), kMostRanges); ++i) {
        const auto& range = ranges[i];
        if (i > 0) out += ", ";
        out += std::to_string(range.first);
        if (range.last > range.first) out += "-" + std::to_string(range.last);
    }
    return ranges.size() > kMostRanges ? out + ", ..." : out;
}

std::string detail(const FileVerdict& verdict, const metainfo::File& file,
                   const disk::FileState& state) {
    switch (verdict.verdict) {
        case Verdict::ok:
            if (verdict.unchecked.empty()) return {};
            return "but for " + count(verdict.unchecked_pieces, "border piece") +
                   (verdict.unchecked_pieces == 1 ? " that needs" : " that need") +
                   " another file: " + listed(verdict.unchecked);
        case Verdict::unchecked:
            return verdict.pieces == 1 ? "its only piece needs another file"
                                       : "each of its pieces needs another file";
        case Verdict::missing:
            return {};
        case Verdict::not_a_file:
            return "not a regular file";
        case Verdict::too_short:
        case Verdict::too_long:
            return std::to_string(state.size) + " bytes instead of " + std::to_string(file.length);
        case Verdict::damaged:
            return std::to_string(verdict.bad_pieces) + " of " + count(verdict.pieces, "piece") +
                   ": " + listed(verdict.bad);
    }
    return {};
}

void append(std::vector<PieceRange>& ranges, std::uint32_t piece) {
    if (!ranges.empty() && ranges.back().last + 1 == piece) {
        ranges.back().last = piece;
    } else {
        ranges.push_back({piece, piece});
    }
}

/// The first and the last piece under a file that is not empty.
PieceRange under(const metainfo::Metainfo& torrent, std::size_t file) {
    const auto [first, end] =
        metainfo::pieces_of(torrent, FileIndex(static_cast<std::uint32_t>(file)));
    return {first.value(), end.value() - 1};
}

/// Pieces that hold bytes of a file that is not whole, or is not asked about. Should they be bad,
/// no other file is to blame.
Bitfield excused_pieces(const metainfo::Metainfo& torrent, std::span<const disk::FileState> states,
                        const metainfo::Selection& chosen) {
    Bitfield out(torrent.layout.piece_count());
    for (std::size_t i = 0; i < torrent.files.size(); ++i) {
        const auto& file = torrent.files[i];
        if (file.pad || file.length == 0) continue;
        if (metainfo::is_chosen(torrent, chosen, i) && can_be_whole(file, states[i])) continue;
        const auto range = under(torrent, i);
        for (auto piece = range.first; piece <= range.last; ++piece)
            out.set(PieceIndex(piece));
    }
    return out;
}

/// Notes which of the pieces under a file are bad, and which of those say something of it.
void count_pieces(const Bitfield& good, const Bitfield& excused, PieceRange range, bool whole,
                  FileVerdict& verdict) {
    verdict.pieces = range.last - range.first + 1;
    for (auto piece = range.first; piece <= range.last; ++piece) {
        if (good.get(PieceIndex(piece))) continue;
        if (whole && excused.get(PieceIndex(piece))) {
            ++verdict.unchecked_pieces;
            append(verdict.unchecked, piece);
        } else {
            ++verdict.bad_pieces;
            append(verdict.bad, piece);
        }
    }
}

/// "[[3,3],[7,8]]"
std::string ranges_json(const std::vector<PieceRange>& ranges) {
    std::string out;
    for (const auto& range : ranges) {
        if (!out.empty()) out += ',';
        out += "[" + std::to_string(range.first) + "," + std::to_string(range.last) + "]";
    }
    return "[" + out + "]";
}

std::string file_json(const FileVerdict& verdict, const metainfo::File& file,
                      const disk::FileState& state) {
    return "{\"index\":" + std::to_string(verdict.file.value() + 1) +
           ",\"path\":" + text::json_string(file.path) + ",\"verdict\":\"" +
           std::string(word(verdict.verdict)) + "\",\"length\":" + std::to_string(file.length) +
           ",\"size\":" + (state.exists ? std::to_string(state.size) : "null") +
           ",\"pieces\":" + std::to_string(verdict.pieces) +
           ",\"bad_pieces\":" + ranges_json(verdict.bad) +
           ",\"unchecked\":" + ranges_json(verdict.unchecked) + "}";
}

}  // namespace

std::vector<FileVerdict> judge(const metainfo::Metainfo& torrent,
                               std::span<const disk::FileState> states, const Bitfield& good,
                               const metainfo::Selection& chosen) {
    std::vector<FileVerdict> out;
    const auto excused = excused_pieces(torrent, states, chosen);
    for (std::uint32_t i = 0; i < torrent.files.size(); ++i) {
        const auto& file = torrent.files[i];
        if (!metainfo::is_chosen(torrent, chosen, i)) continue;
        FileVerdict verdict;
        verdict.file = FileIndex(i);
        if (file.length > 0) {
            count_pieces(good, excused, under(torrent, i), can_be_whole(file, states[i]), verdict);
        }
        verdict.verdict = verdict_of(file, states[i], verdict);
        out.push_back(std::move(verdict));
    }
    return out;
}

Bitfield asked_pieces(const metainfo::Metainfo& torrent, const metainfo::Selection& chosen) {
    Bitfield out(torrent.layout.piece_count());
    for (std::size_t i = 0; i < torrent.files.size(); ++i) {
        const auto& file = torrent.files[i];
        if (file.length == 0 || !metainfo::is_chosen(torrent, chosen, i)) continue;
        const auto range = under(torrent, i);
        for (auto piece = range.first; piece <= range.last; ++piece)
            out.set(PieceIndex(piece));
    }
    return out;
}

std::string verdict_line(const FileVerdict& verdict, const metainfo::File& file,
                         const disk::FileState& state) {
    const bool blocked = verdict.verdict == Verdict::not_a_file;
    const auto shown = blocked ? "blocked" : word(verdict.verdict);
    auto out = pad_right(shown, kWordWidth) + text::escape(file.path, kPathBytes);
    const auto more = detail(verdict, file, state);
    if (!more.empty()) out += "  (" + more + ")";
    return out + "\n";
}

std::string verdicts_json(const metainfo::Metainfo& torrent, std::span<const FileVerdict> verdicts,
                          std::span<const disk::FileState> states, const Bitfield& asked,
                          const Bitfield& good) {
    const bool ok = std::all_of(verdicts.begin(), verdicts.end(),
                                [](const FileVerdict& one) { return one.accepted(); });
    auto out = "{\"name\":" + text::json_string(torrent.name) +
               ",\"info_hash\":" + text::json_string(to_hex(torrent.info_hash)) +
               ",\"ok\":" + (ok ? "true" : "false") +
               ",\"pieces\":" + std::to_string(asked.count()) +
               ",\"pieces_valid\":" + std::to_string(good.count()) + ",\"files\":[";
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
        const auto index = verdicts[i].file.value();
        if (i > 0) out += ',';
        out += file_json(verdicts[i], torrent.files[index], states[index]);
    }
    return out + "]}\n";
}

}  // namespace bt::cli
