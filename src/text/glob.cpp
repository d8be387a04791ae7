#include "bt/text/glob.hpp"

#include <algorithm>

#include "bt/text/utf8.hpp"

namespace bt::text {
namespace {

char32_t lower(char32_t c) {
    return c >= U'A' && c <= U'Z' ? c - U'A' + U'a' : c;
}
char32_t upper(char32_t c) {
    return c >= U'a' && c <= U'z' ? c - U'a' + U'A' : c;
}

char32_t take(std::string_view& text) {
    const auto step = decode_utf8(text);
    text.remove_prefix(step.length);
    return step.value;
}

/// The places in the pattern that may come next, each once.
class Places {
public:
    explicit Places(std::size_t size) : marked_(size, false) {}

    void add(std::size_t place) {
        if (marked_[place]) return;
        marked_[place] = true;
        list_.push_back(place);
    }
    void clear() {
        for (const auto place : list_)
            marked_[place] = false;
        list_.clear();
    }
    [[nodiscard]] bool has(std::size_t place) const { return marked_[place]; }
    [[nodiscard]] const std::vector<std::size_t>& list() const { return list_; }

private:
    std::vector<bool> marked_;
    std::vector<std::size_t> list_;
};

}  // namespace

Glob::Glob(std::string_view pattern) {
    while (pattern.size() > 1 && pattern.back() == '/')
        pattern.remove_suffix(1);
    while (!pattern.empty()) {
        const char first = pattern.front();
        if (first == '*') {
            const bool doubled = !tokens_.empty() && tokens_.back().kind == Token::Kind::any_run;
            if (!doubled) tokens_.push_back({Token::Kind::any_run, false, {}});
            pattern.remove_prefix(1);
        } else if (first == '?') {
            tokens_.push_back({Token::Kind::any_one, false, {}});
            pattern.remove_prefix(1);
        } else if (const auto set = first == '[' ? add_set(pattern) : 0; set > 0) {
            pattern.remove_prefix(set);
        } else {
            if (first == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
            add_literal(take(pattern));
        }
    }
}

void Glob::add_literal(char32_t character) {
    if (lower(character) != character) ignore_case_ = false;
    tokens_.push_back({Token::Kind::one, false, {{character, character}}});
}

/// The bytes of the set that `pattern` begins with; 0 if it has no end, and is no set then.
std::size_t Glob::add_set(std::string_view pattern) {
    Token token;
    auto rest = pattern.substr(1);
    if (!rest.empty() && (rest.front() == '!' || rest.front() == '^')) {
        token.none_of = true;
        rest.remove_prefix(1);
    }
    bool has_capital = false;
    const auto next = [&] {
        if (rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
        const auto character = take(rest);
        has_capital |= lower(character) != character;
        return character;
    };
    while (!rest.empty() && (rest.front() != ']' || token.ranges.empty())) {
        const auto from = next();
        auto to = from;
        if (rest.size() > 1 && rest[0] == '-' && rest[1] != ']') {
            rest.remove_prefix(1);
            to = next();
        }
        token.ranges.emplace_back(from, to);
    }
    if (rest.empty()) return 0;
    if (has_capital) ignore_case_ = false;
    tokens_.push_back(std::move(token));
    return pattern.size() - rest.size() + 1;
}

bool Glob::contains(const Token& token, char32_t character) {
    return std::any_of(token.ranges.begin(), token.ranges.end(), [&](const auto& range) {
        return range.first <= character && character <= range.second;
    });
}

bool Glob::fits(const Token& token, char32_t character) const {
    if (token.kind != Token::Kind::one) return true;
    const bool in =
        contains(token, character) ||
        (ignore_case_ && (contains(token, lower(character)) || contains(token, upper(character))));
    return in != token.none_of;
}

bool Glob::matches(std::string_view path) const {
    const auto end = tokens_.size();
    Places here(end + 1);
    Places next(end + 1);
    // A run may also be empty.
    const auto reach = [&](Places& places, std::size_t at) {
        places.add(at);
        if (at < end && tokens_[at].kind == Token::Kind::any_run) places.add(at + 1);
    };
    bool at_part = true;
    while (!path.empty()) {
        if (at_part) reach(here, 0);
        const auto character = take(path);
        at_part = character == U'/';
        if (at_part && here.has(end)) return true;  // a folder
        for (const auto at : here.list()) {
            if (at == end || !fits(tokens_[at], character)) continue;
            reach(next, tokens_[at].kind == Token::Kind::any_run ? at : at + 1);
        }
        std::swap(here, next);
        next.clear();
    }
    return here.has(end);
}

}  // namespace bt::text
