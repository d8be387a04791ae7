#include "bt/net/http_client.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "bt/core/nearness.hpp"
#include "bt/net/clock.hpp"
#include "bt/net/deadline.hpp"
#include "bt/net/resolver.hpp"
#include "bt/text/percent.hpp"
#include "net/connect.hpp"
#include "net/tls.hpp"

namespace bt::net {

namespace {

namespace http = boost::beast::http;
using Request = http::request<http::empty_body>;
using Parser = http::response_parser<http::string_body>;
using TlsStream = asio::ssl::stream<TcpSocket>;

bool is_redirect(unsigned status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Error read_error(const error_code& error) {
    if (error == http::error::end_of_stream || error == http::error::partial_message) {
        return fail(Errc::http, "connection closed before the answer was complete");
    }
    if (error == http::error::body_limit) return fail(Errc::http, "the answer is too large");
    if (error == http::error::header_limit) {
        return fail(Errc::http, "the header of the answer is too large");
    }
    if (error == http::error::buffer_overflow) {
        return fail(Errc::http, "a chunk of the answer is malformed");
    }
    if (error.category() == http::make_error_code(http::error::bad_version).category()) {
        return fail(Errc::http, "the answer is not HTTP");
    }
    return fail(Errc::network, plain_words(error));
}

/// RFC 7617. The URL keeps its percent escapes, the header has the plain bytes.
std::string basic_authorization(const std::string& user_info) {
    const auto plain = text::percent_decode(user_info).value_or(user_info);
    std::string encoded((plain.size() + 2) / 3 * 4 + 1, '\0');
    const int size = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                       reinterpret_cast<const unsigned char*>(plain.data()),
                                       static_cast<int>(plain.size()));
    encoded.resize(static_cast<std::size_t>(size));
    return "Basic " + encoded;
}

/// One http_get(): its hops share a deadline.
class Get {
public:
    Get(Services& services, text::Url url, HttpOptions options)
        : services_(services),
          url_(std::move(url)),
          options_(std::move(options)),
          deadline_(now() + options_.timeout) {}

    [[nodiscard]] Awaitable<Result<HttpResponse>> run() {
        for (unsigned redirects = 0;; ++redirects) {
            auto answer = co_await hop();
            if (!answer) co_return with_host(answer.error());
            if (location_.empty()) co_return answer;
            if (redirects == kHttpRedirects) {
                co_return with_host(fail(Errc::http, "too many redirects"));
            }
            if (const auto moved = follow(); !moved) co_return with_host(moved.error());
            nearest_ = nearness(answer->from.address);
        }
    }

private:
    [[nodiscard]] Awaitable<Result<HttpResponse>> hop();
    [[nodiscard]] Awaitable<Result<std::vector<Endpoint>>> addresses();
    [[nodiscard]] std::optional<std::string> why_refused(const IpAddress& address) const;
    [[nodiscard]] Awaitable<Result<HttpResponse>> over_tls(TcpSocket socket);
    template <class Stream>
    [[nodiscard]] Awaitable<Result<HttpResponse>> exchange(Stream& stream);
    [[nodiscard]] Request request() const;
    [[nodiscard]] Result<> follow();
    [[nodiscard]] Result<> check_header(const Parser& parser) const;

    [[nodiscard]] Error with_host(Error error) const {
        error.message = url_.host + ": " + error.message;
        return error;
    }
    [[nodiscard]] static Error late() { return fail(Errc::timeout, "no answer in time"); }

    Services& services_;
    text::Url url_;
    const HttpOptions options_;
    const TimePoint deadline_;
    std::string location_;             // where the last answer redirects to; empty = nowhere
    std::optional<Nearness> nearest_;  // of the server that redirected us
};

Awaitable<Result<HttpResponse>> Get::hop() {
    if (url_.scheme != "http" && url_.scheme != "https") {
        co_return fail(Errc::unsupported, "not an http or https URL");
    }
    const auto endpoints = co_await addresses();
    if (!endpoints) co_return endpoints.error();
    auto connecting = connect_any(services_.executor(), *endpoints, deadline_);
    auto connected = co_await std::move(connecting);
    if (!connected) co_return connected.error();
    auto& socket = *connected;
    error_code ec;
    const auto from = socket.remote_endpoint(ec);
    if (ec) co_return fail(Errc::network, plain_words(ec));
    const auto us = socket.local_endpoint(ec);
    if (ec) co_return fail(Errc::network, plain_words(ec));

    Result<HttpResponse> answer = HttpResponse{};
    if (url_.scheme == "https") {
        auto talking = over_tls(std::move(socket));
        answer = co_await std::move(talking);
    } else {
        const Deadline deadline(services_.executor(), deadline_, [&socket] {
            error_code ignored;
            socket.close(ignored);
        });
        answer = co_await exchange(socket);
        if (deadline.passed()) co_return late();
    }
    if (answer) {
        answer->from = from_asio(from);
        answer->us = from_asio(us.address());
    }
    co_return answer;
}

/// Where the host may be asked.
Awaitable<Result<std::vector<Endpoint>>> Get::addresses() {
    std::vector<Endpoint> all;
    if (options_.may_look_up) {
        auto looking = services_.resolver().resolve(url_.host, url_.port, deadline_ - now());
        auto found = co_await std::move(looking);
        if (!found) co_return found.error();
        all = std::move(*found);
    } else {
        all = services_.resolver().known(url_.host, url_.port).value_or(std::vector<Endpoint>{});
        if (all.empty()) co_return fail(Errc::resolve_failed, "no known address");
    }
    std::string why;
    std::erase_if(all, [&](const Endpoint& endpoint) {
        const auto refused = why_refused(endpoint.address);
        if (refused && why.empty()) why = *refused;
        return refused.has_value();
    });
    if (all.empty()) co_return fail(Errc::network, std::move(why));
    co_return all;
}

/// Judged is the address itself, which is the one that is connected to: what a name leads to may
/// change between two look-ups.
std::optional<std::string> Get::why_refused(const IpAddress& address) const {
    if (nearest_ && nearness(address) > *nearest_) {
        return "refused: a redirect into a nearer network, to " + address.to_string();
    }
    return options_.refuse ? options_.refuse(url_, address) : std::nullopt;
}

Awaitable<Result<HttpResponse>> Get::over_tls(TcpSocket socket) {
    TlsStream stream(std::move(socket), services_.tls());
    const auto expected =
        expect_host(stream.native_handle(), url_.host, services_.settings().check_certificate);
    if (!expected) co_return expected.error();
    const Deadline deadline(services_.executor(), deadline_, [&stream] {
        error_code ignored;
        stream.lowest_layer().close(ignored);
    });
    const auto [ec] = co_await stream.async_handshake(asio::ssl::stream_base::client, kAwait);
    if (deadline.passed()) co_return late();
    if (ec) co_return fail(Errc::network, handshake_error(stream.native_handle(), ec));
    auto answer = co_await exchange(stream);
    if (deadline.passed()) co_return late();
    // The socket closes without TLS's farewell, for which many servers never wait.
    co_return answer;
}

template <class Stream>
Awaitable<Result<HttpResponse>> Get::exchange(Stream& stream) {
    const auto asked = request();
    const auto [write_ec, written] = co_await http::async_write(stream, asked, kAwait);
    if (write_ec) co_return fail(Errc::network, plain_words(write_ec));

    Parser parser;
    parser.header_limit(kHttpHeaderBytes);
    parser.body_limit(options_.max_body);
    boost::beast::flat_buffer buffer(kHttpBufferBytes);
    const auto [head_ec, head] = co_await http::async_read_header(stream, buffer, parser, kAwait);
    if (head_ec) co_return read_error(head_ec);
    const auto status = parser.get().result_int();
    if (is_redirect(status)) {
        location_ = std::string(parser.get()[http::field::location]);
        if (location_.empty()) co_return fail(Errc::http, "a redirect to nowhere");
        co_return HttpResponse{status, url_, {}, {}, {}};
    }
    if (const auto usable = check_header(parser); !usable) co_return usable.error();
    const auto [body_ec, body] = co_await http::async_read(stream, buffer, parser, kAwait);
    if (body_ec) co_return read_error(body_ec);
    co_return HttpResponse{status, url_, {}, {}, std::move(parser.get().body())};
}

Request Get::request() const {
    Request out(http::verb::get, url_.target(), 11);
    out.set(http::field::host, url_.authority());
    out.set(http::field::user_agent, services_.settings().user_agent);
    out.set(http::field::accept, "*/*");
    out.set(http::field::accept_encoding, "identity");
    out.set(http::field::connection, "close");
    if (!url_.user_info.empty()) {
        out.set(http::field::authorization, basic_authorization(url_.user_info));
    }
    return out;
}

Result<> Get::check_header(const Parser& parser) const {
    const auto status = parser.get().result_int();
    if (!options_.any_status && (status < 200 || status > 299)) return http_status_error(status);
    const auto encoding = parser.get()[http::field::content_encoding];
    if (!encoding.empty() && !boost::beast::iequals(encoding, "identity")) {
        return fail(Errc::http, "a compressed answer, which was not asked for");
    }
    return {};
}

Result<> Get::follow() {
    auto next = text::resolve(url_, std::exchange(location_, {}));
    const bool other = next ? next->scheme == "udp" : next.error().code == Errc::unsupported;
    if (other) return fail(Errc::http, "a redirect to something other than http or https");
    if (!next) return fail(Errc::http, "a redirect to an unusable URL");
    if (url_.scheme == "https" && next->scheme != "https") {
        return fail(Errc::http, "a redirect from https to http");
    }
    // Credentials stay with the server that they are for.
    const bool same =
        next->scheme == url_.scheme && next->host == url_.host && next->port == url_.port;
    next->user_info = same ? url_.user_info : std::string();
    url_ = std::move(*next);
    return {};
}

}  // namespace

Error http_status_error(unsigned status) {
    auto code = Errc::http;
    if (status == 401 || status == 403 || status == 407) code = Errc::http_auth;
    if (status == 404 || status == 410) code = Errc::not_found;
    auto message = "HTTP " + std::to_string(status);
    // The server's own words may be anything; these are the standard's.
    if (const auto known = http::int_to_status(status); known != http::status::unknown) {
        message += " " + std::string(http::obsolete_reason(known));
    }
    return fail(code, std::move(message));
}

Awaitable<Result<HttpResponse>> http_get(Services& services, text::Url url, HttpOptions options) {
    Get get(services, std::move(url), std::move(options));
    co_return co_await get.run();
}

}  // namespace bt::net
