// Tied ways: what policies answer, laid out so that no mask has a part of a set.
#include "sim/experiment/tied.h"

#include "sim/experiment/policy_list.h"
#include "tests/sim_experiment/build.h"
#include "tests/support/catch.h"

namespace dcat::sim {
namespace {

using namespace test;

DomainSpec eleven(std::vector<std::uint64_t> tied) {
  DomainSpec domain;
  domain.ways = Ways(11);
  for (const std::uint64_t bits : tied) domain.tied.emplace_back(bits);
  return domain;
}

Allocation of(std::vector<std::uint64_t> masks) {
  Allocation allocation;
  for (const std::uint64_t bits : masks) {
    allocation.cluster_of.push_back(allocation.masks.size());
    allocation.masks.emplace_back(bits);
  }
  return allocation;
}

std::vector<std::uint64_t> kept(std::vector<std::uint64_t> masks, const DomainSpec& domain) {
  const Result<Allocation> laid = keep_tied_together(of(std::move(masks)), domain, "p");
  REQUIRE(laid.ok());
  std::vector<std::uint64_t> bits;
  for (const Cbm mask : laid->masks) bits.push_back(mask.bits);
  return bits;
}

bool splits(Cbm mask, const DomainSpec& domain) {
  for (const Cbm tied : domain.tied)
    if (mask.overlaps(tied) && !mask.contains(tied)) return true;
  return false;
}

using Bits = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("Masks that split no tied set stay as they are") {
  CHECK(kept({0x007, 0x0f8, 0x700}, eleven({0x600})) == Bits{0x007, 0x0f8, 0x700});
  CHECK(kept({0x7ff}, eleven({0x600, 0x003})) == Bits{0x7ff});
  CHECK(kept({0x001, 0x7fe}, eleven({})) == Bits{0x001, 0x7fe});
}

TEST_CASE("Partitions change places so that the greatest has the tied ways, and keep their sizes") {
  // 4, 6 and 1 ways: the one of 6 comes to the high end, who stood at the low end stays.
  CHECK(kept({0x00f, 0x3f0, 0x400}, eleven({0x600})) == Bits{0x00f, 0x7e0, 0x010});
  // At the low end.
  CHECK(kept({0x001, 0x01e, 0x7e0}, eleven({0x003})) == Bits{0x010, 0x00f, 0x7e0});
  // At both: the two greatest, 6 and 3.
  CHECK(kept({0x001, 0x00e, 0x3f0, 0x400}, eleven({0x003, 0x600})) == Bits{0x040, 0x700, 0x03f, 0x080});
}

TEST_CASE("Ways that nobody has can be the tied ones") {
  // Ones, and three ways over: they lie where the set is.
  CHECK(kept({0x100, 0x200, 0x400}, eleven({0x600})) == Bits{0x001, 0x002, 0x004});
  CHECK(kept({0x001, 0x002, 0x004}, eleven({0x003})) == Bits{0x100, 0x200, 0x400});
}

TEST_CASE("Masks that overlap take whole sets, as the machine would") {
  CHECK(kept({0x7ff, 0x3ff, 0x0ff}, eleven({0x600})) == Bits{0x7ff, 0x7ff, 0x0ff});
  // A set within a set.
  CHECK(kept({0x7ff, 0x001}, eleven({0x003, 0x007})) == Bits{0x7ff, 0x007});
}

TEST_CASE("Partitions that are all smaller than the tied set are refused with the reason") {
  const Result<Allocation> laid = keep_tied_together(
      of({0x001, 0x002, 0x004, 0x008, 0x010, 0x020, 0x040, 0x080, 0x100, 0x200, 0x400}), eleven({0x600}), "static");
  REQUIRE_FALSE(laid.ok());
  CHECK(laid.error().to_string() ==
        "policy static: partitions of 1 1 1 1 1 1 1 1 1 1 1 ways split the tied ways 600 in any order; leave it out");
}

TEST_CASE("All partitions of seven ways are laid out whole wherever one of them is as large as the set") {
  for (const std::uint64_t tied : {0x60ULL, 0x70ULL, 0x03ULL, 0x07ULL}) {
    DomainSpec domain;
    domain.ways = Ways(7);
    domain.tied = {Cbm(tied)};
    for (unsigned cuts = 0; cuts < 64; ++cuts) {  // bit i: a border between way i and way i + 1
      Bits masks{1};
      for (unsigned way = 1; way < 7; ++way) {
        if ((cuts >> (way - 1) & 1U) != 0) masks.push_back(0);
        masks.back() |= std::uint64_t{1} << way;
      }
      const Allocation before = of(masks);
      int greatest = 0;
      for (const Cbm mask : before.masks) greatest = std::max(greatest, mask.size().count);
      const Result<Allocation> after = keep_tied_together(before, domain, "p");
      INFO("tied " << tied << " cuts " << cuts);
      REQUIRE(after.ok() == (greatest >= Cbm(tied).size().count));
      if (!after) continue;
      Cbm taken;
      for (std::size_t i = 0; i < before.masks.size(); ++i) {
        CHECK(after->masks[i].size() == before.masks[i].size());
        CHECK(after->masks[i].contiguous());
        CHECK_FALSE(after->masks[i].overlaps(taken));
        CHECK_FALSE(splits(after->masks[i], domain));
        taken = taken | after->masks[i];
      }
      CHECK(taken.bits == 0x7f);
    }
  }
}

TEST_CASE("No policy splits tied ways over time, and dCat does not either") {
  for (const std::string& policy : simulated_policies()) {
    for (const std::uint64_t tied : {0xc00ULL, 0x003ULL}) {
      TimedQuestion q = question(
          policy, 12,
          {tenant("a", 3, {lasting(gaining(0.5, 1.5, 12, 0.1), 10), lasting(flat(1, 0.3))}),
           tenant("b", 3, {lasting(flat(1.2, 0.2), 15), lasting(gaining(0.4, 1.2, 12, 0.45))}),
           tenant("c", 3, {lasting(gaining(0.9, 1.2, 12, 0.15))}), tenant("d", 1, {lasting(flat(0.6, 0.5, 25))})},
          30);
      DomainSpec& domain = q.scenario.domains.front();
      domain.tied = {Cbm(tied)};
      domain.shareable = Cbm(tied);
      const Result<TimedResult> r = run_over_time(q);
      INFO(policy << (r ? "" : r.error().to_string()));
      REQUIRE(r.ok());
      CHECK(r->refused == 0);
      for (const TimedPeriod& period : r->series)
        for (const TimedTenant& row : period.tenants) CHECK_FALSE(splits(row.mask, domain));
    }
  }
}

}  // namespace dcat::sim
