// Options of aria2 that mean nothing here, so that a habit or an old script does no harm: they are
// accepted, are in no help, and say with -v that they do nothing. What one asks for that cannot be
// had is an error.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "bt/core/result.hpp"
#include "cli/option_parser.hpp"

namespace bt::cli {

struct Aria2Options {
    static constexpr std::size_t kValues = 8;
    static constexpr std::size_t kFlags = 9;

    std::array<std::optional<std::string>, kValues> values;  // as given
    std::array<std::optional<bool>, kFlags> flags;
};

/// To be added last: what follows would be in no help either.
void add_aria2_options(OptionParser& parser, Aria2Options& options);

/// Errc::option: something was asked for that cannot be had.
[[nodiscard]] Result<> check(const Aria2Options& options);

/// Of each that was given and does nothing, why.
[[nodiscard]] std::vector<std::string> notes(const Aria2Options& options);

}  // namespace bt::cli
