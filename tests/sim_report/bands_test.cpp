#include "sim/report/bands.h"

#include "tests/support/catch.h"

namespace dcat::sim::page {
namespace {

TimedTenant holding(double ways, std::uint64_t mask) {
  TimedTenant tenant;
  tenant.ways_held = ways;
  tenant.mask = Cbm(mask);
  return tenant;
}

TimedPeriod period(std::vector<TimedTenant> tenants) {
  TimedPeriod p;
  p.tenants = std::move(tenants);
  return p;
}

TEST_CASE("Bands lie one below the other in the tenants' order, and what nobody holds is at the foot") {
  const auto bands = stack_bands({period({holding(3, 0x7), holding(5, 0xf8)})}, 2, 12);
  REQUIRE(bands.size() == 3);
  CHECK(bands[0].top[0] == 0);
  CHECK(bands[0].bottom[0] == 3);
  CHECK(bands[1].top[0] == 3);
  CHECK(bands[1].bottom[0] == 8);
  CHECK(bands[2].top[0] == 8);
  CHECK(bands[2].bottom[0] == 12);
}

TEST_CASE("A tenant that holds less than its mask shares") {
  const auto bands = stack_bands({period({holding(1.5, 0x7), holding(1.5, 0x7), holding(2, 0x18)})}, 3, 5);
  CHECK(bands[0].shared[0]);
  CHECK(bands[1].shared[0]);
  CHECK(!bands[2].shared[0]);
  CHECK(!bands[3].shared[0]);
}

TEST_CASE("Rounding is no sharing") {
  CHECK(!stack_bands({period({holding(3 - 1e-9, 0x7)})}, 1, 5)[0].shared[0]);
}

TEST_CASE("Where more is held than there are ways the stack is as high as needed at most, in all periods") {
  const std::vector<TimedPeriod> series{period({holding(3, 7), holding(2, 7)}), period({holding(6, 7), holding(4, 7)})};
  CHECK(stack_height(series, 8) == 10);
  CHECK(stack_height(series, 11) == 11);
  const auto bands = stack_bands(series, 2, 8);
  CHECK(bands[2].thickness(0) == 5);
  CHECK(bands[2].thickness(1) == 0);
}

}  // namespace
}  // namespace dcat::sim::page
