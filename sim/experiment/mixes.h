// Mixes: which programs of a curve file run together. One mix a line, programs separated by commas, spaces around them
// ignored; empty lines and lines that begin with # are skipped. Mixes are numbered by the lines that hold one, from 1.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/result.h"
#include "sim/curves.h"

namespace dcat::sim {

struct Mix {
  std::size_t number = 0;  // from 1
  std::vector<std::string> programs;
  bool operator==(const Mix&) const = default;
};

// Errors (bad_input), all at once, one a line: `file:line: what is wrong`. Every program must be in `curves`.
Result<std::vector<Mix>> parse_mixes(const std::string& text, const std::string& file_name, const CurveTable& curves);

}  // namespace dcat::sim
