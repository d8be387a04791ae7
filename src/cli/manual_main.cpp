// Prints the manual page, when bt is built: bt_manual TEMPLATE DATE.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "cli/commands.hpp"
#include "cli/manual.hpp"

int main(int argc, char** argv) {
    if (argc != 3) return EXIT_FAILURE;
    std::ifstream file(argv[1], std::ios::binary);
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    if (!file || page.empty()) return EXIT_FAILURE;
    const auto out = bt::cli::manual_page(page, bt::cli::all_specs(), BT_VERSION, argv[2]);
    const bool written = std::fwrite(out.data(), 1, out.size(), stdout) == out.size();
    return written && std::fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
