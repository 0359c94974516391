#include "sim/node.h"

#include <cerrno>
#include <cmath>

#include "tests/sim/build.h"
#include "tests/support/catch.h"

namespace dcat::sim::test {
namespace {

const DomainId kZero{0};

std::vector<ContainerId> ids(std::vector<std::string> names) {
  std::vector<ContainerId> out;
  for (std::string& n : names) out.push_back({std::move(n)});
  return out;
}

std::uint64_t value(const ContainerSample& s, Event e) {
  return s.sample[e]->value;
}

TEST_CASE("Every port names itself, every event says that it is simulated") {
  SimulatedNode node(scenario({tenant("a", 3, mlr(5))}));
  CHECK(node.counters().name() == "sim");
  CHECK(node.containers().name() == "sim");
  CHECK(node.cache().name() == "sim");
  CHECK(node.counters().events().size() == kEventCount);
  for (const EventChoice& choice : node.counters().events()) {
    CHECK(choice.available);
    CHECK(choice.name == "simulated");
  }
}

TEST_CASE("The list of containers shows who is present, with its contract") {
  Scenario s =
      scenario({tenant("c", 3, mlr(5)), tenant("b", 0, mlr(5)), tenant("a", 0, mlr(5)), tenant("late", 2, mlr(5))});
  s.tenants[1].contract_kind = ContainerInfo::ContractKind::cpu_share;
  s.tenants[1].placements[0].cpus = 9;
  s.tenants[2].contract_kind = ContainerInfo::ContractKind::none;
  s.tenants[3].arrival = at(1s);
  s.tenants[0].isolated = true;
  s.tenants[1].managed = false;
  SimulatedNode node(s);
  const std::vector<ContainerInfo> list = *node.containers().list();
  CHECK(list ==
        std::vector<ContainerInfo>{{{"a"}, ContainerInfo::ContractKind::none, Ways(0), 0},
                                   {{"b"}, ContainerInfo::ContractKind::cpu_share, Ways(0), 0.5, 0, true, false},
                                   {{"c"}, ContainerInfo::ContractKind::given, Ways(3), 0, 0, true, true, true}});
  node.clock().sleep_until(at(1s));
  CHECK(node.containers().list()->size() == 4);
}

TEST_CASE("Counters count from the time they are watched, ascending by container and domain") {
  Scenario s = scenario({tenant("b", 3, mload()), tenant("a", 3, mload())});
  s.domains.push_back(s.domains[0]);
  s.domains[1].id = DomainId{3};
  s.tenants[0].placements = {{DomainId{3}, 2}, {kZero, 1}};
  SimulatedNode node(s);
  node.clock().sleep_until(at(1s));
  CHECK(node.counters().watch(ids({"a", "b"})).empty());
  node.clock().sleep_until(at(3s));
  const std::vector<ContainerSample> samples = *node.counters().read();
  REQUIRE(samples.size() == 3);
  CHECK(samples[0].container.value == "a");
  CHECK(samples[1].container.value == "b");
  CHECK(samples[1].domain == kZero);
  CHECK(samples[2].domain == DomainId{3});
  CHECK(samples[0].sample.at == at(3s));
  CHECK(samples[0].sample.enabled == 2s);
  CHECK(samples[2].sample.enabled == 4s);
  CHECK(value(samples[0], Event::cycles) == 4'600'000'000);
  CHECK(value(samples[2], Event::cycles) == 9'200'000'000);
  CHECK(samples[0].sample[Event::cycles]->running == 2s);
  // CPI 0.5 + 0.0625 x 20; 0.5 loads and 0.0625 references an instruction, each a miss.
  CHECK(value(samples[0], Event::instructions) == Approx(4.6e9 / 1.75));
  CHECK(value(samples[0], Event::memory_accesses) == Approx(2.3e9 / 1.75));
  CHECK(value(samples[0], Event::llc_references) == Approx(4.6e9 / 1.75 * 0.0625));
  CHECK(value(samples[0], Event::llc_misses) == value(samples[0], Event::llc_references));
}

TEST_CASE("Watching somebody who is not there is an error for that one alone") {
  SimulatedNode node(scenario({tenant("a", 3, mload())}));
  const std::vector<Error> errors = node.counters().watch(ids({"a", "ghost"}));
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].to_string() == "count ghost: no such tenant on the simulated node");
  CHECK(node.counters().read()->size() == 1);
  CHECK(node.counters().watch({}).empty());
  CHECK(node.counters().read()->empty());
}

TEST_CASE("Who departs is not read any more, and who is watched anew starts at zero") {
  Scenario s = scenario({tenant("a", 3, mload()), tenant("b", 3, mload())});
  s.tenants[0].departure = at(2s);
  SimulatedNode node(s);
  CHECK(node.counters().watch(ids({"a", "b"})).empty());
  node.clock().sleep_until(at(2s));
  CHECK(node.counters().read()->size() == 1);
  CHECK(node.counters().watch({}).empty());
  CHECK(node.counters().watch(ids({"b"})).empty());
  CHECK(value(node.counters().read()->at(0), Event::cycles) == 0);
}

TEST_CASE("Counters that the node lacks are absent, and so are the loads of a curve that gives none") {
  Scenario s = scenario({tenant("a", 3, mload()), tenant("b", 3, curve({{1, 5, 1, 0.1, {}}}))});
  s.absent_counters = {Event::llc_misses};
  SimulatedNode node(s);
  CHECK_FALSE(node.counters().events()[4].available);
  CHECK(node.counters().watch(ids({"a", "b"})).empty());
  node.clock().sleep_until(at(1s));
  const std::vector<ContainerSample> samples = *node.counters().read();
  CHECK(samples[0].sample[Event::memory_accesses].has_value());
  CHECK_FALSE(samples[0].sample[Event::llc_misses].has_value());
  CHECK_FALSE(samples[1].sample[Event::memory_accesses].has_value());
  CHECK(samples[1].sample[Event::instructions].has_value());
}

std::vector<std::uint64_t> noisy_instructions(std::uint64_t seed, double ratio, bool with_other) {
  Scenario s = scenario({tenant("a", 3, mload())});
  if (with_other) s.tenants.push_back(tenant("0", 3, lookbusy()));
  s.noise_ratio = ratio;
  s.seed = seed;
  SimulatedNode node(s);
  REQUIRE(node.counters().watch(with_other ? ids({"0", "a"}) : ids({"a"})).empty());
  std::vector<std::uint64_t> seen;
  for (int i = 1; i <= 400; ++i) {
    node.clock().sleep_until(at(i * 100ms));
    seen.push_back(value(node.counters().read()->back(), Event::instructions));
  }
  return seen;
}

TEST_CASE("Noise is the seed's, whoever else is there, and differs between seeds") {
  const std::vector<std::uint64_t> once = noisy_instructions(7, 0.01, false);
  CHECK(once == noisy_instructions(7, 0.01, false));
  CHECK(once == noisy_instructions(7, 0.01, true));
  CHECK(once != noisy_instructions(8, 0.01, false));
}

TEST_CASE("The noise of one seed is known to the digit") {
  Random random(1, "a", 0);
  CHECK(random.next() == 17364177317273994492U);
  CHECK(random.normal() == -0.0584641695022583);
}

TEST_CASE("Noise has the mean and the deviation that were asked for, and counters never fall") {
  const std::vector<std::uint64_t> seen = noisy_instructions(3, 0.02, false);
  const double clean = 2.3e8 / 1.75;
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 1; i < seen.size(); ++i) {
    REQUIRE(seen[i] >= seen[i - 1]);
    const double off = static_cast<double>(seen[i] - seen[i - 1]) / clean - 1;
    sum += off;
    squares += off * off;
  }
  const auto n = static_cast<double>(seen.size() - 1);
  CHECK(std::abs(sum / n) < 3 * 0.02 / std::sqrt(n));
  CHECK(std::sqrt(squares / n) == Approx(0.02).epsilon(0.15));
}

TEST_CASE("Even great noise lets no counter fall, and a second read at one time says the same") {
  Scenario s = scenario({tenant("a", 3, mlr(25))});
  s.noise_ratio = 1;
  SimulatedNode node(s);
  CHECK(node.counters().watch(ids({"a"})).empty());
  ContainerSample last = node.counters().read()->at(0);
  for (int i = 1; i <= 300; ++i) {
    node.clock().sleep_until(at(i * 10ms));
    const ContainerSample now = node.counters().read()->at(0);
    CHECK(node.counters().read()->at(0) == now);
    for (const Event e : kAllEvents) CHECK(value(now, e) >= value(last, e));
    last = now;
  }
}

TEST_CASE("Without a pace time passes at once, with one the caller waits for it") {
  std::vector<Duration> waits;
  SimulatedNode fast(scenario({tenant("a", 3, mload())}));
  fast.clock().sleep_until(at(1h));
  CHECK(fast.clock().now() == at(1h));
  SimulatedNode paced(scenario({tenant("a", 3, mload())}), Pace{10, [&](Duration d) { waits.push_back(d); }});
  paced.clock().sleep_until(at(1s));
  paced.clock().sleep_until(at(1s));
  paced.clock().sleep_until(at(500ms));
  CHECK(paced.clock().now() == at(1s));
  CHECK(waits == std::vector<Duration>{100ms});
}

Scenario two_domains() {
  Scenario s = scenario({tenant("web", 3, mlr(5))});
  s.domains[0].min_cbm_bits = Ways(2);
  s.domains[0].shared_may_be_empty = false;
  s.domains.push_back(s.domains[0]);
  s.domains[1].id = DomainId{3};
  s.domains[1].ways = Ways(11);
  s.domains[1].tied = {Cbm(0x600)};
  s.domains[1].shareable = Cbm(0x600);
  s.closids = 3;
  return s;
}

TEST_CASE("The geometry is the scenario's") {
  SimulatedNode node(two_domains());
  const Geometry g = *node.cache().read_geometry();
  CHECK(g.closids == 3);
  REQUIRE(g.domains.size() == 2);
  CHECK(g.domains[0].available == Cbm(0xfffff));
  CHECK(g.domains[1] == DomainGeometry{DomainId{3}, Cbm(0x7ff), Cbm(0x600), Ways(2), {Cbm(0x600)}, false, 2359296});
}

TEST_CASE("A new group has every way, is written, gets members and loses them when it goes") {
  SimulatedNode node(two_domains());
  CacheControl& cache = node.cache();
  const GroupId group{"g"};
  REQUIRE(cache.apply(CreateGroup{group}).ok());
  CHECK(cache.read_masks()->domains[1].groups == std::vector<GroupMask>{{group, Cbm(0x7ff)}});
  REQUIRE(cache.apply(WriteMasks{group, {{kZero, Cbm(0x3)}}}).ok());
  CHECK(cache.read_masks()->domains[0].groups[0].mask == Cbm(0x3));
  CHECK(cache.read_masks()->domains[1].groups[0].mask == Cbm(0x7ff));
  REQUIRE(cache.apply(WriteMasks{GroupId{}, {{kZero, Cbm(0xfffc)}}}).ok());
  CHECK(cache.read_masks()->domains[0].shared == Cbm(0xfffc));
  REQUIRE(cache.apply(MoveContainer{{"web"}, group}).ok());
  CHECK(cache.read_masks()->members == std::vector<Member>{{{"web"}, group}});
  CHECK(node.standings()[0].mask == Cbm(0x3));
  REQUIRE(cache.apply(RemoveGroup{group}).ok());
  CHECK(cache.read_masks()->members.empty());
  CHECK(cache.read_masks()->domains[0].groups.empty());
  CHECK(node.standings()[0].mask == Cbm(0xfffc));
}

TEST_CASE("A write that covers a part of a tied set covers all of it and reads back so") {
  SimulatedNode node(two_domains());
  REQUIRE(node.cache().apply(WriteMasks{GroupId{}, {{DomainId{3}, Cbm(0x3c0 | 0x200)}}}).ok());
  CHECK(node.cache().read_masks()->domains[1].shared == Cbm(0x7c0));
  REQUIRE(node.cache().apply(WriteMasks{GroupId{}, {{DomainId{3}, Cbm(0x1c0)}}}).ok());
  CHECK(node.cache().read_masks()->domains[1].shared == Cbm(0x1c0));
}

TEST_CASE("What the node refuses, it refuses in the kernel's words and without a trace") {
  struct Case {
    Change change;
    int number;
    std::string text;
  };
  const GroupId g{"g"};
  const DomainId three{3};
  const std::vector<Case> cases{
      {CreateGroup{g}, EEXIST, "create group \"g\": EEXIST: File exists"},
      {CreateGroup{GroupId{}}, EEXIST, "create the default group: EEXIST: File exists"},
      {CreateGroup{GroupId{"third"}}, ENOSPC,
       "create group \"third\": ENOSPC: Out of CLOSIDs; remove a group: this node has 3 CLOSIDs, the default "
       "group's "
       "included"},
      {WriteMasks{GroupId{"ghost"}, {{kZero, Cbm(3)}}}, ENOENT,
       "write \"L3:0=3\" to group \"ghost\": ENOENT: No such file or directory"},
      {WriteMasks{g, {{kZero, Cbm(0)}}}, EINVAL, "write \"L3:0=0\" to group \"g\": EINVAL: Mask out of range"},
      {WriteMasks{g, {{kZero, Cbm(0x180000)}}}, EINVAL,
       "write \"L3:0=180000\" to group \"g\": EINVAL: Mask out of range"},
      {WriteMasks{g, {{kZero, Cbm(0xf5)}}}, EINVAL,
       "write \"L3:0=f5\" to group \"g\": EINVAL: The mask f5 has non-consecutive 1-bits"},
      {WriteMasks{g, {{kZero, Cbm(0x10)}}}, EINVAL,
       "write \"L3:0=10\" to group \"g\": EINVAL: Need at least 2 bits in the mask"},
      {WriteMasks{g, {{DomainId{1}, Cbm(3)}}}, EINVAL, "write \"L3:1=3\" to group \"g\": EINVAL: no cache domain 1"},
      {WriteMasks{g, {{kZero, Cbm(3)}, {kZero, Cbm(7)}}}, EINVAL,
       "write \"L3:0=3;0=7\" to group \"g\": EINVAL: Duplicate domain 0"},
      // The first half is right, and is not written.
      {WriteMasks{g, {{kZero, Cbm(3)}, {three, Cbm(0x1000)}}}, EINVAL,
       "write \"L3:0=3;3=1000\" to group \"g\": EINVAL: Mask out of range"},
      {WriteMasks{GroupId{}, {{kZero, Cbm(0x5)}}}, EINVAL,
       "write \"L3:0=5\" to the default group: EINVAL: The mask 5 has non-consecutive 1-bits"},
      {MoveContainer{{"web"}, GroupId{"ghost"}}, ENOENT,
       "move \"web\" to group \"ghost\": ENOENT: No such file or directory"},
      {MoveContainer{{"ghost"}, g}, ESRCH, "move \"ghost\" to group \"g\": ESRCH: No task of this container"},
      {RemoveGroup{GroupId{"ghost"}}, ENOENT, "remove group \"ghost\": ENOENT: No such file or directory"},
      {RemoveGroup{GroupId{}}, EPERM, "remove the default group: EPERM: Operation not permitted"},
  };
  SimulatedNode node(two_domains());
  REQUIRE(node.cache().apply(CreateGroup{g}).ok());
  REQUIRE(node.cache().apply(CreateGroup{GroupId{"h"}}).ok());
  const Masks before = *node.cache().read_masks();
  for (const Case& c : cases) {
    Status status = node.cache().apply(c.change);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::failed);
    CHECK(status.error().to_string() == c.text);
    CHECK(status.error().sys_errno == c.number);
    CHECK(*node.cache().read_masks() == before);
  }
}

TEST_CASE("A node with MBA takes throttles as the kernel does, one without refuses them") {
  Scenario s = scenario({tenant("a", 3, mload())});
  s.domains[0].throttles = ThrottleSteps{Throttle(20), 10};
  SimulatedNode node(s);
  CHECK(node.cache().read_geometry()->domains[0].throttles == s.domains[0].throttles);
  const auto write = [](SimulatedNode& to, const char* group, int percent) {
    const Status done = to.cache().apply(WriteMasks{GroupId{group}, {}, {{DomainId{0}, Throttle(percent)}}});
    return done ? std::string() : done.error().to_string();
  };
  REQUIRE(node.cache().apply(CreateGroup{GroupId{"g"}}).ok());
  REQUIRE(node.cache().apply(MoveContainer{ContainerId{"a"}, GroupId{"g"}}).ok());
  const double free = node.standings()[0].misses_per_sec;
  CHECK(write(node, "g", 34).empty());
  CHECK(throttle_of(&node.cache().read_masks()->domains[0], GroupId{"g"}) == Throttle(40));  // rounded up
  CHECK(node.standings()[0].misses_per_sec == Approx(0.4 * kCoreBytesPerSec / kLineBytes));
  CHECK(write(node, "g", 10).find("EINVAL: MB value 10 out of range [20,100]") != std::string::npos);
  CHECK(write(node, "g", 101).find("out of range") != std::string::npos);
  CHECK(write(node, "", 50).find("EINVAL") != std::string::npos);
  CHECK(throttle_of(&node.cache().read_masks()->domains[0], GroupId{"g"}) == Throttle(40));
  CHECK(write(node, "g", 100).empty());
  CHECK(node.standings()[0].misses_per_sec == free);
  SimulatedNode without(scenario({tenant("a", 3, mload())}));
  REQUIRE(without.cache().apply(CreateGroup{GroupId{"g"}}).ok());
  CHECK(write(without, "g", 50).find("Unknown or unsupported resource name 'MB'") != std::string::npos);
}

TEST_CASE("Where the shared region may be empty, an empty mask is legal and gives no cache") {
  SimulatedNode node(scenario({tenant("a", 3, mlr(5))}));
  REQUIRE(node.cache().apply(WriteMasks{GroupId{}, {{kZero, Cbm(0)}}}).ok());
  CHECK(node.standings()[0].ways_held == 0);
}

}  // namespace
}  // namespace dcat::sim::test
