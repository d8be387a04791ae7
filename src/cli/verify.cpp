// bt verify TORRENT: is the data on disk the torrent's?
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <iterator>
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
#include "cli/figures.hpp"
#include "cli/file_options.hpp"
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

/// Rows of at most `longest` of the pieces that are set.
std::vector<PieceRange> rows_of(const Bitfield& pieces, std::uint32_t longest) {
    std::vector<PieceRange> out;
    for (std::uint32_t piece = 0; piece < pieces.size(); ++piece) {
        if (!pieces.get(PieceIndex(piece))) continue;
        if (!out.empty() && out.back().last + 1 == piece && piece - out.back().first < longest) {
            out.back().last = piece;
        } else {
            out.push_back({piece, piece});
        }
    }
    return out;
}

/// Hashes what is `asked` of `storage` on every core.
Bitfield good_pieces(const std::shared_ptr<disk::Storage>& storage, const Bitfield& asked,
                     Display& display) {
    const auto& torrent = storage->metainfo();
    const auto& layout = torrent.layout;
    Bitfield good(layout.piece_count());

    WakeUp wake_up;
    disk::DiskPool pool(std::max(1u, std::thread::hardware_concurrency()),
                        [&wake_up] { wake_up.notify(); });
    const auto per_job = static_cast<std::uint32_t>(
        std::max<std::uint64_t>(1, kBytesPerJob / layout.piece_length()));
    View view;
    view.name = text::escape(torrent.name);
    for (const auto& row : rows_of(asked, per_job)) {
        disk::CheckJob job;
        job.storage = storage;
        job.first = PieceIndex(row.first);
        job.good.resize(row.last - row.first + 1);
        pool.submit(std::move(job));
        for (PieceIndex piece(row.first); piece.value() <= row.last; ++piece)
            view.status.to_check += layout.piece_size(piece);
    }
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
                      const Bitfield& asked, Display& display) {
    Checked out{std::vector<disk::FileState>(torrent->files.size()),
                Bitfield(torrent->layout.piece_count())};
    std::error_code ec;
    if (!std::filesystem::exists(directory, ec)) return out;  // every file is missing
    const auto storage = disk::Storage::open(torrent, directory, disk::Access::read_only);
    if (!storage) return storage.error();
    auto states = (*storage)->inspect();
    if (!states) return states.error();
    out.states = std::move(*states);
    out.good = good_pieces(*storage, asked, display);
    return out;
}

struct VerifyOptions {
    std::vector<std::string> sources;
    std::string directory;
    FileChoice choice;
    bool json = false;
    CertificateOptions certificates;
    DisplaySettings display;
};

/// "all 12 files ok", "the file is ok", "11 of 12 files ok, 1 unchecked".
std::string sum_of(std::span<const FileVerdict> verdicts) {
    const auto ok = std::count_if(verdicts.begin(), verdicts.end(), [](const FileVerdict& one) {
        return one.verdict == Verdict::ok;
    });
    const auto all = std::ssize(verdicts);
    if (ok == all && all == 1) return "the file is ok";
    if (ok == all) return "all " + std::to_string(all) + " files ok";
    return std::to_string(ok) + " of " + count(verdicts.size(), "file") + " ok, " +
           std::to_string(all - ok) + " unchecked";
}

/// Tells the verdicts, and what they come to.
ExitCode tell(const metainfo::Metainfo& torrent, std::span<const FileVerdict> verdicts,
              const Checked& checked, const Bitfield& asked, const VerifyOptions& options,
              Display& display) {
    std::string lines;
    for (const auto& verdict : verdicts) {
        const auto index = verdict.file.value();
        if (options.json || (verdict.accepted() && options.display.quiet)) continue;
        lines += verdict_line(verdict, torrent.files[index], checked.states[index]);
    }
    if (options.json) lines = verdicts_json(torrent, verdicts, checked.states, asked, checked.good);
    if (!print(lines)) return ExitCode::io_failed;
    const auto name = text::escape(torrent.name) + ": ";
    const auto bad = std::count_if(verdicts.begin(), verdicts.end(),
                                   [](const FileVerdict& one) { return !one.accepted(); });
    if (bad == 0) {
        display.say(Severity::info, name + sum_of(verdicts));
        return ExitCode::ok;
    }
    display.say(Severity::error,
                name + (verdicts.size() == 1
                            ? "the file does not match the torrent"
                            : std::to_string(bad) + " of " + std::to_string(verdicts.size()) +
                                  (bad == 1 ? " files does not match the torrent"
                                            : " files do not match the torrent")));
    return ExitCode::mismatch;
}

ExitCode verify(const std::string& source, const VerifyOptions& options) {
    const auto display = make_display(options.display);
    const auto refuse = [&](const Error& error) {
        display->say(Severity::error, shown_source(source) + ": " + error.message);
        return exit_code(error.code);
    };
    warn(options.certificates, *display);
    const auto torrent = load_or_fetch(source, services_settings(options.certificates));
    if (!torrent) return refuse(torrent.error());
    metainfo::Selection chosen;
    if (!options.choice.all()) {
        auto selection = options.choice.of(**torrent);
        if (!selection) return refuse(selection.error());
        chosen = std::move(*selection);
    }
    const auto asked = asked_pieces(**torrent, chosen);
    const auto checked = check(*torrent, directory_or_default(options.directory), asked, *display);
    display->finish({});
    if (!checked) return refuse(checked.error());
    const auto verdicts = judge(**torrent, checked->states, checked->good, chosen);
    return tell(**torrent, verdicts, *checked, asked, options, *display);
}

constexpr const char* kDescription = "Check data on disk against a torrent. Reads only.";
constexpr const char* kUsage = "bt verify [-d DIR] [--select-file LIST] [--json] TORRENT";

void add_options(OptionParser& parser, VerifyOptions& options) {
    parser.positionals("TORRENT", options.sources);
    parser.group("Options");
    parser.text("-d,--dir,-P,--output-dir", "DIR", options.directory,
                "where the data is (downloads/ if there, else .)");
    add_file_choice(parser, options.choice);
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
    return verify(options.sources.front(), options);
}

}  // namespace bt::cli
