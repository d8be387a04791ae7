// BT_ASSERT: an invariant of our own. On in every build; prints one line and aborts.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace bt::detail {

[[noreturn]] inline void assertion_failed(const char* text, const char* file, int line) {
    std::fprintf(stderr, "bt: internal error: %s (%s:%d)\n", text, file, line);
    std::abort();
}

}  // namespace bt::detail

#define BT_ASSERT(condition) \
    ((condition) ? void(0) : ::bt::detail::assertion_failed(#condition, __FILE__, __LINE__))
