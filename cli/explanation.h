// `dcat explain`: what the daemon kept of one container's decisions (docs/api.md), in sentences. Pure.
#pragma once

#include <string>
#include <vector>

#include "cli/answer.h"

namespace dcat::cli {

// `columns` 0: no line is cut; longer ones go on in the next line.
std::vector<std::string> explanation_lines(const Answer& answer, int columns);

}  // namespace dcat::cli
