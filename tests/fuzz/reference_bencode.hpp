// A second bencode decoder (BEP 3), to hold the real one against: slow, plain, and written from the
// contract in bt/bencode/document.hpp alone. It copies everything and calls itself for what lies
// within a list or dictionary, which Rules::depth bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bt/bencode/document.hpp"

namespace bt::fuzz {

struct Reference {
    bencode::Type type = bencode::Type::integer;
    std::int64_t integer = 0;
    std::string string;
    std::vector<std::string> keys;  // of a dictionary
    std::vector<Reference> items;   // of a list; of a dictionary, one for each key
    std::size_t begin = 0;          // bytes from the start of the input
    std::size_t end = 0;
};

class ReferenceDecoder {
public:
    ReferenceDecoder(std::string_view input, const bencode::Rules& rules)
        : input_(input), rules_(rules) {}

    /// The value that the input begins with; nothing when it is refused.
    std::optional<Reference> run() { return value(0); }
    [[nodiscard]] std::size_t tokens() const { return tokens_; }

private:
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }
    [[nodiscard]] bool more() const { return at_ < input_.size(); }
    bool skip(char c) {
        if (!more() || input_[at_] != c) return false;
        ++at_;
        return true;
    }
    std::string digits() {
        std::string out;
        while (more() && is_digit(input_[at_]))
            out += input_[at_++];
        return out;
    }
    /// "0" and "12" always; "012" leniently; never "", "00".
    [[nodiscard]] bool is_number(const std::string& digits) const {
        if (digits.empty()) return false;
        if (digits.size() == 1 || digits[0] != '0') return true;
        return rules_.leading_zeros && digits.find_first_not_of('0') != std::string::npos;
    }
    static std::string without_zeros(const std::string& digits) {
        const auto first = digits.find_first_not_of('0');
        return first == std::string::npos ? "0" : digits.substr(first);
    }

    std::optional<Reference> value(std::size_t depth) {
        if (!more() || ++tokens_ > rules_.tokens) return std::nullopt;
        const auto begin = at_;
        std::optional<Reference> out;
        if (is_digit(input_[at_])) {
            out = string();
        } else if (skip('i')) {
            out = integer();
        } else if (depth < rules_.depth && skip('l')) {
            out = list(depth + 1);
        } else if (depth < rules_.depth && skip('d')) {
            out = dictionary(depth + 1);
        }
        if (out) {
            out->begin = begin;
            out->end = at_;
        }
        return out;
    }

    std::optional<Reference> integer() {
        const bool negative = skip('-');
        const auto written = digits();
        if (!is_number(written) || !skip('e')) return std::nullopt;
        const auto number = without_zeros(written);
        if (negative && number == "0") return std::nullopt;
        const std::string limit = negative ? "9223372036854775808" : "9223372036854775807";
        if (number.size() > limit.size()) return std::nullopt;
        if (number.size() == limit.size() && number > limit) return std::nullopt;
        Reference out;
        // Downwards, where the range has one number more.
        for (const char c : number)
            out.integer = out.integer * 10 - (c - '0');
        if (!negative) out.integer = -out.integer;
        return out;
    }

    std::optional<Reference> string() {
        constexpr std::size_t kLongestLength = 20;
        const auto written = digits();
        if (!is_number(written) || written.size() > kLongestLength || !skip(':')) return {};
        const auto number = without_zeros(written);
        if (number.size() > 9) return std::nullopt;  // no input is as long
        const std::size_t length = std::stoul(number);
        if (length > input_.size() - at_) return std::nullopt;
        Reference out;
        out.type = bencode::Type::string;
        out.string = input_.substr(at_, length);
        at_ += length;
        return out;
    }

    std::optional<Reference> list(std::size_t depth) {
        Reference out;
        out.type = bencode::Type::list;
        while (!skip('e')) {
            auto item = value(depth);
            if (!item) return std::nullopt;
            out.items.push_back(std::move(*item));
        }
        return out;
    }

    std::optional<Reference> dictionary(std::size_t depth) {
        Reference out;
        out.type = bencode::Type::dictionary;
        while (!skip('e')) {
            auto key = value(depth);
            if (!key || key->type != bencode::Type::string) return std::nullopt;
            auto content = value(depth);
            if (!content) return std::nullopt;
            for (const auto& other : out.keys) {
                if (other == key->string && !rules_.duplicate_keys) return std::nullopt;
            }
            out.keys.push_back(std::move(key->string));
            out.items.push_back(std::move(*content));
        }
        return out;
    }

    std::string_view input_;
    const bencode::Rules& rules_;
    std::size_t at_ = 0;
    std::size_t tokens_ = 0;
};

}  // namespace bt::fuzz
