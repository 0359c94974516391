// Measured curves that lie beside the project, not in it. Tests that want them end as skipped where they are not there:
// each test case is a process of its own under ctest, with 77 as the exit code of a skipped one (dcat_test's SKIPS).
#pragma once

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace dcat::test {

// The folder, with a slash.
inline std::string measured_data() {
  const std::string folder = DCAT_SOURCE_DIR "/../shared/data/llc-curves/";
  if (std::ifstream(folder + "spec-skylake-11way.csv").is_open()) return folder;
  std::fprintf(stderr, "skipped: no measured curves beside the project (shared/data/llc-curves)\n");
  std::exit(77);
}

}  // namespace dcat::test
