#include "cli/exit_code.hpp"

namespace bt::cli {

ExitCode exit_code(Errc errc) {
    switch (errc) {
        case Errc::other:
        case Errc::protocol:
        case Errc::unsupported:
            return ExitCode::other;
        case Errc::not_found:
            return ExitCode::not_found;
        case Errc::network:
        case Errc::timeout:
            return ExitCode::network;
        case Errc::no_space:
            return ExitCode::no_space;
        case Errc::duplicate:
            return ExitCode::duplicate;
        case Errc::in_the_way:
            return ExitCode::in_the_way;
        case Errc::open_failed:
            return ExitCode::open_failed;
        case Errc::create_failed:
            return ExitCode::create_failed;
        case Errc::io_failed:
            return ExitCode::io_failed;
        case Errc::mkdir_failed:
            return ExitCode::mkdir_failed;
        case Errc::resolve_failed:
            return ExitCode::resolve_failed;
        case Errc::http:
            return ExitCode::http;
        case Errc::http_auth:
            return ExitCode::http_auth;
        case Errc::bencode:
            return ExitCode::bencode;
        case Errc::torrent:
            return ExitCode::torrent;
        case Errc::magnet:
            return ExitCode::magnet;
        case Errc::option:
            return ExitCode::option;
        case Errc::mismatch:
            return ExitCode::mismatch;
        case Errc::no_peer:
            return ExitCode::no_peer;
        case Errc::no_metadata:
            return ExitCode::no_metadata;
        case Errc::interrupted:
            return ExitCode::interrupted;
    }
    return ExitCode::other;
}

ExitCode overall(std::span<const ExitCode> codes) {
    auto result = ExitCode::ok;
    for (const auto code : codes) {
        if (code == ExitCode::ok || code == result) continue;
        if (result != ExitCode::ok) return ExitCode::mixed;
        result = code;
    }
    return result;
}

}  // namespace bt::cli
