// Writer: bencode (BEP 3) put together value by value.
//
//   Writer w;
//   w.begin_dictionary().key("interval").integer(1800).key("peers").string(peers).end();
//   const ByteVector reply = std::move(w).take();
//
// The caller keeps the grammar: keys in ascending order of their bytes, each followed by one value,
// every begin with its end. A breach is a fault of ours and asserts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bt/core/bytes.hpp"

namespace bt::bencode {

class Writer {
public:
    Writer& integer(std::int64_t value);
    Writer& string(std::string_view value);
    Writer& string(Bytes value) { return string(as_text(value)); }
    /// A value that is bencoded already; it is not looked at.
    Writer& raw(Bytes value);

    Writer& begin_list();
    Writer& begin_dictionary();
    Writer& key(std::string_view key);
    /// Ends the innermost list or dictionary.
    Writer& end();

    /// The one complete value that was written.
    [[nodiscard]] ByteVector take() &&;

private:
    struct Frame {
        bool dictionary = false;
        bool has_key = false;  // a key waits for its value
        bool any = false;      // last_key is set
        std::string last_key;
    };

    void begin_value();
    void put_length_prefixed(std::string_view text);

    ByteVector out_;
    std::vector<Frame> open_;  // innermost last
};

}  // namespace bt::bencode
