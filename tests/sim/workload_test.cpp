#include "sim/workload.h"

#include <cmath>
#include <set>

#include "tests/sim/build.h"
#include "tests/support/catch.h"

namespace dcat::sim::test {
namespace {

double miss_ratio(const WorkloadPoint& p) {
  return p.misses_per_instruction / p.references_per_instruction;
}
double ipc(const Workload& w, double ways) {
  return 1 / evaluate(w, ways, kPaper).cpi();
}

TEST_CASE("A random reader misses for the part of its set that does not fit") {
  CHECK(miss_ratio(evaluate(mlr(5), 0, kPaper)) == Approx(1));
  CHECK(miss_ratio(evaluate(mlr(5), 3, kPaper)) == Approx(1 - 3.0 / 5));
  CHECK(miss_ratio(evaluate(mlr(5), 4.5, kPaper)) == Approx(0.1));
  CHECK(miss_ratio(evaluate(mlr(5), 5, kPaper)) == 0);
  CHECK(miss_ratio(evaluate(mlr(5), 20, kPaper)) == 0);
}

TEST_CASE("A random reader of 5 ways gains more than 5 % from its 4th and 5th way and nothing after that") {
  // CPI = 0.5 + 0.1 x 50 + 0.1 x miss ratio x 150: 11.5, 8.5 and 5.5 with 3, 4 and 5 ways.
  CHECK(ipc(mlr(5), 3) == Approx(1 / 11.5));
  CHECK(ipc(mlr(5), 4) == Approx(1 / 8.5));
  CHECK(ipc(mlr(5), 5) == Approx(1 / 5.5));
  CHECK(ipc(mlr(5), 6) == ipc(mlr(5), 5));
}

TEST_CASE("A set may be given in bytes") {
  const Workload in_bytes{Mlr{{0, 5 * kPaper.way_bytes}}, {}, {}};
  CHECK(ipc(in_bytes, 3) == ipc(mlr(5), 3));
}

TEST_CASE("A stream misses on every reference with any number of ways") {
  for (const double ways : {0.0, 0.5, 1.0, 7.0, 20.0}) {
    CHECK(miss_ratio(evaluate(mload(), ways, kPaper)) == 1);
    CHECK(ipc(mload(), ways) == ipc(mload(), 1));
  }
  // About 5 GB/s of a core at 2.3 GHz.
  const double misses_per_sec = 2.3e9 * ipc(mload(), 1) * evaluate(mload(), 1, kPaper).misses_per_instruction;
  CHECK(misses_per_sec * 64 == Approx(5e9).epsilon(0.1));
}

TEST_CASE("Lookbusy stays far below 1.5 M references a second, a stream and a reader far above") {
  const auto references_per_sec = [](const Workload& w) {
    return 2.3e9 * ipc(w, 3) * evaluate(w, 3, kPaper).references_per_instruction;
  };
  CHECK(references_per_sec(lookbusy()) < 0.1e6);
  CHECK(references_per_sec(mload()) > 15e6);
  CHECK(references_per_sec(mlr(5)) > 15e6);
  CHECK(references_per_sec(zipf(10, 100000, 0.9)) > 15e6);
}

TEST_CASE("Zipf's hit ratio is the popularity of the items that fit") {
  // 4 items, theta 1: 1 + 1/2 + 1/3 + 1/4 = 25/12. Two of four ways hold two items: (1 + 1/2) / (25/12) =
  // 18/25.
  CHECK(Zipf({4, 0}, 4, 1).hit_ratio(2, kPaper) == Approx(18.0 / 25));
  // Half an item more: a sixth more.
  CHECK(Zipf({4, 0}, 4, 1).hit_ratio(2.5, kPaper) == Approx((1.5 + 1.0 / 6) / (25.0 / 12)));
  CHECK(Zipf({4, 0}, 4, 1).hit_ratio(0, kPaper) == 0);
  CHECK(Zipf({4, 0}, 4, 1).hit_ratio(4, kPaper) == Approx(1));
  // Theta 0 is a random reader.
  CHECK(Zipf({10, 0}, 100000, 0).hit_ratio(3, kPaper) == Approx(0.3));
}

TEST_CASE("Zipf's popularity of many items is their sum, one by one") {
  for (const double theta : {0.0, 0.5, 0.99, 1.0, 1.3, 2.0}) {
    double sum_part = 0;
    double sum_all = 0;
    for (int i = 1; i <= 50000; ++i) {
      const double popularity = std::pow(i, -theta);
      sum_all += popularity;
      if (i <= 7000) sum_part += popularity;
    }
    CHECK(Zipf({1, 0}, 50000, theta).popularity(7000) == Approx(sum_part / sum_all).epsilon(1e-9));
  }
}

TEST_CASE("Kinds and sets differ in memory accesses per instruction by more than 10 %") {
  std::vector<double> accesses;
  for (const Workload& w : {mlr(3), mlr(4), mlr(5), mlr(9), mload(), lookbusy()})
    accesses.push_back(*memory_accesses_per_instruction(w, kPaper));
  for (std::size_t i = 0; i < accesses.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) CHECK(std::abs(accesses[i] / accesses[j] - 1) > 0.1);
}

TEST_CASE("A scenario's memory accesses and references override the kind's") {
  Workload w = mlr(5);
  w.memory_accesses_per_instruction = 0.7;
  w.references_per_instruction = 0.02;
  CHECK(memory_accesses_per_instruction(w, kPaper) == 0.7);
  CHECK(evaluate(w, 3, kPaper).references_per_instruction == 0.02);
  CHECK_FALSE(memory_accesses_per_instruction(curve({{1, 1, 0, 0, {}}}), kPaper).has_value());
}

TEST_CASE("A curve's CPI is split by its stalls and adds up to the measured IPC") {
  // IPC 0.5 = 2 cycles an instruction, 30 % of them waiting.
  const WorkloadPoint p = evaluate(curve({{0.5, 20, 10, 0.3, {}}}), 3, kPaper);
  CHECK(p.stall_cpi == Approx(0.6));
  CHECK(p.core_cpi == Approx(1.4));
  CHECK(p.cpi() == Approx(2));
  CHECK(p.cpi(2) == Approx(2.6));
  CHECK(p.references_per_instruction == Approx(0.02));
  CHECK(p.misses_per_instruction == Approx(0.01));
}

TEST_CASE("Unmeasured stalls are one miss at a time, and never all of the cycles") {
  // 10 misses x 150 cycles in 1,000 instructions of 4 cycles.
  CHECK(estimated_stall_ratio(0.25, 10) == Approx(1.5 / 4));
  CHECK(estimated_stall_ratio(2, 100) == 0.9);
}

}  // namespace
}  // namespace dcat::sim::test
