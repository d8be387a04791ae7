// Every value of an accepted input lies within it, and what is written of it is read as the same.
#include <cstdint>

#include "bt/bencode/document.hpp"
#include "bt/bencode/writer.hpp"
#include "bt/core/assert.hpp"

namespace {

using bt::bencode::Document;
using bt::bencode::Value;
using bt::bencode::Writer;

/// No deeper than the Document's own limit.
std::size_t visit(const Value& value, bt::Bytes input) {
    const auto raw = value.raw();
    BT_ASSERT(raw.data() >= input.data() && raw.data() + raw.size() <= input.data() + input.size());
    std::size_t tokens = 1;
    if (value.is_integer()) {
        const auto bytes = std::move(Writer().integer(*value.integer())).take();
        BT_ASSERT(Document::parse(bytes, bt::bencode::kWireRules)->root().integer() ==
                  value.integer());
    }
    for (const auto item : value.items())
        tokens += visit(item, input);
    for (const auto& [key, item] : value.entries()) {
        BT_ASSERT(value.find(key));
        tokens += 1 + visit(item, input);
    }
    return tokens;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const bt::Bytes input = std::as_bytes(std::span(data, size));
    const auto strict = Document::parse(input, bt::bencode::kWireRules);
    const auto lenient = Document::parse(input, bt::bencode::kTorrentRules);
    BT_ASSERT(!strict || lenient);
    if (lenient) {
        BT_ASSERT(visit(lenient->root(), input) == lenient->token_count());
        BT_ASSERT(lenient->size() + lenient->trailing().size() == size);
    }
    return 0;
}
