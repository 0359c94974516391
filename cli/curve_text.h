// What `dcat curve` prints: a table for people, JSON, or CSV as sim/curves.h reads it.
#pragma once

#include <string>
#include <vector>

#include "cli/curve_count.h"

namespace dcat::cli {

// bad_input where the format is CSV and a trace's instructions are not known, or its references are more than the
// 1,000 in 1,000 instructions that such a file may have.
Result<std::string> format_curves(const CurvePlan& plan, const std::vector<CurveCounts>& curves);
std::string format_shared(const CurvePlan& plan, const SharedCounts& shared);

}  // namespace dcat::cli
