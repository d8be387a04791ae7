// A strict reader of JSON (RFC 8259), enough to tell what is valid and which keys the outermost
// object has.
#pragma once

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "bt/text/utf8.hpp"

namespace bt::test {

class JsonReader {
public:
    explicit JsonReader(std::string_view text) : text_(text) {}

    [[nodiscard]] bool whole() {
        space();
        if (!value(0)) return false;
        space();
        return at_ == text_.size() && text::is_utf8(text_);
    }
    [[nodiscard]] const std::vector<std::string>& keys() const { return keys_; }

private:
    static constexpr int kDepth = 50;

    [[nodiscard]] bool take(char c) {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    bool take_word(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }
    void space() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) {
            ++at_;
        }
    }
    bool string() {
        if (!take('"')) return false;
        while (at_ < text_.size()) {
            const auto c = static_cast<unsigned char>(text_[at_++]);
            if (c == '"') return true;
            if (c < 0x20) return false;
            if (c != '\\') continue;
            if (at_ >= text_.size()) return false;
            const char escaped = text_[at_++];
            if (escaped == 'u') {
                for (int i = 0; i < 4; ++i, ++at_) {
                    if (at_ >= text_.size() ||
                        std::isxdigit(static_cast<unsigned char>(text_[at_])) == 0) {
                        return false;
                    }
                }
            } else if (std::string_view("\"\\/bfnrt").find(escaped) == std::string_view::npos) {
                return false;
            }
        }
        return false;
    }
    bool number() {
        const auto from = at_;
        if (at_ < text_.size() && text_[at_] == '-') ++at_;
        while (at_ < text_.size() &&
               (std::isdigit(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '.')) {
            ++at_;
        }
        return at_ > from && std::isdigit(static_cast<unsigned char>(text_[at_ - 1])) != 0;
    }
    bool object(int depth) {
        space();
        if (take('}')) return true;
        do {
            space();
            const auto from = at_;
            if (!string()) return false;
            if (depth == 0) keys_.emplace_back(text_.substr(from + 1, at_ - from - 2));
            space();
            if (!take(':') || !value(depth + 1)) return false;
            space();
        } while (take(','));
        return take('}');
    }
    bool array(int depth) {
        space();
        if (take(']')) return true;
        do {
            if (!value(depth + 1)) return false;
            space();
        } while (take(','));
        return take(']');
    }
    bool value(int depth) {
        space();
        if (depth > kDepth) return false;
        if (take('{')) return object(depth);
        if (take('[')) return array(depth);
        if (at_ < text_.size() && text_[at_] == '"') return string();
        return take_word("null") || take_word("true") || take_word("false") || number();
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<std::string> keys_;
};

[[nodiscard]] inline bool is_json(std::string_view text) {
    return JsonReader(text).whole();
}

[[nodiscard]] inline std::vector<std::string> json_keys(std::string_view text) {
    JsonReader reader(text);
    return reader.whole() ? reader.keys() : std::vector<std::string>{};
}

}  // namespace bt::test
