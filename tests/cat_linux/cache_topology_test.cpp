#include "cat/linux/cache_topology.h"

#include "tests/cat_linux/sysfs_tree.h"
#include "tests/support/catch.h"

using namespace dcat;
using dcat::test::SysfsTree;

TEST_CASE("caches are found by their ids, which have gaps, with their online CPUs") {
  const SysfsTree tree;
  tree.online("0-1,4-5");
  for (const int cpu : {0, 1}) tree.l3(cpu, 0, 16, "32768K", "0-1");
  for (const int cpu : {4, 5}) tree.l3(cpu, 8, 11, "14080K", "4-5");
  tree.l3(6, 9, 16, "32768K", "6");  // offline
  const Result<CacheTopology> topology = read_cache_topology(tree.root());
  REQUIRE(topology.ok());
  CHECK(topology->caches == std::vector<L3Cache>{{DomainId{0}, 16_ways, 32768ull * 1024, {0, 1}},
                                                 {DomainId{8}, 11_ways, 14080ull * 1024, {4, 5}}});
  CHECK(topology->domain_of_cpu ==
        std::map<int, DomainId>{{0, DomainId{0}}, {1, DomainId{0}}, {4, DomainId{8}}, {5, DomainId{8}}});
  CHECK(topology->notes.empty());
}

TEST_CASE("the L3 is known by its level, whatever its index") {
  const SysfsTree tree;
  tree.online("0");
  tree.l3(0, 3, 12, "6M", "0", 4);
  tree.set(0, 3, "level", "3");
  tree.set(0, 3, "type", "Instruction");
  const Result<CacheTopology> topology = read_cache_topology(tree.root());
  REQUIRE(topology.ok());
  CHECK(topology->caches == std::vector<L3Cache>{{DomainId{3}, 12_ways, 6ull << 20, {0}}});
}

TEST_CASE("CPUs without an L3 are left out with a note, and a node without one is unsupported") {
  const SysfsTree tree;
  tree.online("0-3");
  tree.l3(0, 0, 12, "24576K", "0-1");
  tree.l3(1, 0, 12, "24576K", "0-1");
  tree.inner_caches(2);  // CPU 3 shows no caches at all
  const Result<CacheTopology> topology = read_cache_topology(tree.root());
  REQUIRE(topology.ok());
  CHECK(topology->domain_of_cpu.size() == 2);
  CHECK(topology->notes == std::vector<std::string>{"CPUs without an L3 cache are not counted: 2,3"});

  const SysfsTree none;
  none.online("0-1");
  none.inner_caches(0);
  none.inner_caches(1);
  const Result<CacheTopology> refused = read_cache_topology(none.root());
  REQUIRE(!refused.ok());
  CHECK(exit_code(refused.error().code) == 3);
  CHECK(refused.error().what == "find the L3 caches in " + none.root());
}

TEST_CASE("a kernel without cache ids has its L3s named by their lowest CPU, and says so") {
  const SysfsTree tree;
  tree.online("0-3");
  for (const int cpu : {0, 1}) tree.l3(cpu, 0, 16, "32768K", "0-1");
  for (const int cpu : {2, 3}) tree.l3(cpu, 0, 16, "32768K", "2-3");
  for (const int cpu : {0, 1, 2, 3}) tree.unset(cpu, 3, "id");
  const Result<CacheTopology> topology = read_cache_topology(tree.root());
  REQUIRE(topology.ok());
  REQUIRE(topology->caches.size() == 2);
  CHECK(topology->caches[1].id == DomainId{2});
  CHECK(topology->caches[1].cpus == std::vector<int>{2, 3});
  REQUIRE(topology->notes.size() == 1);
  CHECK(topology->notes[0].find("no ids") != std::string::npos);

  tree.unset(2, 3, "shared_cpu_list");
  const Result<CacheTopology> refused = read_cache_topology(tree.root());
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == ErrorCode::unsupported);
  CHECK(refused.error().what == "read " + tree.root() + "/cpu2/cache/index3");
}

TEST_CASE("ids that are no numbers are as good as none") {
  for (const std::string bad : {"", "x", "-1", "1 2", "99999999999"}) {
    const SysfsTree tree;
    tree.online("0");
    tree.l3(0, 5, 16, "1M", "0");
    tree.set(0, 3, "id", bad);
    CHECK(read_cache_topology(tree.root())->caches[0].id == DomainId{0});
  }
}

TEST_CASE("ways and size that are missing or broken are not known, and then there is no geometry") {
  struct Row {
    std::string ways, size;
    int want_ways;
    std::uint64_t want_bytes;
  };
  const Row rows[] = {
      {"0", "32768K", 0, 32768ull << 10}, {"x", "", 0, 0}, {"65", "K", 65, 0}, {"-1", "-5K", 0, 0}, {"", "1G", 0, 0},
      {"4294967295", "64", 0, 64}};
  for (const Row& row : rows) {
    const SysfsTree tree;
    tree.online("0");
    tree.l3(0, 1, 16, "1M", "0");
    tree.set(0, 3, "ways_of_associativity", row.ways);
    tree.set(0, 3, "size", row.size);
    const Result<CacheTopology> topology = read_cache_topology(tree.root());
    REQUIRE(topology.ok());
    CHECK(topology->caches[0].ways == Ways(row.want_ways));
    CHECK(topology->caches[0].size_bytes == row.want_bytes);
    const Result<Geometry> geometry = assumed_geometry(*topology);
    REQUIRE(!geometry.ok());
    CHECK(geometry.error().code == ErrorCode::unsupported);
    CHECK(geometry.error().todo == "observe works without it");
  }
}

TEST_CASE("without a list of online CPUs nothing is guessed") {
  const SysfsTree tree;
  CHECK(read_cache_topology(tree.root()).error().to_string() ==
        "read " + tree.root() + "/online: No such file or directory; mount sysfs on /sys");
  tree.file("online", "");
  CHECK(read_cache_topology(tree.root()).error().why == "it is empty");
  tree.online("0-x");
  CHECK(read_cache_topology(tree.root()).error().why == "\"0-x\" is no CPU list");
}

TEST_CASE("the assumed geometry hands out every way, with a CLOS for each and the default one") {
  const CacheTopology topology{
      {{DomainId{0}, 16_ways, 32ull << 20, {0}}, {DomainId{4}, 20_ways, 30ull << 20, {1}}}, {}, {}};
  const Result<Geometry> geometry = assumed_geometry(topology);
  REQUIRE(geometry.ok());
  CHECK(geometry->closids == 21);
  REQUIRE(geometry->domains.size() == 2);
  const DomainGeometry& domain = geometry->domains[1];
  CHECK(domain.id == DomainId{4});
  CHECK(domain.available == Cbm(0xfffff));
  CHECK(domain.shareable.empty());
  CHECK(domain.min_cbm_bits == 1_ways);
  CHECK(!domain.shared_may_be_empty);
  CHECK(domain.way_bytes == (30ull << 20) / 20);
  const CacheTopology widest{{{DomainId{0}, 64_ways, 0, {0}}}, {}, {}};
  CHECK(assumed_geometry(widest)->domains[0].available == Cbm(~0ull));
}
