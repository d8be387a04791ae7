#include "cli/streaming.hpp"

#include <unistd.h>

#include <system_error>
#include <utility>

#include "bt/text/size.hpp"

namespace bt::cli {

namespace {

/// The first file that is wanted.
FileIndex chosen(const session::TorrentSettings& torrent) {
    std::uint32_t i = 0;
    while (i + 1 < torrent.metainfo->files.size() &&
           !metainfo::is_chosen(*torrent.metainfo, torrent.selection, i)) {
        ++i;
    }
    return FileIndex(i);
}

}  // namespace

Result<> Streaming::begin(net::asio::io_context& io, Row row,
                          const session::TorrentSettings& torrent, Stream::Verified verified,
                          std::function<void()> on_end) {
    if (stream_) return {};
    auto storage =
        disk::Storage::open(torrent.metainfo, torrent.directory, disk::Access::read_only);
    if (!storage) return storage.error();
    row_ = row;
    directory_ = torrent.directory;
    name_ = torrent.metainfo->name;
    hex_ = to_hex(torrent.metainfo->info_hash);
    stream_ = std::make_unique<Stream>(io, STDOUT_FILENO, std::move(*storage), chosen(torrent),
                                       std::move(verified), std::move(on_end));
    return {};
}

bool Streaming::is_whole() const {
    return stream_ && stream_->state() == Stream::State::whole;
}

ExitCode Streaming::code() const {
    return is_whole() ? ExitCode::ok : ExitCode::io_failed;
}

std::string Streaming::message() const {
    if (!stream_ || is_whole()) return {};
    if (stream_->state() != Stream::State::closed) return stream_->error().message;
    return "nobody reads standard output any more: " + progress();
}

std::string Streaming::progress() const {
    if (!stream_) return {};
    return text::human_size(stream_->written()) + " of " + text::human_size(stream_->length()) +
           " written";
}

void Streaming::clean_up() const {
    if (!stream_) return;
    const auto state = stream_->state();
    // What cannot be read may be had again; what nobody takes is of no use.
    if (state == Stream::State::under_way || state == Stream::State::failed) return;
    std::error_code ignored;  // what is left is found by the next run
    std::filesystem::remove_all(directory_ / name_, ignored);
    if (state == Stream::State::whole) return;
    std::filesystem::remove(directory_ / ('.' + hex_ + ".parts"), ignored);
    std::filesystem::remove(directory_ / ('.' + hex_ + ".bt"), ignored);
}

}  // namespace bt::cli
