// What the standard output is: a terminal of some width that may not take UTF-8, or a file or pipe that takes anything.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"

namespace dcat::cli {

// The terminal's, or what $COLUMNS says; 0: neither, lines are as long as they are.
int columns_to_fill();
// By the locale of the environment.
bool locale_takes_utf8();
// Prints lines that are printable(); in ASCII on a terminal that takes nothing else.
Status print_for_people(std::vector<std::string> lines);
// Prints JSON; on a terminal with everything beyond ASCII escaped, for there is no telling what it would do there.
Status print_json(const std::string& json);

}  // namespace dcat::cli
