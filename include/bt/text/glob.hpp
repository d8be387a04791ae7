// Glob: a shell's pattern for the path of a file below some folder. A value.
//
// `*` is any characters, `/` too; `?` any one; `[a-z]` and `[!a-z]` one of a set, or none of it; a
// backslash takes the character behind it as it stands. A pattern without capital letters ignores
// the case of A to Z.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace bt::text {

class Glob {
public:
    explicit Glob(std::string_view pattern);

    /// The pattern fits the path (parts joined by '/'), what is left of it without some of its
    /// first parts, or a folder on the way: "*.mkv", "Season 1/*" and "Season 1" all fit
    /// "Show/Season 1/e1.mkv". Takes time in proportion to both lengths, whatever they hold.
    [[nodiscard]] bool matches(std::string_view path) const;

private:
    struct Token {
        enum class Kind : unsigned char { one, any_one, any_run };
        Kind kind = Kind::one;
        bool none_of = false;
        std::vector<std::pair<char32_t, char32_t>> ranges;  // both ends included
    };

    [[nodiscard]] std::size_t add_set(std::string_view pattern);
    void add_literal(char32_t character);
    [[nodiscard]] bool fits(const Token& token, char32_t character) const;
    [[nodiscard]] static bool contains(const Token& token, char32_t character);

    std::vector<Token> tokens_;
    bool ignore_case_ = true;
};

}  // namespace bt::text
