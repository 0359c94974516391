// The cache against a naive one on random traces, with masks that change, on every instruction set there is.
#include "sim/llc/patterns.h"
#include "sim/random.h"
#include "tests/sim_llc/naive_cache.h"
#include "tests/support/catch.h"

namespace dcat::llc {
namespace {

std::vector<Isa> instruction_sets() {
  std::vector<Isa> sets{Isa::baseline};
  if (best_isa() != Isa::baseline) sets.push_back(best_isa());
  return sets;
}

Cbm random_mask(sim::Random& random, int ways) {
  const std::uint64_t all = Cbm::run(WayIndex(0), Ways(ways)).bits;
  for (;;)
    if (const std::uint64_t bits = random.next() & all; bits != 0) return Cbm(bits);
}

// Reused often enough to hit, spread over keys of up to 60 bits where `wide`.
LineAddress random_line(sim::Random& random, const Geometry& g, bool wide) {
  const std::uint64_t near = random.next() % (2 * g.lines() + 3);
  if (!wide) return near;
  return near | (random.next() % 3) << 44;
}

void compare(const Geometry& g, Replacement replacement, std::size_t tenants, bool wide, Isa isa, std::uint64_t seed) {
  sim::Random random(seed, "accesses", 0);
  Cache cache(g, replacement, tenants, isa);
  test::NaiveCache naive(g, replacement, tenants);
  for (int round = 0; round < 30; ++round) {
    const auto who = static_cast<Tenant>(random.next() % tenants);
    const Cbm mask = random_mask(random, g.ways);
    cache.set_mask(who, mask);
    naive.set_mask(who, mask);
    std::vector<Tenant> by(random.next() % 200);
    std::vector<LineAddress> lines(by.size());
    for (std::size_t i = 0; i < by.size(); ++i) {
      by[i] = static_cast<Tenant>(random.next() % tenants);
      lines[i] = random_line(random, g, wide && round > 10);
      naive.access(by[i], lines[i]);
    }
    cache.access(by, lines);
    for (std::size_t t = 0; t < tenants; ++t) {
      REQUIRE(cache.counts(static_cast<Tenant>(t)) == naive.counts(static_cast<Tenant>(t)));
      if (tenants == 1) continue;
      for (std::size_t o = 0; o < tenants; ++o)
        REQUIRE(cache.evictions(static_cast<Tenant>(t), static_cast<Tenant>(o)) ==
                naive.evictions(static_cast<Tenant>(t), static_cast<Tenant>(o)));
    }
  }
}

TEST_CASE("the cache counts what a naive one does, for every number of ways") {
  const auto replacement = GENERATE(Replacement::lru, Replacement::plru, Replacement::srrip);
  for (const Isa isa : instruction_sets()) {
    for (int ways = 1; ways <= kMostWays; ++ways) {
      const Geometry g{static_cast<std::uint32_t>(1 + ways % 5), ways, 64, ways % 2 == 0};
      for (const std::size_t tenants : {1U, 2U, 8U}) {
        INFO("instruction set " << static_cast<int>(isa) << ", ways " << ways << ", tenants " << tenants);
        compare(g, replacement, tenants, ways % 3 == 0, isa, static_cast<std::uint64_t>(ways));
      }
    }
  }
}

TEST_CASE("as many tenants as there can be are told apart") {
  compare(Geometry{2, 64, 64, false}, Replacement::lru, kMostTenants, false, best_isa(), 5);
}

}  // namespace
}  // namespace dcat::llc
