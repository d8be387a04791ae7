// Result<T>: how an expected failure is told in code that does not throw.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace bt {

/// What kind of failure it is: who must react, and which exit status the command line gives it.
enum class Errc : std::uint8_t {
    other,
    not_found,       // a source that is not there
    network,         // nothing could be reached
    no_space,        // disk full or quota
    duplicate,       // the same torrent twice, here or in another process
    in_the_way,      // a file of other content stands at the target
    open_failed,     // a file could not be opened
    create_failed,   // a file could not be created
    io_failed,       // reading or writing failed
    mkdir_failed,    // a folder could not be made
    resolve_failed,  // a host name could not be resolved
    http,            // an unusable HTTP answer
    http_auth,       // HTTP 401, 403 or 407
    bencode,         // not bencode
    torrent,         // bencode, but not a usable torrent
    magnet,          // a bad magnet link
    option,          // a bad option or value
    mismatch,        // data does not match its hashes
    no_peer,         // no peer ever answered
    no_metadata,     // no metadata of a magnet link in time
    interrupted,     // stopped with work left
    protocol,        // a peer or tracker broke the protocol
    timeout,         // a deadline passed
    unsupported,     // understood, and not offered by this program
};

/// A failure in one line for a person. `message` is plain text: bytes from outside have been
/// escaped by whoever wrote them into it.
struct Error {
    Errc code = Errc::other;
    std::string message;
};

template <class T = void>
using Result = boost::system::result<T, Error>;

[[nodiscard]] inline Error fail(Errc code, std::string message) {
    return Error{code, std::move(message)};
}

/// Taking the value of a failed Result is a fault of ours; it ends in main's handler.
[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location&) {
    throw std::runtime_error(error.message);
}

}  // namespace bt
