#include "sim/llc/cost_model.h"

#include "tests/support/catch.h"

namespace dcat::llc {
namespace {

TEST_CASE("CPI is the base, 50 cycles a reference and 150 a miss, divided among those in flight") {
  // core = 0.5 + 0.03 x 50 / 1.5 = 1.5; stall = 0.01 x 150 / 1.5 = 1.
  const sim::CurvePoint p = point_of({0.5, 1.5, 2e9, 64}, 0.03, 0.01);
  CHECK(p.ipc == Approx(0.4));
  CHECK(p.stall_ratio == Approx(0.4));
  CHECK(p.references_per_ki == Approx(30));
  CHECK(p.misses_per_ki == Approx(10));
  // 0.01 misses x 64 bytes x 0.4 IPC x 2e9 Hz.
  CHECK(*p.bandwidth_mb_per_sec == Approx(512));
}

TEST_CASE("without references there is the base CPI alone") {
  const sim::CurvePoint p = point_of({0.7, 1.5, 2.3e9, 64}, 0, 0);
  CHECK(p.ipc == Approx(1 / 0.7));
  CHECK(p.stall_ratio == 0);
}

}  // namespace
}  // namespace dcat::llc
