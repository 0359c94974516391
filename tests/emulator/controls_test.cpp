#include "emulator/controls.h"

#include "tests/emulator/tree_fixture.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::emulator;

namespace {

Controls mounted(const Machine& machine, bool cdp = false) {
  Controls controls(machine);
  for (const MachineDomain& domain : machine.domains) controls.add_domain(domain.id);
  controls.mount(cdp, false);
  return controls;
}

std::string why_not(const Machine& machine, std::uint64_t mask) {
  std::string why;
  return mounted(machine).legal(mask, why) ? "" : why;
}

}  // namespace

TEST_CASE("a mask is one run of ones, long enough and inside the cache") {
  Machine machine = small_machine();
  machine.min_cbm_bits = 2;
  CHECK(why_not(machine, 0x3).empty());
  CHECK(why_not(machine, 0x7ff).empty());
  CHECK(why_not(machine, 0x1) == "Need at least 2 bits in the mask\n");
  CHECK(why_not(machine, 0x5) == "The mask 5 has non-consecutive 1-bits\n");
  CHECK(why_not(machine, 0x0) == "Mask out of range\n");
  CHECK(why_not(machine, 0x800) == "Mask out of range\n");
}

TEST_CASE("a sparse machine takes gaps, but counts the first run only") {
  Machine machine = small_machine();
  machine.sparse = true;
  CHECK(why_not(machine, 0x505).empty());
  machine.min_cbm_bits = 2;
  CHECK(why_not(machine, 0x503).empty());
  CHECK(why_not(machine, 0x605) == "Need at least 2 bits in the mask\n");
}

TEST_CASE("a machine that wants no bits takes the empty mask") {
  Machine machine = small_machine();
  machine.min_cbm_bits = 0;
  CHECK(why_not(machine, 0).empty());
}

TEST_CASE("CLOSIDs are as many as the resource with the fewest has, half of L3's with CDP") {
  Machine machine = small_machine();
  CHECK(mounted(machine).closids() == 8);
  CHECK(mounted(machine, true).closids() == 8);
  machine.mba = false;
  CHECK(mounted(machine).closids() == 16);
  CHECK(mounted(machine, true).closids() == 8);
}

TEST_CASE("the lowest free CLOSID is taken") {
  const Machine machine = small_machine();
  Controls controls = mounted(machine);
  for (int closid = 1; closid < 8; ++closid) CHECK(controls.take_closid() == closid);
  CHECK_FALSE(controls.take_closid());
  controls.free_closid(5);
  controls.free_closid(3);
  CHECK(controls.take_closid() == 3);
  CHECK(controls.closids_taken() == 7);
}

TEST_CASE("values are as wide as the widest of any resource, MB padded with spaces and masks with zeros") {
  Machine machine = small_machine();
  machine.domains = {{DomainId{0}, {0}}, {DomainId{3}, {1}}};
  machine.ways = Ways(20);
  CHECK(mounted(machine).show_schemata(0) == "    MB:0=  100;3=  100\n    L3:0=fffff;3=fffff\n");
  machine.ways = Ways(8);
  CHECK(mounted(machine).show_schemata(0) == "    MB:0=100;3=100\n    L3:0=0ff;3=0ff\n");
  machine.mba = false;
  CHECK(mounted(machine).show_schemata(0) == "    L3:0=ff;3=ff\n");
  CHECK(mounted(machine, true).show_schemata(0) == "L3DATA:0=ff;3=ff\nL3CODE:0=ff;3=ff\n");
}

TEST_CASE("sizes are counted in 32 bits") {
  Machine machine = small_machine();
  machine.mba = false;
  machine.way_bytes = std::uint64_t{1} << 30;
  // 11 GiB modulo 4 GiB.
  CHECK(mounted(machine).show_sizes(0) == "    L3:0=3221225472;1=3221225472\n");
}

TEST_CASE("the two top ways of a tied machine come together") {
  Machine machine = small_machine();
  machine.tied = true;
  Controls controls = mounted(machine);
  const Schema l3 = controls.schemas()[1];
  ControlDomain& domain = *controls.domain(0);
  controls.set_mask(domain, l3, 0, 0x200);
  CHECK(domain.masks[0][0] == 0x600);
  controls.set_mask(domain, l3, 0, 0x7f0);
  CHECK(domain.masks[0][0] == 0x7f0);
  controls.set_mask(domain, l3, 0, 0x1ff);
  CHECK(domain.masks[0][0] == 0x1ff);
}

TEST_CASE("a way is shown as used by I/O, by many, by one or by none") {
  const Machine machine = small_machine();
  Controls controls = mounted(machine);
  const Schema l3 = controls.schemas()[1];
  ControlDomain& first = *controls.domain(0);
  REQUIRE(controls.take_closid() == 1);
  controls.set_mask(first, l3, 0, 0x230);
  controls.set_mask(first, l3, 1, 0x00f);
  controls.set_mode(1, GroupMode::exclusive);
  CHECK(controls.show_bit_usage(l3) == "0=HX000SSEEEE;1=XXSSSSSSSSS\n");
}
