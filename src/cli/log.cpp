#include "cli/log.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "bt/core/time.hpp"
#include "bt/text/escape.hpp"
#include "cli/display.hpp"

namespace bt::cli {

namespace {

constexpr const char* kFilePattern = "%Y-%m-%dT%H:%M:%S.%e%z %l %v";
constexpr std::array<std::string_view, 5> kLevels{"trace", "debug", "info", "warn", "error"};

/// Log lines on the display, where they do not tear what is drawn.
class DisplaySink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit DisplaySink(Display& display) : display_(display) {}

private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        std::string_view text(line.data(), line.size());
        while (text.ends_with('\n') || text.ends_with('\r'))
            text.remove_suffix(1);
        display_.log(text);
    }
    void flush_() override {}

    Display& display_;
};

/// A logger that nobody hears, at no cost.
void silence() {
    auto logger = std::make_shared<spdlog::logger>("bt");
    logger->set_level(spdlog::level::off);
    spdlog::set_default_logger(std::move(logger));
}

Result<spdlog::sink_ptr> file_sink(const LogSettings& settings) {
    const auto refused =
        fail(Errc::create_failed, "the log file cannot be written: " + text::escape(settings.file));
    // spdlog would make missing folders, which is more than was asked for.
    if (!std::ofstream(settings.file, std::ios::app)) return refused;
    try {
        auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(settings.file);
        sink->set_level(spdlog::level::from_str(settings.level));
        sink->set_pattern(kFilePattern);
        return sink;
    } catch (const spdlog::spdlog_ex&) {
        return refused;
    }
}

std::uint64_t each(std::uint64_t total, std::uint64_t count) {
    return count == 0 ? 0 : total / count;
}

}  // namespace

Result<std::string> parse_log_level(std::string_view text) {
    if (text == "notice") return std::string("info");  // aria2's, between info and warn
    if (std::find(kLevels.begin(), kLevels.end(), text) == kLevels.end()) {
        return fail(Errc::option,
                    "\"" + text::escape(text) + "\" is not trace, debug, info, warn or error");
    }
    return std::string(text);
}

Result<> start_log(const LogSettings& settings, Display& display) {
    std::vector<spdlog::sink_ptr> sinks;
    if (settings.file == "-") {
        auto sink = std::make_shared<DisplaySink>(display);
        sink->set_level(spdlog::level::from_str(settings.level));
        sink->set_pattern(kFilePattern);
        sinks.push_back(std::move(sink));
    } else if (!settings.file.empty()) {
        auto sink = file_sink(settings);
        if (!sink) return sink.error();
        sinks.push_back(std::move(*sink));
    }
    if (settings.verbose > 0) {
        auto sink = std::make_shared<DisplaySink>(display);
        sink->set_level(settings.verbose > 1 ? spdlog::level::trace : spdlog::level::info);
        sink->set_pattern("%H:%M:%S.%e %l %v");
        sinks.push_back(std::move(sink));
    }
    if (sinks.empty()) {
        silence();
        return {};
    }
    auto least = spdlog::level::off;
    for (const auto& sink : sinks)
        least = std::min(least, sink->level());
    auto logger = std::make_shared<spdlog::logger>("bt", sinks.begin(), sinks.end());
    logger->set_level(least);
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
    return {};
}

void stop_log() {
    spdlog::default_logger_raw()->flush();
    silence();
}

void log_counters(const session::Counters& c) {
    spdlog::debug("counters receives={} bytes_a_receive={} pauses={} sends={} bytes_a_send={}",
                  c.receives, each(c.received_bytes, c.receives), c.pauses, c.sends,
                  each(c.sent_bytes, c.sends));
    spdlog::debug(
        "counters blocks={} requests={} deepest_queue={} cancels={} duplicates={} wasted_bytes={}",
        c.blocks, c.requests, c.deepest_queue, c.cancels, c.duplicates, c.wasted_bytes);
    spdlog::debug(
        "counters runs={} bytes_a_run={} parked_bytes={} hash_seconds={:.3f} write_seconds={:.3f} "
        "most_disk_jobs={} most_block_bytes={}",
        c.runs, each(c.run_bytes, c.runs), c.parked_bytes, to_seconds(c.hash_time),
        to_seconds(c.write_time), c.most_jobs, c.most_block_bytes);
}

}  // namespace bt::cli
