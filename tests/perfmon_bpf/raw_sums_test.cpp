#include "perfmon/bpf/raw_sums.h"

#include "tests/support/catch.h"

using namespace dcat;
using namespace std::chrono_literals;

namespace {

// A {cycles, instructions, references, misses}, B {cycles, instructions, accesses}
const std::vector<Turn> kTurns = plan_turns({kAllEvents.begin(), kAllEvents.end()});
constexpr std::uint64_t kMs = 1'000'000;

// CPUs 0 and 1 behind L3 number 0, CPU 3 behind number 8; CPU 2 is not counted.
struct Container {
  std::vector<CountedCpu> cpus{{0, DomainId{0}}, {1, DomainId{0}}, {3, DomainId{8}}};
  std::vector<dcat_bpf_sums> kernel{4}, before{3};
  std::map<DomainId, DomainTotals> totals{{DomainId{0}, DomainTotals(kTurns)}, {DomainId{8}, DomainTotals(kTurns)}};
  std::vector<CpuUse> use;
  RawSums sums;

  explicit Container(CountBounds bounds = {}) : sums(kTurns, bounds) {}

  void ran(std::size_t cpu, std::size_t turn, std::uint64_t ns, std::uint64_t cycles, std::uint64_t instructions,
           std::uint64_t third = 0, std::uint64_t fourth = 0) {
    kernel[cpu].ran_ns[turn] += ns;
    kernel[cpu].running_ns[turn] += ns;
    const std::uint64_t more[DCAT_BPF_SLOTS]{cycles, instructions, third, fourth};
    for (std::size_t i = 0; i < DCAT_BPF_SLOTS; ++i) kernel[cpu].counts[turn][i] += more[i];
  }
  Sample read(DomainId domain) {
    use.assign(cpus.size(), {});
    sums.take(cpus, kernel, before, totals, use);
    for (auto& [id, total] : totals) total.end_interval();
    return totals.at(domain).sample(TimePoint{});
  }
};

}  // namespace

TEST_CASE("the CPUs of an L3 are summed, and a CPU that is not counted is left out") {
  Container c;
  c.ran(0, 0, 10 * kMs, 1000, 2000, 30, 4);
  c.ran(1, 0, 20 * kMs, 500, 700, 20, 1);
  c.ran(2, 0, 40 * kMs, 9000, 9000, 9000, 9000);
  c.ran(3, 0, 5 * kMs, 1, 2, 3, 4);
  const Sample near = c.read(DomainId{0});
  CHECK(near.enabled == 30ms);
  CHECK(near[Event::cycles] == Reading{1500, 30ms});
  CHECK(near[Event::instructions] == Reading{2700, 30ms});
  CHECK(near[Event::llc_references]->value == 50);
  CHECK(near[Event::llc_misses]->value == 5);
  CHECK(!near[Event::memory_accesses]);
  CHECK(c.totals.at(DomainId{8}).sample(TimePoint{}).enabled == 5ms);
  CHECK(c.use[1].enabled == 20ms);
}

TEST_CASE("only what was added since the last reading is taken in") {
  Container c;
  c.ran(0, 0, 10 * kMs, 1000, 2000);
  c.read(DomainId{0});
  CHECK(c.read(DomainId{0})[Event::cycles] == Reading{1000, 10ms});
  c.ran(0, 0, 1 * kMs, 100, 200);
  CHECK(c.read(DomainId{0})[Event::cycles] == Reading{1100, 11ms});
}

TEST_CASE("both turns of one interval are in its sample, as DomainTotals shares them out") {
  Container c;
  c.ran(0, 0, 10 * kMs, 1000, 3000, 60, 6);
  c.ran(0, 1, 30 * kMs, 1000, 1000, 500);
  const Sample sample = c.read(DomainId{0});
  CHECK(sample.enabled == 40ms);
  CHECK(sample[Event::instructions] == Reading{4000, 40ms});
  // 3,000 of the 4,000 instructions were counted with the references, 1,000 with the accesses.
  CHECK(sample[Event::llc_references] == Reading{60, 30ms});
  CHECK(sample[Event::memory_accesses] == Reading{500, 10ms});
}

TEST_CASE("time on counters is never more than time on the CPU") {
  Container c;
  c.ran(0, 0, 10 * kMs, 1000, 2000);
  c.kernel[0].running_ns[0] += 300;  // two clocks
  CHECK(c.read(DomainId{0})[Event::cycles] == Reading{1000, 10ms});
  CHECK(c.sums.faults() == FaultCounts{});
}

TEST_CASE("a window that cannot be true counts as time without counts, by reason") {
  struct Case {
    CountingFault fault;
    std::uint64_t cycles, instructions;
    bool on_counters;
  };
  for (const Case& bad :
       {Case{CountingFault::jumped, std::uint64_t{1} << 47, 2000, true},
        Case{CountingFault::fell, std::uint64_t{0} - 5, 2000, true},
        Case{CountingFault::too_many_cycles, 100 * 8 * kMs, 2000, true},
        Case{CountingFault::too_many_instructions, 1000, 8001, true},
        Case{CountingFault::counted_nothing, 0, 2000, true}, Case{CountingFault::never_scheduled, 0, 0, false}}) {
    CAPTURE(name_of(bad.fault));
    Container c;
    c.ran(0, 0, 10 * kMs, 1000, 2000);
    c.read(DomainId{0});
    c.ran(0, 0, 10 * kMs, bad.cycles, bad.instructions);
    c.ran(1, 0, 10 * kMs, 100, 200);
    if (!bad.on_counters) c.kernel[0].running_ns[0] -= 10 * kMs;
    const Sample sample = c.read(DomainId{0});
    CHECK(sample.enabled == 30ms);
    CHECK(sample[Event::cycles] == Reading{1100, 20ms});
    FaultCounts want;
    want[bad.fault] = 1;
    CHECK(c.sums.faults() == want);
    // The next window is held against what was read last, not against what was believed.
    c.ran(0, 0, 10 * kMs, 1000, 2000);
    CHECK(c.read(DomainId{0})[Event::cycles] == Reading{2100, 30ms});
  }
}

TEST_CASE("the kernel's own events are not held against the machine's limits") {
  Container c(CountBounds{false, 8e9});
  c.ran(0, 0, 10 * kMs, 0, 2000);
  CHECK(c.read(DomainId{0})[Event::instructions] == Reading{2000, 10ms});
  CHECK(c.sums.faults() == FaultCounts{});
}

TEST_CASE("how a CPU was used tells time on it from time on counters") {
  Container c;
  c.ran(0, 0, 10 * kMs, 1000, 2000);
  c.kernel[1].ran_ns[1] = 7 * kMs;
  c.read(DomainId{0});
  CHECK((c.use[0].enabled == 10ms && c.use[0].running == 10ms));
  CHECK((c.use[1].enabled == 7ms && c.use[1].running == 0ms));
}
