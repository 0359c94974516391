#include "sim/insertion_table.h"

#include <cmath>

#include "sim/random.h"
#include "tests/sim/build.h"
#include "tests/support/catch.h"

namespace dcat::sim {
namespace {

using namespace test;

Workload random_program(Random& random, int points) {
  std::vector<CurvePoint> all;
  for (int i = 0; i < points; ++i) {
    const double misses = 40 * random.uniform();
    all.push_back({0.1 + 2 * random.uniform(), misses + 20 * random.uniform(), misses, random.uniform(), {}});
  }
  return curve(std::move(all));
}

}  // namespace

TEST_CASE("What a table says is held is the least solution of the insertions as they are evaluated") {
  Random random(1, "tables", 0);
  const LlcShape shape{12, 0};
  for (int round = 0; round < 2000; ++round) {
    const int kind = round % 8;
    const Workload workload = kind == 0   ? mlr(15 * random.uniform())
                              : kind == 1 ? mload()
                              : kind == 2 ? lookbusy()
                                          : random_program(random, 1 + round % 13);
    const InsertionTable table(workload, shape, 2e9);
    REQUIRE(table.known());
    const double factor = round % 3 == 0 ? 1 : 1 + 9 * random.uniform();
    const double own = round % 2 == 0 ? 0 : std::floor(6 * random.uniform());
    const double most = own + 1 + std::floor(5 * random.uniform());
    const double u = std::exp(-22 + 12 * random.uniform());
    const auto excess = [&](double ways) {
      const WorkloadPoint p = evaluate(workload, ways, shape);
      return ways - own - u * 2e9 / p.cpi(factor) * p.misses_per_instruction;
    };
    const double held = table.holds(own, u, most, factor);
    INFO("round " << round << ": " << own << " + , at most " << most << ", held " << held);
    REQUIRE(held >= own);
    REQUIRE(held <= most);
    if (held < most) REQUIRE(std::abs(excess(held)) < 1e-7 * std::max(1.0, u * 1e9));
    for (int i = 0; i < 50; ++i) {
      const double less = own + (held - own) * i / 50;
      if (less < held - 1e-6) REQUIRE(excess(less) < 1e-9);
    }
  }
}

TEST_CASE("A Zipf program has no table") {
  CHECK_FALSE(InsertionTable(zipf(8, 1000, 0.9), LlcShape{12, 0}, 2e9).known());
}

TEST_CASE("Between two kinks a curve is a straight line in every column") {
  Random random(2, "kinks", 0);
  for (int round = 0; round < 300; ++round) {
    const Workload workload = random_program(random, 2 + round % 12);
    const Curve& c = *std::get<CurveProgram>(workload.kind).curve;
    const int ways = 2 + round % 15;
    const std::vector<double> kinks = curve_kinks(c, ways);
    REQUIRE(kinks.front() == 0);
    REQUIRE(kinks.back() >= ways - 1e-12);
    for (std::size_t k = 0; k + 1 < kinks.size(); ++k) {
      REQUIRE(kinks[k] < kinks[k + 1]);
      const CurvePoint a = curve_at(c, kinks[k], ways);
      const CurvePoint b = curve_at(c, kinks[k + 1], ways);
      const CurvePoint middle = curve_at(c, (kinks[k] + kinks[k + 1]) / 2, ways);
      REQUIRE(middle.ipc == Approx((a.ipc + b.ipc) / 2).margin(1e-9));
      REQUIRE(middle.references_per_ki == Approx((a.references_per_ki + b.references_per_ki) / 2).margin(1e-9));
      REQUIRE(middle.misses_per_ki == Approx((a.misses_per_ki + b.misses_per_ki) / 2).margin(1e-9));
      REQUIRE(middle.stall_ratio == Approx((a.stall_ratio + b.stall_ratio) / 2).margin(1e-9));
    }
  }
}

}  // namespace dcat::sim
