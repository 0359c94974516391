// What the emulated machine shows of itself in /proc and /sys.
#include "emulator/linux/faces.h"

#include <map>

#include "tests/support/catch.h"

namespace dcat::emulator {

namespace {

Machine two_domains() {
  Machine machine;
  machine.ways = Ways(11);
  machine.way_bytes = 1 << 20;
  machine.domains = spread_cpus({DomainId{0}, DomainId{3}}, 4);
  return machine;
}

std::string file(const Machine& machine, const std::string& path) {
  for (const auto& [name, text] : cpu_tree(machine))
    if (name == path) return text;
  return "no such file";
}

}  // namespace

TEST_CASE("CPUs are spread evenly in order and every domain has one") {
  CHECK(spread_cpus({DomainId{0}, DomainId{3}}, 4)[0].cpus == std::vector<int>{0, 1});
  CHECK(spread_cpus({DomainId{0}, DomainId{3}}, 4)[1].cpus == std::vector<int>{2, 3});
  CHECK(spread_cpus({DomainId{0}, DomainId{1}}, 5)[1].cpus == std::vector<int>{2, 3, 4});
  const auto more = spread_cpus({DomainId{0}, DomainId{1}, DomainId{2}}, 2);
  for (int i = 0; i < 3; ++i) CHECK(more[static_cast<std::size_t>(i)].cpus == std::vector<int>{i});
}

TEST_CASE("the CPU tree shows the emulated last-level caches") {
  const Machine machine = two_domains();
  CHECK(file(machine, "online") == "0-3\n");
  CHECK(file(machine, "cpu2/cache/index3/id") == "3\n");
  CHECK(file(machine, "cpu2/cache/index3/shared_cpu_list") == "2-3\n");
  CHECK(file(machine, "cpu2/cache/index3/shared_cpu_map") == "0000000c\n");
  CHECK(file(machine, "cpu2/cache/index3/size") == "11264K\n");
  CHECK(file(machine, "cpu2/cache/index3/ways_of_associativity") == "11\n");
  CHECK(file(machine, "cpu2/topology/physical_package_id") == "1\n");
  CHECK(file(machine, "cpu3/topology/core_id") == "1\n");
  CHECK(file(machine, "cpu1/node0/cpulist") == "0-1\n");
  CHECK(file(machine, "cpu2/node1/cpumap") == "0000000c\n");
  CHECK(file(machine, "cpu2/node0/cpulist") == "no such file");
  CHECK(file(machine, "cpu4/online") == "no such file");
}

TEST_CASE("flags are the emulated machine's and not the host's") {
  Machine machine = two_domains();
  const std::string host = "processor\t: 0\nflags\t\t: fpu cqm mba smba sse\nbugs\t\t: none\n";
  const std::string common = " cat_l3 cdp_l3";
  const std::string monitoring = " cqm cqm_llc cqm_occup_llc cqm_mbm_total cqm_mbm_local rdt_a\nbugs\t\t: none\n";
  CHECK(face_of_cpuinfo(host, machine) == "processor\t: 0\nflags\t\t: fpu sse" + common + monitoring);
  machine.mba = true;
  CHECK(face_of_cpuinfo(host, machine) == "processor\t: 0\nflags\t\t: fpu sse" + common + " mba" + monitoring);
}

TEST_CASE("resctrl is among the file systems once") {
  CHECK(face_of_filesystems("\text4\n") == "\text4\nnodev\tresctrl\n");
  CHECK(face_of_filesystems("nodev\tresctrl\n\text4\n") == "nodev\tresctrl\n\text4\n");
}

TEST_CASE("CPU lists are short") {
  CHECK(format_cpu_list({}) == "");
  CHECK(format_cpu_list({5}) == "5");
  CHECK(format_cpu_list({0, 1, 2, 8, 10, 11}) == "0-2,8,10-11");
}

}  // namespace dcat::emulator
