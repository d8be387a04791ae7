// Torrents as text, any field of which can be bent.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bt/metainfo/metainfo.hpp"

namespace bt::metainfo {

inline std::string str(std::string_view text) {
    return std::to_string(text.size()) + ":" + std::string(text);
}
inline std::string integer(std::int64_t value) {
    return "i" + std::to_string(value) + "e";
}
inline std::string hashes(std::size_t count) {
    return str(std::string(20 * count, 'h'));
}

/// An info dictionary as text; every field can be bent. Empty fields are left out.
struct Info {
    std::string files;
    std::string length = integer(100);
    std::string name = str("file.txt");
    std::string piece_length = integer(64);
    std::string pieces = hashes(2);
    std::string more;  // after the rest

    [[nodiscard]] std::string text() const {
        std::string out = "d";
        if (!files.empty()) out += "5:files" + files;
        if (!length.empty()) out += "6:length" + length;
        if (!name.empty()) out += "4:name" + name;
        if (!piece_length.empty()) out += "12:piece length" + piece_length;
        if (!pieces.empty()) out += "6:pieces" + pieces;
        return out + more + "e";
    }
};

/// Of several files with one piece of 64 bytes for each begun 64 bytes of `total`.
inline Info folder(std::string files, std::uint64_t total) {
    Info info;
    info.files = "l" + std::move(files) + "e";
    info.length.clear();
    info.name = str("top");
    info.pieces = hashes((total + 63) / 64);
    return info;
}

inline std::string file(std::int64_t length, const std::vector<std::string>& path,
                        std::string more = {}) {
    std::string out = "d" + std::move(more) + "6:length" + integer(length) + "4:pathl";
    for (const auto& element : path)
        out += str(element);
    return out + "ee";
}

inline Result<Metainfo> parse_text(std::string_view text) {
    return parse(as_bytes(text));
}
inline Result<Metainfo> parse_info(const Info& info, std::string_view before = {}) {
    return parse_text("d" + std::string(before) + "4:info" + info.text() + "e");
}
inline std::string refusal(const Result<Metainfo>& result) {
    if (result) return "accepted";
    EXPECT_EQ(result.error().code, Errc::torrent);
    const std::string start = "not a usable torrent: ";
    EXPECT_TRUE(result.error().message.starts_with(start));
    return result.error().message.substr(start.size());
}
inline std::vector<std::string> paths(const Metainfo& torrent) {
    std::vector<std::string> out;
    for (const auto& f : torrent.files)
        out.push_back(f.path);
    return out;
}

using Strings = std::vector<std::string>;

}  // namespace bt::metainfo
