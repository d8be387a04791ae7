// Document and Value: bencode (BEP 3) read in place.
//
// The decoder walks its input once, without recursion, and leaves one small token for every value.
// Nothing is copied and nothing is allocated by a number that the input claims: memory is at most
// 16 bytes a token, and tokens are limited. A Document is a value of whoever parsed it; it and its
// Values refer to the input, which outlives them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "bt/core/bytes.hpp"
#include "bt/core/result.hpp"

namespace bt::bencode {

/// The deepest nesting of lists and dictionaries that any Rules may allow.
inline constexpr std::size_t kMaxDepth = 64;

/// What an input may be. Keys out of order are always accepted; so are bytes after the root value.
struct Rules {
    std::size_t depth = kMaxDepth;  // lists and dictionaries around a value, at most kMaxDepth
    std::size_t tokens = 10'000;    // values, keys included
    bool leading_zeros = false;     // "i01e" and "06:foobar" pass
    bool duplicate_keys = false;    // a repeated key passes, and find() gives the first
};

/// For .torrent files: old writers are tolerated; what must not be repeated is checked by the
/// reader.
inline constexpr Rules kTorrentRules{
    .depth = kMaxDepth, .tokens = 3'000'000, .leading_zeros = true, .duplicate_keys = true};
/// For what peers and trackers send.
inline constexpr Rules kWireRules{
    .depth = 16, .tokens = 10'000, .leading_zeros = false, .duplicate_keys = false};

enum class Type : std::uint8_t { integer, string, list, dictionary };

/// One value of the input; `skip` tokens lie from its own to the one after all that it holds.
struct Token {
    std::uint32_t begin = 0;  // bytes from the start of the input
    std::uint32_t end = 0;
    std::uint32_t skip = 1;
    Type type = Type::integer;
    std::uint8_t head = 0;  // bytes before the content: "4:" of a string, "i" of an integer
};

/// A cursor on one value of a Document, or on nothing: what was not found is an absent Value, which
/// has no type, no content and no children, so that lookups chain. Cheap to copy.
class Value {
public:
    Value() = default;

    [[nodiscard]] explicit operator bool() const { return token_ != nullptr; }
    [[nodiscard]] bool is_integer() const { return is(Type::integer); }
    [[nodiscard]] bool is_string() const { return is(Type::string); }
    [[nodiscard]] bool is_list() const { return is(Type::list); }
    [[nodiscard]] bool is_dictionary() const { return is(Type::dictionary); }

    /// Nothing unless it is an integer. Every integer of a Document fits.
    [[nodiscard]] std::optional<std::int64_t> integer() const;
    /// Nothing unless it is a string. Any bytes.
    [[nodiscard]] std::optional<std::string_view> string() const;
    /// The same as bytes.
    [[nodiscard]] std::optional<Bytes> bytes() const;

    /// The value as it stands in the input, from its first to its last byte. Empty when absent.
    [[nodiscard]] Bytes raw() const;
    /// Where raw() begins, in bytes from the start of the input. Zero when absent.
    [[nodiscard]] std::size_t offset() const { return token_ == nullptr ? 0 : token_->begin; }

    /// The first value under `key`, or an absent one (also when this is no dictionary). Linear.
    [[nodiscard]] Value find(std::string_view key) const;

    class ItemIterator;
    class EntryIterator;
    struct Entry;
    template <class Iterator>
    struct Range;

    /// The values of a list, in order. Nothing when it is no list.
    [[nodiscard]] Range<ItemIterator> items() const;
    /// The keys and values of a dictionary, in the input's order. Nothing when it is no dictionary.
    [[nodiscard]] Range<EntryIterator> entries() const;

private:
    friend class Document;
    friend bool has_duplicate_keys(const Value& value);
    Value(const Token* token, const std::byte* input) : token_(token), input_(input) {}
    [[nodiscard]] bool is(Type type) const { return token_ != nullptr && token_->type == type; }

    const Token* token_ = nullptr;
    const std::byte* input_ = nullptr;
};

struct Value::Entry {
    std::string_view key;
    Value value;
};

template <class Iterator>
struct Value::Range {
    Iterator first;
    Iterator last;
    [[nodiscard]] Iterator begin() const { return first; }
    [[nodiscard]] Iterator end() const { return last; }
    [[nodiscard]] bool empty() const { return first == last; }
};

class Value::ItemIterator {
public:
    using value_type = Value;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    using reference = Value;
    using pointer = void;

    ItemIterator() = default;
    [[nodiscard]] Value operator*() const { return {token_, input_}; }
    ItemIterator& operator++() {
        token_ += token_->skip;
        return *this;
    }
    ItemIterator operator++(int) {
        auto before = *this;
        ++*this;
        return before;
    }
    friend bool operator==(const ItemIterator&, const ItemIterator&) = default;

private:
    friend class Value;
    ItemIterator(const Token* token, const std::byte* input) : token_(token), input_(input) {}
    const Token* token_ = nullptr;
    const std::byte* input_ = nullptr;
};

class Value::EntryIterator {
public:
    using value_type = Entry;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    using reference = Entry;
    using pointer = void;

    EntryIterator() = default;
    [[nodiscard]] Entry operator*() const {
        return {*Value(token_, input_).string(), Value(token_ + 1, input_)};  // a key is one token
    }
    EntryIterator& operator++() {
        token_ += 1 + token_[1].skip;
        return *this;
    }
    EntryIterator operator++(int) {
        auto before = *this;
        ++*this;
        return before;
    }
    friend bool operator==(const EntryIterator&, const EntryIterator&) = default;

private:
    friend class Value;
    EntryIterator(const Token* token, const std::byte* input) : token_(token), input_(input) {}
    const Token* token_ = nullptr;
    const std::byte* input_ = nullptr;
};

class Document {
public:
    /// Decodes the value that `input` begins with. Errc::bencode, with the offset of the fault and
    /// what was wrong there. `input` must be shorter than 4 GiB and outlive the Document.
    [[nodiscard]] static Result<Document> parse(Bytes input, const Rules& rules);

    [[nodiscard]] Value root() const { return {tokens_.data(), input_.data()}; }
    /// Bytes of the root value: what follows in the input is not part of it (BEP 9 puts the piece
    /// of a ut_metadata message there).
    [[nodiscard]] std::size_t size() const { return tokens_.front().end; }
    /// The bytes of the input after the root value.
    [[nodiscard]] Bytes trailing() const { return input_.subspan(size()); }
    [[nodiscard]] std::size_t token_count() const { return tokens_.size(); }

private:
    Document(std::vector<Token> tokens, Bytes input) : tokens_(std::move(tokens)), input_(input) {}

    std::vector<Token> tokens_;  // in the order of the input; never empty
    Bytes input_;
};

/// A dictionary at `value` or anywhere within it holds a key twice.
[[nodiscard]] bool has_duplicate_keys(const Value& value);

}  // namespace bt::bencode
