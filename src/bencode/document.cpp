#include "bt/bencode/document.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string>

#include "bt/core/assert.hpp"

namespace bt::bencode {

namespace {

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// One pass over the input. The lists and dictionaries that are open stand in a table of fixed size
/// in place of a call stack.
class Decoder {
public:
    Decoder(std::string_view input, const Rules& rules) : input_(input), rules_(rules) {}

    /// False: fault() says why. True: tokens() holds the root value.
    bool run() {
        do {
            if (!step()) return false;
        } while (depth_ > 0);
        return true;
    }

    std::vector<Token> tokens() && { return std::move(tokens_); }
    Error fault() const {
        return fail(Errc::bencode, "not bencode: " + std::string(fault_) + " (at byte " +
                                       std::to_string(at_) + ")");
    }

private:
    struct Open {
        std::uint32_t token = 0;
        bool has_key = false;  // a dictionary whose last key waits for its value
    };

    bool stop(const char* why) {
        fault_ = why;
        return false;
    }

    /// Takes one value or key, the opening of a container, or an end.
    bool step() {
        if (at_ == input_.size()) return stop("the data ends early");
        const char c = input_[at_];
        if (depth_ > 0 && c == 'e') return close();
        if (tokens_.size() == rules_.tokens) return stop("too many values");
        if (depth_ > 0 && tokens_[top().token].type == Type::dictionary) {
            if (!top().has_key) {
                if (!is_digit(c)) return stop("a key that is no string");
                top().has_key = true;
                return string();
            }
            top().has_key = false;
        }
        if (is_digit(c)) return string();
        if (c == 'i') return integer();
        if (c == 'l') return open(Type::list);
        if (c == 'd') return open(Type::dictionary);
        return stop("no value begins so");
    }

    bool open(Type type) {
        if (depth_ == rules_.depth) return stop("nested too deep");
        open_[depth_++] = {static_cast<std::uint32_t>(tokens_.size()), false};
        add(type, 1, at_ + 1);  // close() sets its end
        return true;
    }

    bool close() {
        if (top().has_key) return stop("a key without a value");
        auto& token = tokens_[top().token];
        token.end = static_cast<std::uint32_t>(++at_);
        token.skip = static_cast<std::uint32_t>(tokens_.size() - top().token);
        --depth_;
        return true;
    }

    bool integer() {
        auto digits = at_ + 1;
        const bool negative = digits < input_.size() && input_[digits] == '-';
        if (negative) ++digits;
        auto end = digits;
        while (end < input_.size() && is_digit(input_[end]))
            ++end;
        if (end == input_.size()) return stop("the data ends in an integer");
        if (end == digits || input_[end] != 'e') return stop("an integer with a foreign character");

        std::int64_t value = 0;
        const auto parsed = std::from_chars(input_.data() + at_ + 1, input_.data() + end, value).ec;
        if (parsed != std::errc{}) return stop("an integer of more than 64 bits");
        // BEP 3: no leading zeros, no minus zero. Leniently, "01" is a one, but "00" is nothing.
        const bool odd = input_[digits] == '0' && (end - digits > 1 || negative);
        if (odd && (value == 0 || !rules_.leading_zeros))
            return stop("an integer with a leading 0");
        add(Type::integer, 1, end + 1);
        return true;
    }

    bool string() {
        constexpr std::size_t kMaxDigits = 20;
        auto end = at_;
        std::size_t length = 0;
        for (; end < input_.size() && is_digit(input_[end]); ++end) {
            length = length * 10 + static_cast<std::size_t>(input_[end] - '0');
            // Compared at every digit, so that the product above cannot overflow.
            if (length > input_.size() - at_) return stop("a string longer than the data");
            if (end - at_ == kMaxDigits) return stop("a string with an endless length");
        }
        if (end == input_.size()) return stop("the data ends in the length of a string");
        if (input_[end] != ':') return stop("a string without ':' after its length");
        const bool odd = input_[at_] == '0' && end - at_ > 1;
        if (odd && (length == 0 || !rules_.leading_zeros)) {
            return stop("a string whose length has a leading 0");
        }
        ++end;
        if (length > input_.size() - end) return stop("a string longer than the data");
        add(Type::string, end - at_, end + length);
        return true;
    }

    void add(Type type, std::size_t head, std::size_t end) {
        tokens_.push_back({.begin = static_cast<std::uint32_t>(at_),
                           .end = static_cast<std::uint32_t>(end),
                           .skip = 1,
                           .type = type,
                           .head = static_cast<std::uint8_t>(head)});
        at_ = end;
    }

    Open& top() { return open_[depth_ - 1]; }

    std::string_view input_;
    const Rules& rules_;
    std::size_t at_ = 0;
    std::vector<Token> tokens_;
    std::array<Open, kMaxDepth> open_{};
    std::size_t depth_ = 0;
    const char* fault_ = "";
};

}  // namespace

Result<Document> Document::parse(Bytes input, const Rules& rules) {
    BT_ASSERT(rules.depth <= kMaxDepth);
    if (input.size() > std::numeric_limits<std::uint32_t>::max()) {
        return fail(Errc::bencode, "not bencode: 4 GiB or more of data");
    }
    Decoder decoder(as_text(input), rules);
    if (!decoder.run()) return decoder.fault();
    Document document(std::move(decoder).tokens(), input);
    if (!rules.duplicate_keys && has_duplicate_keys(document.root())) {
        return fail(Errc::bencode, "not bencode: a dictionary holds a key twice");
    }
    return document;
}

std::optional<std::int64_t> Value::integer() const {
    if (!is_integer()) return std::nullopt;
    const auto* text = reinterpret_cast<const char*>(input_);
    std::int64_t value = 0;
    std::from_chars(text + token_->begin + 1, text + token_->end - 1, value);
    return value;
}

std::optional<std::string_view> Value::string() const {
    if (!is_string()) return std::nullopt;
    return as_text(raw().subspan(token_->head));
}

std::optional<Bytes> Value::bytes() const {
    if (!is_string()) return std::nullopt;
    return raw().subspan(token_->head);
}

Bytes Value::raw() const {
    if (token_ == nullptr) return {};
    return {input_ + token_->begin, token_->end - token_->begin};
}

Value Value::find(std::string_view key) const {
    for (const auto& entry : entries()) {
        if (entry.key == key) return entry.value;
    }
    return {};
}

Value::Range<Value::ItemIterator> Value::items() const {
    if (!is_list()) return {};
    return {{token_ + 1, input_}, {token_ + token_->skip, input_}};
}

Value::Range<Value::EntryIterator> Value::entries() const {
    if (!is_dictionary()) return {};
    return {{token_ + 1, input_}, {token_ + token_->skip, input_}};
}

bool has_duplicate_keys(const Value& value) {
    if (!value) return false;
    std::vector<std::string_view> keys;
    for (const Token* token = value.token_; token != value.token_ + value.token_->skip; ++token) {
        keys.clear();
        bool sorted = true;
        for (const auto& entry : Value(token, value.input_).entries()) {
            sorted = sorted && (keys.empty() || keys.back() < entry.key);
            keys.push_back(entry.key);
        }
        if (sorted) continue;
        std::sort(keys.begin(), keys.end());
        if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) return true;
    }
    return false;
}

}  // namespace bt::bencode
