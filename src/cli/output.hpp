// The two ways out of the program: data to standard output, talk to standard error.
#pragma once

#include <string_view>

namespace bt::cli {

/// Data to standard output. A reader that has gone is no failure: the rest is dropped. False when
/// the data could not be written, which has then been told on standard error.
[[nodiscard]] bool print(std::string_view data);

/// One line to standard error, for what happens before or without a Display.
void print_error(std::string_view line);

/// Opens what of 0, 1 and 2 the program was started without, so that no file or socket takes their
/// place and is talked to.
void hold_standard_streams();

/// Writes all of it, waiting where it must. False on an error, which is in errno.
bool write_all(int fd, std::string_view bytes);

}  // namespace bt::cli
