// A report to look at: three runs of five tenants, one of them with a name that means harm.
#pragma once

#include "sim/report/report.h"

namespace dcat::sim {

inline const std::string kHarm = "<script>alert('1')</script>&\"";

// A row for each run; dcat-fair has states, oracle has none, shared shares. `periods` >= 1.
Report example_report(int periods);

}  // namespace dcat::sim
