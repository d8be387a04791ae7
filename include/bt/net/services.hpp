// Services: what every torrent shares of the network: the io context, the resolver, TLS,
// the connections of UDP trackers. Owned by the session, outlives all that uses it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bt/core/result.hpp"
#include "bt/net/asio.hpp"
#include "bt/tracker/udp_connections.hpp"

namespace boost::asio::ssl {
class context;
}

namespace bt::net {

class Resolver;

struct ServicesSettings {
    std::filesystem::path ca_certificate;  // trusted as well as the system's; empty = none
    bool check_certificate = true;
    std::string user_agent = "bt/0.1";
    /// Instead of the system's name look-up: tests give addresses to names of their own. Blocking,
    /// called on a helper thread.
    std::function<Result<std::vector<IpAddress>>(const std::string& host)> look_up;
};

class Services {
public:
    /// Errc::open_failed: the CA file cannot be read.
    [[nodiscard]] static Result<std::unique_ptr<Services>> create(asio::io_context& io,
                                                                  ServicesSettings settings);
    ~Services();
    Services(const Services&) = delete;
    Services& operator=(const Services&) = delete;

    [[nodiscard]] Executor executor() const { return io_->get_executor(); }
    [[nodiscard]] asio::io_context& io() { return *io_; }
    [[nodiscard]] Resolver& resolver() { return *resolver_; }
    [[nodiscard]] tracker::UdpConnections& udp_connections() { return udp_connections_; }
    /// Made on first use: loading the system's certificates takes milliseconds.
    [[nodiscard]] asio::ssl::context& tls();
    [[nodiscard]] const ServicesSettings& settings() const { return settings_; }

private:
    Services(asio::io_context& io, ServicesSettings settings);

    asio::io_context* io_;
    ServicesSettings settings_;
    std::unique_ptr<Resolver> resolver_;
    tracker::UdpConnections udp_connections_;
    std::unique_ptr<asio::ssl::context> tls_;
};

}  // namespace bt::net
