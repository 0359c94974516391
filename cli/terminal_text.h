// Text that strangers have chosen (names of containers, reasons with such names in them), made fit for a terminal: it
// must not move the cursor, change colours or hide anything. Widths are columns of a terminal, not bytes.
#pragma once

#include <string>
#include <string_view>

namespace dcat::cli {

// UTF-8 as it is; a '?' for each control character (of ISO 6429's C0 and C1 sets, as UTF-8 too), each sign that turns
// or hides text (Unicode's bidirectional and zero-width ones), and each byte that is no part of UTF-8.
std::string printable(std::string_view text);
// The same for a terminal that takes ASCII alone.
std::string ascii_only(std::string_view printable_text);

// REQUIRES, all: printable().
int columns_of(std::string_view text);
// Exactly `columns` wide: filled with blanks, or cut with a '>' at the end.
std::string fit(std::string_view text, int columns);
// The same, but the end is kept: `..1234/abcdef`. The end of a long id tells most.
std::string fit_end(std::string_view text, int columns);
// At most `columns` wide.
std::string cut(std::string_view text, int columns);

}  // namespace dcat::cli
