// Words and numbers as HTML and SVG have them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dcat::sim::page {

// Text for between tags and in quoted attributes. What no page may hold (control characters, broken UTF-8) and what
// turns the text around it (bidirectional overrides) becomes U+FFFD.
std::string escape(std::string_view text);

// At most `most` characters; one that is left out leaves an ellipsis. REQUIRES: most > 0.
std::string shorten(std::string_view text, std::size_t most);

// Rounded to `digits` behind the point, without zeros at the end: coordinates.
std::string number(double value, int digits = 1);

// For people: four significant digits, whole numbers whole; "-" where it is not finite.
std::string figure(double value);

}  // namespace dcat::sim::page
