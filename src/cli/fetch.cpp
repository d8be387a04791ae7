#include "cli/fetch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "bt/core/bytes.hpp"
#include "bt/net/http_client.hpp"
#include "bt/text/url.hpp"

namespace bt::cli {

namespace {

/// A page for people begins with a tag, behind blanks and a byte order mark at most.
bool is_web_page(std::string_view body) {
    if (body.starts_with("\xef\xbb\xbf")) body.remove_prefix(3);
    const auto at = body.find_first_not_of(" \t\r\n");
    return at != std::string_view::npos && body[at] == '<';
}

LoadedTorrent read_answer(const std::string& body) {
    if (body.empty()) return fail(Errc::http, "the answer is empty");
    if (is_web_page(body)) {
        return fail(Errc::http, "the answer is a web page, not a torrent: it may want a login");
    }
    return read_torrent(as_bytes(std::string_view(body)));
}

net::Awaitable<void> fetch_into(std::optional<LoadedTorrent>& out, net::Services& services,
                                std::string url) {
    auto fetching = fetch_torrent(services, std::move(url));
    out.emplace(co_await std::move(fetching));
}

}  // namespace

net::Awaitable<LoadedTorrent> fetch_torrent(net::Services& services, std::string url) {
    auto parsed = text::Url::parse(url);
    if (!parsed) co_return fail(Errc::option, parsed.error().message);
    const auto prefix = parsed->host + ": ";
    net::HttpOptions options;
    options.timeout = kFetchTimeout;
    options.max_body = metainfo::kMaxTorrentBytes;
    auto getting = net::http_get(services, std::move(*parsed), std::move(options));
    const auto answer = co_await std::move(getting);
    if (answer) co_return read_answer(answer->body);
    auto error = answer.error();
    // The source was found: it is the server, and it does not have the document.
    if (error.code == Errc::not_found) error.code = Errc::http;
    // The source, which is named before it, has its own host already.
    if (error.message.starts_with(prefix)) error.message.erase(0, prefix.size());
    co_return error;
}

LoadedTorrent load_or_fetch(const std::string& source, const net::ServicesSettings& settings) {
    if (!is_url(source)) return load_source(source);
    net::asio::io_context io(1);
    auto services = net::Services::create(io, settings);
    if (!services) return services.error();
    std::optional<LoadedTorrent> out;
    net::asio::co_spawn(io, fetch_into(out, **services, source), [&io](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
        io.stop();
    });
    io.run();
    return std::move(*out);
}

}  // namespace bt::cli
