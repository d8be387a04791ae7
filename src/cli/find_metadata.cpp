#include "cli/find_metadata.hpp"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <memory>
#include <utility>

#include "bt/net/clock.hpp"
#include "bt/text/size.hpp"
#include "cli/columns.hpp"
#include "cli/interrupts.hpp"
#include "cli/magnet_source.hpp"
#include "cli/metadata_cache.hpp"
#include "cli/output.hpp"
#include "cli/reason.hpp"

namespace bt::cli {

namespace {

constexpr Duration kLookInterval = std::chrono::milliseconds(500);
/// To the beginning of the line, which is cleared.
const std::string kToLineStart = "\r\x1b[K";
/// A line that fits any window, so that it is not wrapped and left behind.
constexpr std::size_t kProgressColumns = 60;

/// Owned by find_metadata(), for as long as its io context runs.
class Search final : public session::Observer {
public:
    Search(const metainfo::Magnet& magnet, const FindSettings& settings)
        : magnet_(magnet), settings_(settings), interrupts_(io_), timer_(io_.get_executor()) {}

    LoadedTorrent run() {
        auto session = session::Session::create(io_, settings_.session, *this);
        if (!session) return session.error();
        session_ = std::move(*session);
        auto torrent = settings_.torrent;
        torrent.magnet = magnet_;
        interrupts_.await([this] { end(fail(Errc::interrupted, "interrupted")); });
        const auto added = session_->add(std::move(torrent));
        if (added) {
            id_ = *added;
            began_ = net::now();
            look();
        } else {
            end(added.error());
        }
        io_.run();
        interrupts_.leave_on_the_next();
        return std::move(*result_);
    }

    void on_state(TorrentId) override {
        const auto status = session_->status(id_);
        if (status.state == session::TorrentState::failed) end(status.error);
    }
    void on_metadata(TorrentId, std::shared_ptr<const metainfo::Metainfo> metainfo) override {
        end(std::move(metainfo));
    }

private:
    void look() {
        if (result_) return;
        const auto status = session_->status(id_);
        if (!can_ask(status, settings_.torrent.peers.size() + magnet_.peers.size())) {
            return end(fail(Errc::no_peer, nobody_to_ask()));
        }
        const auto waited = net::now() - began_;
        if (settings_.timeout && waited >= *settings_.timeout) {
            return end(fail(
                Errc::no_metadata,
                "no metadata in " +
                    text::human_duration(std::chrono::duration_cast<std::chrono::seconds>(waited)) +
                    ": " + why_nothing_moves(status)));
        }
        show(status);
        timer_.expires_after(kLookInterval);
        timer_.async_wait([this](net::error_code ec) {
            if (!ec) look();
        });
    }
    void show(const session::TorrentStatus& status) {
        if (::isatty(STDERR_FILENO) != 1) return;
        const auto line = magnet_name(magnet_) + ": " + metadata_words(status);
        write_all(STDERR_FILENO, kToLineStart + fit(line, kProgressColumns));
    }
    void end(LoadedTorrent result) {
        if (result_) return;
        result_.emplace(std::move(result));
        timer_.cancel();
        if (::isatty(STDERR_FILENO) == 1) write_all(STDERR_FILENO, kToLineStart);
        net::asio::co_spawn(io_, session_->stop(), [this](std::exception_ptr error) {
            if (error) std::rethrow_exception(error);
            io_.stop();
        });
    }

    const metainfo::Magnet& magnet_;
    const FindSettings& settings_;
    net::asio::io_context io_{1};
    std::unique_ptr<session::Session> session_;
    Interrupts interrupts_;
    net::Timer timer_;
    TorrentId id_;
    TimePoint began_{};
    std::optional<LoadedTorrent> result_;
};

}  // namespace

LoadedTorrent find_metadata(const metainfo::Magnet& magnet, const FindSettings& settings) {
    const MetadataCache cache(metadata_folder());
    if (const auto kept = cache.find(*magnet.info_hash)) {
        if (auto joined = metainfo::join(magnet, *kept)) {
            return std::make_shared<const metainfo::Metainfo>(std::move(*joined));
        }
    }
    auto found = Search(magnet, settings).run();
    if (found) cache.keep((*found)->info_hash, (*found)->info_bytes());
    return found;
}

}  // namespace bt::cli
