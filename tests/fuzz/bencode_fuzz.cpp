// The decoder accepts what a slow one accepts, and reads the same in it; what is written of that is
// the input again, when the input is in the one right form.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <string_view>

#include "bt/bencode/document.hpp"
#include "bt/bencode/writer.hpp"
#include "bt/core/assert.hpp"
#include "reference_bencode.hpp"

namespace {

using bt::bencode::Document;
using bt::bencode::Rules;
using bt::bencode::Type;
using bt::bencode::Value;
using bt::bencode::Writer;
using bt::fuzz::Reference;
using bt::fuzz::ReferenceDecoder;

/// Limits that a small input can reach.
constexpr Rules kTightRules{
    .depth = 3, .tokens = 8, .leading_zeros = true, .duplicate_keys = false};

Type type_of(const Value& value) {
    BT_ASSERT(value.is_integer() + value.is_string() + value.is_list() + value.is_dictionary() ==
              1);
    if (value.is_integer()) return Type::integer;
    if (value.is_string()) return Type::string;
    return value.is_list() ? Type::list : Type::dictionary;
}

/// No deeper than Rules::depth, as the Reference was read.
void compare(const Value& value, const Reference& expected) {
    BT_ASSERT(type_of(value) == expected.type);
    BT_ASSERT(value.offset() == expected.begin);
    BT_ASSERT(value.raw().size() == expected.end - expected.begin);
    BT_ASSERT(value.integer().has_value() == (expected.type == Type::integer));
    BT_ASSERT(value.integer().value_or(0) == expected.integer);
    BT_ASSERT(value.string().has_value() == (expected.type == Type::string));
    BT_ASSERT(value.string().value_or("") == expected.string);
    std::size_t count = 0;
    for (const auto item : value.items()) {
        BT_ASSERT(count < expected.items.size());
        compare(item, expected.items[count++]);
    }
    for (const auto& [key, item] : value.entries()) {
        BT_ASSERT(count < expected.items.size() && key == expected.keys[count]);
        const auto first = std::ranges::find(expected.keys, key) - expected.keys.begin();
        BT_ASSERT(value.find(key).offset() ==
                  expected.items[static_cast<std::size_t>(first)].begin);
        compare(item, expected.items[count++]);
    }
    BT_ASSERT(count == expected.items.size());
    BT_ASSERT(!value.find("no such key"));
}

bool has_keys_in_order(const Reference& value) {
    const auto& keys = value.keys;
    return std::ranges::adjacent_find(keys, std::ranges::greater_equal{}) == keys.end() &&
           std::ranges::all_of(value.items, has_keys_in_order);
}

void write(Writer& out, const Reference& value) {
    switch (value.type) {
        case Type::integer:
            out.integer(value.integer);
            return;
        case Type::string:
            out.string(value.string);
            return;
        case Type::list:
            out.begin_list();
            for (const auto& item : value.items)
                write(out, item);
            out.end();
            return;
        case Type::dictionary:
            out.begin_dictionary();
            for (std::size_t i = 0; i < value.keys.size(); ++i) {
                out.key(value.keys[i]);
                write(out, value.items[i]);
            }
            out.end();
            return;
    }
}

void check(bt::Bytes input, const Rules& rules) {
    const auto document = Document::parse(input, rules);
    ReferenceDecoder decoder(bt::as_text(input), rules);
    const auto expected = decoder.run();
    BT_ASSERT(document.has_value() == expected.has_value());
    if (!document) {
        BT_ASSERT(document.error().code == bt::Errc::bencode);
        return;
    }
    compare(document->root(), *expected);
    BT_ASSERT(document->token_count() == decoder.tokens());
    BT_ASSERT(document->size() == expected->end);
    BT_ASSERT(document->size() + document->trailing().size() == input.size());
    if (!has_keys_in_order(*expected)) return;
    BT_ASSERT(!has_duplicate_keys(document->root()));
    Writer writer;
    write(writer, *expected);
    const auto written = std::move(writer).take();
    if (!rules.leading_zeros) {
        BT_ASSERT(std::ranges::equal(written, input.first(expected->end)));
    }
    const auto again = Document::parse(written, rules);
    BT_ASSERT(again && again->token_count() == decoder.tokens());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const bt::Bytes input = std::as_bytes(std::span(data, size));
    check(input, bt::bencode::kWireRules);
    check(input, bt::bencode::kTorrentRules);
    check(input, kTightRules);
    return 0;
}
