// Messages as text, so that what was read can be compared and printed.
#pragma once

#include <string>
#include <vector>

#include "bt/core/bytes.hpp"
#include "bt/core/ids.hpp"
#include "bt/wire/message.hpp"
#include "bt/wire/reader.hpp"

namespace bt::wire::test {

inline std::string describe(const Message& m) {
    std::string out = "id=" + std::to_string(static_cast<int>(m.id)) + " " +
                      std::to_string(m.block.piece.value()) + ":" + std::to_string(m.block.begin) +
                      "+" + std::to_string(m.block.length) +
                      " ext=" + std::to_string(m.extended_id) + " port=" + std::to_string(m.port) +
                      " payload=" + to_hex(m.payload);
    if (m.data) out += " data=" + to_hex(m.data.bytes(m.block.length));
    return out;
}

/// The messages of `input`, given as one receive; "refused" at the end for an error.
inline std::vector<std::string> read_all(Reader& reader, Bytes input) {
    std::vector<std::string> out;
    for (;;) {
        const auto message = reader.next(input);
        if (!message) {
            out.push_back("refused");
            return out;
        }
        if (!*message) return out;
        out.push_back(describe(**message));
    }
}

inline ByteVector unhex(std::string_view hex) {
    ByteVector out;
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    std::string digits;
    for (const char c : hex) {
        if (c != ' ') digits.push_back(c);
    }
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        out.push_back(static_cast<std::byte>(digit(digits[i]) * 16 + digit(digits[i + 1])));
    }
    return out;
}

}  // namespace bt::wire::test
