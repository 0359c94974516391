// Prints the example's page: what the system test opens. Usage: page [PERIODS]
#include <cstdio>
#include <cstdlib>

#include "tests/sim_report/example.h"

int main(int argc, char** argv) {
  const int periods = argc > 1 ? std::atoi(argv[1]) : 300;
  const std::string page = dcat::sim::report_html(dcat::sim::example_report(periods > 0 ? periods : 1));
  return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() ? 0 : 1;
}
