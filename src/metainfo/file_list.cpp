#include "metainfo/file_list.hpp"

#include <optional>
#include <string_view>
#include <utility>

#include "bt/metainfo/metainfo.hpp"
#include "bt/metainfo/sanitize.hpp"
#include "bt/text/utf8.hpp"
#include "metainfo/fields.hpp"

namespace bt::metainfo {

namespace {

using bencode::Value;

/// BEP 47: 'p' a pad file, 'l' a symbolic link.
bool has_attribute(const Value& file, char attribute) {
    return file.find("attr").string().value_or("").find(attribute) != std::string_view::npos;
}

bool is_path(const Value& value, bool utf8_only) {
    if (!value.is_list()) return false;
    for (const auto item : value.items()) {
        if (!item.is_string()) return false;
        if (utf8_only && !text::is_utf8(*item.string())) return false;
    }
    return true;
}

std::string element_name(std::size_t index, const char* field) {
    return "'" + std::string(field) + "' of file " + std::to_string(index + 1);
}

/// The sanitised path, the folder `name` first.
Result<std::string> read_path(const Value& file, std::size_t index, const std::string& name) {
    auto path = file.find("path.utf-8");
    if (!is_path(path, true) || path.items().empty()) path = file.find("path");
    // BEP 3: a list of length zero is an error.
    if (!is_path(path, false) || path.items().empty()) {
        return bad_torrent(element_name(index, "path") + " is missing or no list of strings");
    }
    std::vector<std::string_view> elements;
    for (const auto item : path.items()) {
        if (elements.size() == kMaxPathDepth) {
            return bad_torrent(element_name(index, "path") + " is deeper than 100 folders");
        }
        elements.push_back(*item.string());
    }
    const auto below = sanitize_path(elements);
    return name + "/" + (below.empty() ? "_" : below);
}

Result<File> read_file(const Value& entry, std::size_t index, const std::string& name,
                       PathClaims& claims) {
    if (!entry.is_dictionary()) {
        return bad_torrent("file " + std::to_string(index + 1) + " is no dictionary");
    }
    const bool link = has_attribute(entry, 'l');
    const auto length = entry.find("length");
    if (!length.is_integer() && (length || !link)) {
        return bad_torrent(element_name(index, "length") + " is missing or no number");
    }
    File file;
    const auto bytes = length.integer().value_or(0);
    if (bytes < 0 || static_cast<std::uint64_t>(bytes) > kMaxTotalLength) {
        return bad_torrent(element_name(index, "length") + " is out of range");
    }
    file.length = static_cast<std::uint64_t>(bytes);
    file.pad = has_attribute(entry, 'p') || (link && file.length == 0);
    if (file.pad && !is_path(entry.find("path"), false)) {
        file.path = name + "/.pad/" + std::to_string(file.length);  // BEP 47's own form
        return file;
    }
    auto path = read_path(entry, index, name);
    if (!path) return path.error();
    file.path = file.pad ? std::move(*path) : claims.claim(*path);
    return file;
}

}  // namespace

Result<FileList> read_files(const Value& info, const std::string& name) {
    FileList out;
    const auto list = info.find("files");
    if (!list) {
        const auto length = info.find("length").integer();
        if (!length) return bad_torrent("it has neither 'files' nor 'length'");
        if (*length < 0 || static_cast<std::uint64_t>(*length) > kMaxTotalLength) {
            return bad_torrent("'length' is out of range");
        }
        out.single_file = true;
        out.total_length = static_cast<std::uint64_t>(*length);
        out.files.push_back({.path = name, .length = out.total_length});
        return out;
    }
    if (!list.is_list() || list.items().empty()) return bad_torrent("'files' holds no file");
    PathClaims claims;
    for (const auto entry : list.items()) {
        auto file = read_file(entry, out.files.size(), name, claims);
        if (!file) return file.error();
        file->offset = out.total_length;
        // Both are at most kMaxTotalLength, so that the sum cannot overflow.
        out.total_length += file->length;
        if (out.total_length > kMaxTotalLength) {
            return bad_torrent("its files together are larger than 256 TiB");
        }
        out.files.push_back(std::move(*file));
    }
    return out;
}

}  // namespace bt::metainfo
