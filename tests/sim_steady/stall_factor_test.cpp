#include "tests/support/catch.h"
#include "tests/support/random_node.h"

using namespace dcat;
using namespace dcat::sim;
using namespace dcat::sim::test;

namespace {

double traffic(const std::vector<BusLoad>& loads, double factor) {
  double sum = 0;
  for (const BusLoad& load : loads) sum += load.bytes_per_sec_cpi / (load.core_cpi + factor * load.stall_cpi);
  return sum;
}

// Halving, which needs nothing but that traffic falls.
double bisected(const std::vector<BusLoad>& loads, double ceiling) {
  if (traffic(loads, 1) <= ceiling) return 1;
  double low = 1;
  double high = 1e6;
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    (traffic(loads, middle) > ceiling ? low : high) = middle;
  }
  return (low + high) / 2;
}

std::vector<BusLoad> random_loads(Random& random) {
  std::vector<BusLoad> loads(static_cast<std::size_t>(pick(random, 1, 10)));
  for (BusLoad& load : loads) load = {0.2 + random.uniform(), 0.01 + random.uniform(), 1e9 * random.uniform()};
  return loads;
}

}  // namespace

TEST_CASE("the stall factor is bisection's") {
  Random random(1, "stall", 0);
  for (int i = 0; i < 2000; ++i) {
    const std::vector<BusLoad> loads = random_loads(random);
    const double ceiling = traffic(loads, 1) * std::pow(10, 0.2 - 3.2 * random.uniform());
    const double factor = stall_factor(loads, ceiling);
    CHECK(factor == Approx(bisected(loads, ceiling)).epsilon(1e-7));
    CHECK(traffic(loads, factor) <= ceiling * (1 + 2e-9));
  }
}

TEST_CASE("one program's stall factor is a closed form") {
  // Traffic 8 / (1 + L) at a ceiling of 1: L = 7.
  const std::vector<BusLoad> loads{{1, 1, 8}};
  CHECK(stall_factor(loads, 1) == Approx(7));
  CHECK(stall_factor(loads, 4) == 1);  // just fits
  CHECK(stall_factor(loads, 0) == 1);  // no ceiling
}

TEST_CASE("programs without stalls beyond the ceiling get the greatest factor") {
  const std::vector<BusLoad> loads{{1, 0, 8}, {1, 1, 1}};
  CHECK(stall_factor(loads, 4) == 1e6);
  CHECK(stall_factor(std::vector<BusLoad>{}, 4) == 1);
}

TEST_CASE("far beyond saturation nobody is faster than alone and the speedups add up to less than the tenants") {
  Random random(2, "saturated", 0);
  for (int i = 0; i < 500; ++i) {
    SteadyNode node = random_node(random, pick(random, 1, 8), 11);
    const std::size_t count = node.programs.size();
    std::vector<std::size_t> cluster_of(count);
    for (std::size_t& c : cluster_of) c = random.next() % 2;
    const Allocation allocation = side_by_side({5, 6}, cluster_of);
    const SteadyState idle = settle(node, allocation);
    for (const double part : {1.0, 0.5, 0.1, 0.01, 0.001}) {
      node.memory_bytes_per_sec = traffic_at_one_way(node) * part + 1e-6;
      const SteadyState state = settle(node, allocation);
      CHECK(state.stall_factor >= 1);
      double stp = 0;
      for (std::size_t k = 0; k < count; ++k) {
        CHECK(state.tenants[k].ipc > 0);
        CHECK(state.tenants[k].ipc <= idle.tenants[k].ipc * (1 + 1e-12));
        const double speedup = state.tenants[k].ipc / node.programs[k].best_ipc();
        CHECK(1 / speedup >= 1);
        stp += speedup;
      }
      CHECK(stp <= static_cast<double>(count));
    }
  }
}
