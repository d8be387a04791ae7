#include "bt/net/services.hpp"

#include <boost/asio/ssl/context.hpp>
#include <utility>

#include "bt/net/resolver.hpp"
#include "net/tls.hpp"

namespace bt::net {

Services::Services(asio::io_context& io, ServicesSettings settings)
    : io_(&io),
      settings_(std::move(settings)),
      resolver_(std::make_unique<Resolver>(
          io, settings_.look_up ? settings_.look_up : Resolver::system_look_up)) {}

Services::~Services() = default;

Result<std::unique_ptr<Services>> Services::create(asio::io_context& io,
                                                   ServicesSettings settings) {
    std::unique_ptr<Services> out(new Services(io, std::move(settings)));
    if (!out->settings_.ca_certificate.empty()) {
        auto tls = make_tls(out->settings_);
        if (!tls) return tls.error();
        out->tls_ = std::move(*tls);
    }
    return out;
}

asio::ssl::context& Services::tls() {
    if (!tls_) tls_ = make_tls(settings_).value();  // cannot fail without a file
    return *tls_;
}

}  // namespace bt::net
