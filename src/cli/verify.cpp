// bt verify TORRENT: is the data on disk the torrent's?
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#include "bt/disk/disk_pool.hpp"
#include "bt/net/clock.hpp"
#include "bt/text/escape.hpp"
#include "bt/text/size.hpp"
#include "cli/commands.hpp"
#include "cli/defaults.hpp"
#include "cli/fetch.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/source.hpp"
#include "cli/verdict.hpp"

namespace bt::cli {

namespace {

constexpr std::uint64_t kBytesPerJob = 16u << 20;

using Torrent = std::shared_ptr<const metainfo::Metainfo>;

/// Lets this thread sleep until a worker has something for it.
class WakeUp {
public:
    void notify() {
        const std::lock_guard lock(mutex_);
        awake_ = true;
        condition_.notify_one();
    }
    /// Until notify() or `limit`; 0 = no limit.
    void wait(Duration limit) {
        std::unique_lock lock(mutex_);
        const auto awake = [this] { return awake_; };
        if (limit > Duration::zero()) {
            condition_.wait_for(lock, limit, awake);
        } else {
            condition_.wait(lock, awake);
        }
        awake_ = false;
    }

private:
    std::mutex mutex_;
    std::condition_variable condition_;
    bool awake_ = false;
};

/// Hashes all of `storage` on every core.
Bitfield good_pieces(const std::shared_ptr<disk::Storage>& storage, Display& display) {
    const auto& torrent = storage->metainfo();
    const auto& layout = torrent.layout;
    Bitfield good(layout.piece_count());

    WakeUp wake_up;
    disk::DiskPool pool(std::max(1u, std::thread::hardware_concurrency()),
                        [&wake_up] { wake_up.notify(); });
    const auto per_job = static_cast<std::uint32_t>(
        std::max<std::uint64_t>(1, kBytesPerJob / layout.piece_length()));
    for (std::uint32_t first = 0; first < layout.piece_count(); first += per_job) {
        disk::CheckJob job;
        job.storage = storage;
        job.first = PieceIndex(first);
        job.good.resize(std::min(per_job, layout.piece_count() - first));
        pool.submit(std::move(job));
    }

    View view;
    view.name = text::escape(torrent.name);
    view.status.to_check = layout.total_length();
    const auto start = net::now();
    auto drawn = start;
    std::vector<disk::Job> completed;
    while (pool.pending() > 0) {
        wake_up.wait(display.interval());
        completed.clear();
        pool.take_completed(completed);
        for (const auto& item : completed) {
            const auto& job = std::get<disk::CheckJob>(item);
            view.status.checked += job.bytes;
            for (std::uint32_t i = 0; i < job.good.size(); ++i) {
                if (job.good[i]) good.set(PieceIndex(job.first.value() + i));
            }
        }
        const auto now = net::now();
        if (display.interval() > Duration::zero() && now - drawn >= display.interval()) {
            view.status.check_rate =
                static_cast<double>(view.status.checked) / to_seconds(now - start);
            display.update({&view, 1});
            drawn = now;
        }
    }
    return good;
}

struct Checked {
    std::vector<disk::FileState> states;
    Bitfield good;
};

Result<Checked> check(const Torrent& torrent, const std::filesystem::path& directory,
                      Display& display) {
    Checked out{std::vector<disk::FileState>(torrent->files.size()),
                Bitfield(torrent->layout.piece_count())};
    std::error_code ec;
    if (!std::filesystem::exists(directory, ec)) return out;  // every file is missing
    const auto storage = disk::Storage::open(torrent, directory, disk::Access::read_only);
    if (!storage) return storage.error();
    auto states = (*storage)->inspect();
    if (!states) return states.error();
    out.states = std::move(*states);
    out.good = good_pieces(*storage, display);
    return out;
}

ExitCode verify(const std::string& source, const std::filesystem::path& directory,
                const DisplaySettings& settings, const CertificateOptions& certificates,
                bool json) {
    const auto display = make_display(settings);
    const auto refuse = [&](const Error& error) {
        display->say(Severity::error, shown_source(source) + ": " + error.message);
        return exit_code(error.code);
    };
    warn(certificates, *display);
    const auto torrent = load_or_fetch(source, services_settings(certificates));
    if (!torrent) return refuse(torrent.error());
    const auto checked = check(*torrent, directory, *display);
    display->finish({});
    if (!checked) return refuse(checked.error());

    const auto verdicts = judge(**torrent, checked->states, checked->good);
    std::string lines;
    std::size_t bad = 0;
    for (const auto& verdict : verdicts) {
        const auto index = verdict.file.value();
        if (verdict.verdict != Verdict::ok) ++bad;
        if (json || (verdict.verdict == Verdict::ok && settings.quiet)) continue;
        lines += verdict_line(verdict, (*torrent)->files[index], checked->states[index]);
    }
    if (json) lines = verdicts_json(**torrent, verdicts, checked->states, checked->good);
    if (!print(lines)) return ExitCode::io_failed;
    const auto name = text::escape((*torrent)->name) + ": ";
    if (bad == 0) {
        display->say(Severity::info, name + "all " + std::to_string(verdicts.size()) + " files ok");
        return ExitCode::ok;
    }
    display->say(Severity::error, name + std::to_string(bad) + " of " +
                                      std::to_string(verdicts.size()) +
                                      " files do not match the torrent");
    return ExitCode::mismatch;
}

struct VerifyOptions {
    std::vector<std::string> sources;
    std::string directory;
    bool json = false;
    CertificateOptions certificates;
    DisplaySettings display;
};

constexpr const char* kDescription = "Check data on disk against a torrent. Reads only.";
constexpr const char* kUsage = "bt verify [-d DIR] [--json] TORRENT";

void add_options(OptionParser& parser, VerifyOptions& options) {
    parser.positionals("TORRENT", options.sources);
    parser.group("Options");
    parser.text("-d,--dir,-P,--output-dir", "DIR", options.directory,
                "where the data is (downloads/ if there, else .)");
    parser.flag("--json", options.json, "one JSON object");
    add_certificate_options(parser, options.certificates);
    parser.flag("-q,--quiet", options.display.quiet, "tell only what does not match");
    parser.value("--color", "auto|always|never", options.display.color, parse_color,
                 "colours (auto)");
}

}  // namespace

CommandSpec verify_spec() {
    VerifyOptions options;
    OptionParser parser(kDescription, kUsage);
    add_options(parser, options);
    return parser.spec("verify");
}

ExitCode verify_command(Words words) {
    VerifyOptions options;
    OptionParser parser(kDescription, kUsage);
    add_options(parser, options);
    if (const auto leave = parse_with_defaults(parser, words)) return *leave;
    if (options.sources.size() != 1) {
        print_error("bt: verify takes one TORRENT; see bt verify --help");
        return ExitCode::option;
    }
    return verify(options.sources.front(), directory_or_default(options.directory), options.display,
                  options.certificates, options.json);
}

}  // namespace bt::cli
