// The kernel's lists of CPUs, "0-3,8,10-11" (Documentation/admin-guide/cputopology.rst).
#pragma once

#include <string_view>
#include <vector>

#include "core/result.h"

namespace dcat {

// Ascending. The empty list is legal: no CPU is offline. bad_input: not a list, a range that falls, or a
// number above the most CPUs that a kernel is built for (8192), which would only be taken for a list by
// mistake.
Result<std::vector<int>> parse_cpu_list(std::string_view text);

}  // namespace dcat
