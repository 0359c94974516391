// Properties of the node model over random nodes, workloads and changes. The seed of each run is printed; to
// repeat one: RC_PARAMS="seed=... max_success=10000".
#include <rapidcheck.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <string>

#include "sim/contention.h"
#include "sim/groups.h"
#include "sim/occupancy.h"
#include "tests/sim/build.h"
#include "tests/support/catch.h"
#include "tests/support/property.h"

namespace dcat::sim::test {
namespace {

constexpr double kHertz = 2.3e9;

template <class Property>
void holds(const std::string& name, Property&& property) {
  // Read once, before the first check; a caller's own setting stays.
  ::setenv("RC_PARAMS", ("max_success=" + std::to_string(dcat::testing::kCases)).c_str(), 0);
  REQUIRE(rc::check(name, std::forward<Property>(property)));
}

int from_to(int least, int most) {
  return *rc::gen::inRange(least, most + 1);
}
double real(double least, double most) {
  return least + (most - least) * from_to(0, 10000) / 10000.0;
}

Cbm any_mask(int ways) {
  const int size = from_to(1, ways);
  return Cbm::run(WayIndex(from_to(0, ways - size)), Ways(size));
}

Workload any_workload() {
  switch (from_to(0, 3)) {
    case 0: return mlr(real(0.5, 30));
    case 1: return mload();
    case 2: return lookbusy();
    default: return zipf(real(0.5, 40), static_cast<std::uint64_t>(from_to(1, 5000)), real(0, 1.5));
  }
}

struct Crowd {
  std::vector<Workload> workloads;
  std::vector<Runner> runners;
};

Crowd any_crowd(int ways, bool same_mask) {
  Crowd crowd;
  const int count = from_to(1, 7);
  for (int i = 0; i < count; ++i) crowd.workloads.push_back(any_workload());
  const Cbm common = any_mask(ways);
  for (const Workload& w : crowd.workloads)
    crowd.runners.push_back({same_mask ? common : any_mask(ways), &w, kHertz * from_to(1, 8), real(1, 2)});
  return crowd;
}

DomainSpec domain(int ways, double memory_bytes_per_sec) {
  DomainSpec d;
  d.ways = Ways(ways);
  d.memory_bytes_per_sec = memory_bytes_per_sec;
  return d;
}

double traffic(const Contention& c) {
  double sum = 0;
  for (const Rates& r : c.rates) sum += r.misses_per_sec * kLineBytes;
  return sum;
}

TEST_CASE("The ways held add up to the ways that somebody may fill, nobody holds more than its mask") {
  holds("conservation", [] {
    const int ways = from_to(1, 24);
    const Crowd crowd = any_crowd(ways, false);
    const Contention c = contend(crowd.runners, domain(ways, 0));
    Cbm filled;
    double sum = 0;
    for (std::size_t i = 0; i < crowd.runners.size(); ++i) {
      Cbm others;
      for (std::size_t j = 0; j < crowd.runners.size(); ++j)
        if (j != i) others = others | crowd.runners[j].mask;
      const Cbm mask = crowd.runners[i].mask;
      RC_ASSERT(c.rates[i].ways_held <= mask.size().count + 1e-9);
      RC_ASSERT(c.rates[i].ways_held >= (mask - others).size().count - 1e-9);
      filled = filled | mask;
      sum += c.rates[i].ways_held;
    }
    RC_ASSERT(std::abs(sum - filled.size().count) < 1e-9);
  });
}

TEST_CASE("Each way is split in proportion to the insertions per way that the split itself causes") {
  holds("fixed point", [] {
    const int ways = from_to(1, 24);
    const Crowd crowd = any_crowd(ways, from_to(0, 1) == 0);
    const Contention c = contend(crowd.runners, domain(ways, 0));
    std::vector<double> per_way;
    std::vector<double> expected(crowd.runners.size(), 0);
    bool all_miss = true;
    for (std::size_t i = 0; i < crowd.runners.size(); ++i) {
      per_way.push_back(c.rates[i].misses_per_sec / crowd.runners[i].mask.size().count);
      all_miss = all_miss && per_way.back() > 1000;
    }
    RC_PRE(all_miss);  // who just fits has a rate that a millionth of a way changes as it likes
    for (int way = 0; way < ways; ++way) {
      double sum = 0;
      for (std::size_t i = 0; i < per_way.size(); ++i)
        if ((crowd.runners[i].mask.bits >> way & 1) != 0) sum += per_way[i];
      for (std::size_t i = 0; i < per_way.size(); ++i)
        if ((crowd.runners[i].mask.bits >> way & 1) != 0) expected[i] += per_way[i] / sum;
    }
    for (std::size_t i = 0; i < per_way.size(); ++i) RC_ASSERT(std::abs(expected[i] - c.rates[i].ways_held) < 0.01);
  });
}

TEST_CASE("The bus carries at most its ceiling, all of it when more is demanded, and makes nobody faster") {
  holds("ceiling", [] {
    const int ways = from_to(1, 24);
    const bool same_mask = from_to(0, 1) == 0;
    const Crowd crowd = any_crowd(ways, same_mask);
    const double ceiling = real(0.5, 60) * 1e9;
    const Contention free = contend(crowd.runners, domain(ways, 0));
    const Contention capped = contend(crowd.runners, domain(ways, ceiling));
    RC_ASSERT(capped.stall_factor >= 1);
    if (traffic(free) <= ceiling)
      RC_ASSERT(capped.stall_factor == 1);
    else
      RC_ASSERT(std::abs(traffic(capped) / ceiling - 1) < (same_mask ? 1e-6 : 1e-3));
    for (std::size_t i = 0; i < crowd.runners.size(); ++i) {
      const Contention alone = contend({crowd.runners[i]}, domain(ways, 0));
      RC_ASSERT(capped.rates[i].instructions_per_sec <= alone.rates[0].instructions_per_sec * (1 + 1e-9));
    }
  });
}

TEST_CASE("A tenant's misses never rise with its ways, and its CPI neither") {
  holds("monotone", [] {
    const Workload w = any_workload();
    const double few = real(0, 24);
    const double more = few + real(0, 8);
    const WorkloadPoint a = evaluate(w, few, kPaper);
    const WorkloadPoint b = evaluate(w, more, kPaper);
    RC_ASSERT(b.misses_per_instruction <= a.misses_per_instruction + 1e-15);
    RC_ASSERT(b.cpi() <= a.cpi() + 1e-12);
    RC_ASSERT(a.misses_per_instruction <= a.references_per_instruction + 1e-15);
    RC_ASSERT(b.misses_per_instruction >= 0);
  });
}

TEST_CASE("A curve of any shape is read within its bounds at any number of ways") {
  holds("curve bounds", [] {
    Curve curve;
    const int points = from_to(1, 24);
    double least_ipc = 64;
    for (int i = 0; i < points; ++i) {
      const double references = real(0, 100);
      curve.points.push_back({real(0.1, 4), references, references * real(0, 1), real(0, 1), {}});
      least_ipc = std::min(least_ipc, curve.points.back().ipc);
    }
    const CurvePoint p = curve_at(curve, real(0, 70), from_to(1, 64));
    RC_ASSERT(p.ipc >= least_ipc / 4 - 1e-12);
    RC_ASSERT(p.misses_per_ki >= 0);
    RC_ASSERT(p.misses_per_ki <= p.references_per_ki + 1e-9);
    RC_ASSERT(p.stall_ratio >= 0 && p.stall_ratio <= 1);
  });
}

Scenario any_scenario() {
  std::vector<TenantSpec> tenants;
  const int count = from_to(1, 4);
  for (int i = 0; i < count; ++i) {
    std::vector<PhaseSpec> phases;
    const int phase_count = from_to(1, 3);
    for (int p = 0; p < phase_count; ++p) {
      PhaseSpec& phase = phases.emplace_back();
      if (from_to(0, 4) != 0) phase.workload = any_workload();
      if (phase.workload && from_to(0, 1) == 0)
        phase.instructions = static_cast<std::uint64_t>(from_to(100, 3000)) * 1'000'000;
      else
        phase.time = std::chrono::milliseconds(from_to(50, 2000));
    }
    TenantSpec t = tenant("t" + std::to_string(i), from_to(1, 6), std::move(phases));
    t.repeat = from_to(0, 1) == 0;
    t.arrival = at(std::chrono::milliseconds(from_to(0, 1500)));
    if (from_to(0, 2) == 0) t.departure = t.arrival + std::chrono::milliseconds(from_to(1, 3000));
    if (from_to(0, 2) == 0) t.slow.push_back({at(1s), at(2s), real(1, 2)});
    tenants.push_back(std::move(t));
  }
  Scenario s = scenario(std::move(tenants));
  s.domains[0].memory_bytes_per_sec = from_to(0, 1) * 3e9;
  s.refill = std::chrono::milliseconds(from_to(0, 40));
  s.noise_ratio = from_to(0, 1) * 0.05;
  return s;
}

std::vector<ContainerId> present(SimulatedNode& node) {
  std::vector<ContainerId> out;
  const Result<std::vector<ContainerInfo>> list = node.containers().list();
  for (const ContainerInfo& info : *list) out.push_back(info.id);
  return out;
}

TEST_CASE("The same scenario gives the same bits, time never lacks behind, counters never fall") {
  holds("determinism", [] {
    const Scenario s = any_scenario();
    SimulatedNode one(s);
    SimulatedNode two(s);
    std::map<ContainerId, Sample> last;
    for (int step = 1; step <= 6; ++step) {
      for (SimulatedNode* node : {&one, &two}) {
        RC_ASSERT(node->counters().watch(present(*node)).empty());
        node->clock().sleep_until(at(step * 567ms));
        RC_ASSERT(node->clock().now() == at(step * 567ms));
      }
      const std::vector<ContainerSample> samples = *one.counters().read();
      RC_ASSERT(samples == *two.counters().read());
      for (const ContainerSample& now : samples) {
        const auto before = last.find(now.container);
        if (before != last.end())
          for (const Event e : kAllEvents) RC_ASSERT(now.sample[e]->value >= before->second[e]->value);
        RC_ASSERT(now.sample[Event::llc_misses]->value <= now.sample[Event::llc_references]->value);
        last[now.container] = now.sample;
      }
    }
  });
}

TEST_CASE("How often time is asked for does not change what happened") {
  holds("steps", [] {
    const Scenario s = any_scenario();
    SimulatedNode coarse(s);
    SimulatedNode fine(s);
    coarse.clock().sleep_until(at(3s));
    for (int step = 1; step <= 30; ++step) fine.clock().sleep_until(at(step * 100ms));
    const std::vector<TruthRow> a = coarse.truth();
    const std::vector<TruthRow> b = fine.truth();
    for (std::size_t i = 0; i < a.size(); ++i) {
      // An end of phase may fall on the next nanosecond.
      RC_ASSERT(std::abs(a[i].instructions - b[i].instructions) <= 1e-6 * a[i].instructions + 100);
      RC_ASSERT(std::abs(a[i].cycles - b[i].cycles) <= 1e-6 * a[i].cycles + 100);
    }
  });
}

Change any_change() {
  const GroupId group{std::string(1, static_cast<char>('a' + from_to(0, 4)))};
  switch (from_to(0, 3)) {
    case 0: return CreateGroup{group};
    case 1: {
      const Cbm mask(static_cast<std::uint64_t>(from_to(0, 1 << 12)));
      return WriteMasks{from_to(0, 3) == 0 ? GroupId{} : group, {{DomainId{0}, mask}}};
    }
    case 2: return MoveContainer{{from_to(0, 3) == 0 ? "ghost" : "a"}, group};
    default: return RemoveGroup{group};
  }
}

TEST_CASE("Whatever is asked for, the masks stay legal, and what is refused leaves no trace") {
  holds("legality", [] {
    Scenario s = scenario({tenant("a", 3, mload())});
    DomainSpec& d = s.domains[0];
    d.ways = Ways(11);
    d.min_cbm_bits = Ways(from_to(1, 3));
    d.shared_may_be_empty = from_to(0, 1) == 0;
    if (from_to(0, 1) == 0) d.tied = {Cbm(0x600)};
    s.closids = from_to(1, 4);
    Groups groups(s);
    for (int i = 0; i < 25; ++i) {
      const Masks before = groups.masks();
      const Status status = groups.apply(any_change(), [](const ContainerId& id) { return id.value == "a"; });
      const Masks after = groups.masks();
      if (!status.ok()) RC_ASSERT(after == before);
      RC_ASSERT(static_cast<int>(after.domains[0].groups.size()) < s.closids);
      std::vector<Cbm> masks{after.domains[0].shared};
      for (const GroupMask& g : after.domains[0].groups) masks.push_back(g.mask);
      for (const Cbm mask : masks) {
        if (mask.empty()) {
          RC_ASSERT(d.shared_may_be_empty);
          continue;
        }
        RC_ASSERT(mask.contiguous() && Cbm(0x7ff).contains(mask) && mask.size() >= d.min_cbm_bits);
        for (const Cbm tied : d.tied) RC_ASSERT(!mask.overlaps(tied) || mask.contains(tied));
      }
    }
  });
}

}  // namespace
}  // namespace dcat::sim::test
