#include "cli/hook_desk.hpp"

#include <system_error>
#include <utility>

#include "bt/metainfo/selection.hpp"

namespace bt::cli {

Hook make_hook(const Outcome& outcome, ExitCode code, const std::string& message) {
    const auto& subject = outcome.subject;
    const bool ok = code == ExitCode::ok;
    std::error_code ec;
    const auto directory = std::filesystem::absolute(outcome.directory, ec).lexically_normal();
    Hook out;
    out.option = ok ? "--on-complete" : "--on-error";
    out.command = ok ? outcome.commands.on_complete : outcome.commands.on_error;
    out.directory = directory;
    out.environment = {
        {"BT_INFO_HASH", subject.info_hash ? to_hex(*subject.info_hash) : ""},
        {"BT_NAME", subject.name.empty() ? subject.source : subject.name},
        {"BT_DIR", directory.native()},
        {"BT_PATH", subject.path},
        {"BT_LENGTH", std::to_string(subject.length)},
        {"BT_CODE", std::to_string(static_cast<int>(code))},
        {"BT_ERROR", message},
    };
    if (!outcome.torrent) return out;
    const auto& files = outcome.torrent->files;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (metainfo::is_chosen(*outcome.torrent, outcome.wanted, i))
            out.files.push_back((directory / files[i].path).native());
    }
    return out;
}

HookDesk::HookDesk(net::asio::io_context& io, Host& host)
    : host_(host), runner_(io), ended_(io.get_executor()) {}

void HookDesk::complete(Row row) {
    if (stopped_ || host_.outcome(row).commands.on_complete.empty()) return;
    entries_[row].completed = true;
    run(row, ExitCode::ok, {});
}

void HookDesk::end(Row row, ExitCode code, std::string message) {
    auto& entry = entries_[row];
    entry.end = End{code, std::move(message)};
    if (!entry.running) conclude(row);
}

void HookDesk::run(Row row, ExitCode code, const std::string& message) {
    entries_[row].running = true;
    ++open_;
    runner_.run(make_hook(host_.outcome(row), code, message),
                [this, row](const Result<>& verdict) { on_ended(row, verdict); });
}

void HookDesk::on_ended(Row row, const Result<>& verdict) {
    --open_;
    ended_.notify();
    auto& entry = entries_[row];
    entry.running = false;
    if (!verdict && !entry.fault) entry.fault = verdict.error();
    if (entry.end) conclude(row);
}

void HookDesk::conclude(Row row) {
    auto& entry = entries_[row];
    const auto& commands = host_.outcome(row).commands;
    const bool ok = entry.end->code == ExitCode::ok;
    const bool lacks_one = ok && !entry.completed && !commands.on_complete.empty();
    if (lacks_one && stopped_) {
        entry.fault = fail(Errc::interrupted, "--on-complete was not run: interrupted");
    } else if (lacks_one) {
        entry.completed = true;
        return run(row, entry.end->code, entry.end->message);
    }
    if (!ok && !entry.erred && !commands.on_error.empty() && !stopped_) {
        entry.erred = true;
        return run(row, entry.end->code, entry.end->message);
    }
    auto end = std::move(*entry.end);
    if (entry.fault) {
        end.code = ExitCode::hook_failed;
        end.message += (end.message.empty() ? "" : "; ") + entry.fault->message;
    }
    entries_.erase(row);
    host_.close(row, end.code, std::move(end.message));
}

void HookDesk::stop() {
    stopped_ = true;
    runner_.stop();
}

net::Awaitable<void> HookDesk::join() {
    while (!idle()) {
        const bool open = co_await ended_.wait();
        if (!open) co_return;
    }
}

void HookDesk::abandon() {
    stopped_ = true;
    runner_.abandon();
    open_ = 0;
    std::vector<Row> rows;
    for (auto& [row, entry] : entries_) {
        if (!entry.running) continue;
        entry.running = false;
        entry.fault = fail(Errc::interrupted, "the hook was killed: the time to stop was up");
        if (entry.end) rows.push_back(row);
    }
    for (const auto row : rows)
        conclude(row);
}

}  // namespace bt::cli
