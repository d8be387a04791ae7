#include "cli/events.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string_view>
#include <vector>

#include "bt/text/escape.hpp"

namespace bt::cli::events {

namespace {

using text::json_string;

/// As JSON, which has neither infinity nor more than three digits of use here.
std::string decimal(double value) {
    if (!std::isfinite(value)) return "null";
    char out[340];
    std::snprintf(out, sizeof out, "%.3f", value);
    return out;
}

std::string whole(double value) {
    constexpr double kLargest = 9e15;  // what every reader of JSON holds exactly
    if (!std::isfinite(value)) return "null";
    return std::to_string(static_cast<std::uint64_t>(std::clamp(value, 0.0, kLargest)));
}

std::string text_or_null(const std::string& text) {
    return text.empty() ? "null" : json_string(text);
}

std::string hash_or_null(const std::optional<InfoHash>& hash) {
    return hash ? json_string(to_hex(*hash)) : "null";
}

std::string_view boolean(bool value) {
    return value ? "true" : "false";
}

/// A JSON object in the making.
class Object {
public:
    Object& raw(std::string_view key, std::string_view json) {
        out_ += out_.empty() ? "{\"" : ",\"";
        out_.append(key).append("\":").append(json);
        return *this;
    }
    Object& text(std::string_view key, std::string_view text) {
        return raw(key, json_string(text));
    }
    Object& number(std::string_view key, std::uint64_t value) {
        return raw(key, std::to_string(value));
    }
    [[nodiscard]] std::string take() { return std::move(out_.append("}")); }

private:
    std::string out_;
};

Object event(std::string_view type, Time time, const std::optional<InfoHash>& hash) {
    Object out;
    out.text("type", type).raw("time", decimal(time));
    if (hash) out.text("info_hash", to_hex(*hash));
    return out;
}

std::string array(const std::vector<std::string>& items) {
    std::string out = "[";
    for (const auto& item : items)
        out.append(out.size() > 1 ? "," : "").append(item);
    return out + "]";
}

std::string row_json(const ResultRow& row) {
    const auto& subject = row.subject;
    return Object()
        .text("source", subject.source)
        .raw("info_hash", hash_or_null(subject.info_hash))
        .raw("name", text_or_null(subject.name))
        .number("code", static_cast<std::uint64_t>(row.code))
        .raw("message", text_or_null(row.message))
        .raw("path", text_or_null(subject.path))
        .number("length", subject.length)
        .number("done", row.status.done)
        .take();
}

}  // namespace

std::string start(Time time, const Subject& subject) {
    return event("start", time, subject.info_hash).text("source", subject.source).take();
}

std::string metadata(Time time, const Subject& subject, const metainfo::Metainfo& torrent,
                     const std::vector<bool>& wanted) {
    std::vector<std::string> files;
    for (std::size_t i = 0; i < torrent.files.size(); ++i) {
        const auto& file = torrent.files[i];
        if (file.pad) continue;
        files.push_back(Object()
                            .number("index", i + 1)
                            .text("path", file.path)
                            .number("length", file.length)
                            .raw("selected", boolean(i >= wanted.size() || wanted[i]))
                            .take());
    }
    return event("metadata", time, subject.info_hash)
        .text("source", subject.source)
        .text("name", torrent.name)
        .number("length", torrent.payload_length())
        .number("piece_length", torrent.layout.piece_length())
        .number("pieces", torrent.layout.piece_count())
        .raw("files", array(files))
        .take();
}

std::string checked(Time time, const Subject& subject, const session::TorrentStatus& status,
                    double seconds) {
    return event("checked", time, subject.info_hash)
        .number("pieces_valid", status.pieces_done)
        .number("pieces", status.pieces)
        .raw("seconds", decimal(seconds))
        .take();
}

std::string progress(Time time, const Subject& subject, const session::TorrentStatus& status) {
    return event("progress", time, subject.info_hash)
        .text("state", state_word(status.state))
        .number("done", status.done)
        .number("total", status.length)
        .raw("down_rate", whole(status.down_rate))
        .raw("up_rate", whole(status.up_rate))
        .number("uploaded", status.uploaded)
        .number("peers", status.peers)
        .number("seeds", status.seeds)
        .raw("eta", status.eta_seconds < 0 ? "null" : whole(std::ceil(status.eta_seconds)))
        .take();
}

std::string file_complete(Time time, const Subject& subject, const metainfo::Metainfo& torrent,
                          FileIndex file) {
    return event("file_complete", time, subject.info_hash)
        .number("index", std::uint64_t{file.value()} + 1)
        .text("path", torrent.files[file.value()].path)
        .take();
}

std::string complete(Time time, const Subject& subject, const session::TorrentStatus& status) {
    return event("complete", time, subject.info_hash)
        .text("path", subject.path)
        .number("length", subject.length)
        .raw("seconds", decimal(status.active_seconds))
        .raw("down_rate", whole(average_rate(status)))
        .number("uploaded", status.uploaded)
        .take();
}

std::string error(Time time, const ResultRow& row) {
    return event("error", time, row.subject.info_hash)
        .text("source", row.subject.source)
        .number("code", static_cast<std::uint64_t>(row.code))
        .text("message", row.message)
        .take();
}

std::string summary(Time time, std::span<const ResultRow> rows) {
    std::vector<ExitCode> codes;
    std::vector<std::string> torrents;
    for (const auto& row : rows) {
        codes.push_back(row.code);
        torrents.push_back(row_json(row));
    }
    return event("summary", time, std::nullopt)
        .number("code", static_cast<std::uint64_t>(overall(codes)))
        .raw("torrents", array(torrents))
        .take();
}

}  // namespace bt::cli::events
