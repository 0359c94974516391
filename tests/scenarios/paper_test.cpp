// The paper's behaviour, period by period: which ways were in force, which state was decided, and why.
// Source: dCat (EuroSys 2018), section 6; rules in docs/algorithm.md. All figures are simulated.
#include "tests/scenarios/play.h"
#include "tests/sim/build.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::test;

namespace {

// The first n periods' ways in force.
std::vector<int> first(const std::vector<int>& ways, std::size_t n) {
  return {ways.begin(), ways.begin() + static_cast<std::ptrdiff_t>(std::min(n, ways.size()))};
}

bool all_from(const std::vector<int>& ways, std::size_t period, int value) {
  for (std::size_t i = period - 1; i < ways.size(); ++i)
    if (ways[i] != value) return false;
  return true;
}

}  // namespace

TEST_CASE("six tenants of 3 ways on 20: the stream goes from 3 to 9 ways, then to 1, and stays there") {
  const char* file = GENERATE("paper-6x3.yaml", "paper-6x3-shared2.yaml");
  const Play p = play(file);
  INFO(file << "\n" << p.describe("mload"));
  // Period 1 is admission (everybody may fill everything), 2 the baseline, 3 the first judgement; then a way a period
  // up to streaming_factor x 3 = 9 ways, and 1 way once that gained nothing.
  CHECK(first(p.ways_of("mload"), 12) == std::vector<int>{20, 3, 3, 4, 5, 6, 7, 8, 9, 1, 1, 1});
  CHECK(all_from(p.ways_of("mload"), 10, 1));
  CHECK(p.at(9, "mload").state == State::streaming);
  CHECK(p.at(9, "mload").why == ReasonCode::no_gain_streaming);
  CHECK(p.at(60, "mload").state == State::streaming);
}

TEST_CASE("six tenants of 3 ways on 20: the random reader grows a way a period to the 5 ways of its set and stays") {
  const char* file = GENERATE("paper-6x3.yaml", "paper-6x3-shared2.yaml");
  const Play p = play(file);
  INFO(file << "\n" << p.describe("mlr"));
  CHECK(first(p.ways_of("mlr"), 8) == std::vector<int>{20, 3, 3, 4, 5, 5, 5, 5});
  CHECK(all_from(p.ways_of("mlr"), 5, 5));
  CHECK(p.at(3, "mlr").state == State::unknown);
  CHECK(p.at(4, "mlr").state == State::receiver);
  CHECK(*p.at(4, "mlr").reason.gain >= 0.05);
  CHECK(p.at(5, "mlr").state == State::keeper);
  CHECK(p.at(60, "mlr").state == State::keeper);
}

TEST_CASE("six tenants of 3 ways on 20: the idle ones fall to 1 way in one step") {
  const char* file = GENERATE("paper-6x3.yaml", "paper-6x3-shared2.yaml");
  const Play p = play(file);
  for (const char* tenant : {"lookbusy-1", "lookbusy-2", "lookbusy-3", "lookbusy-4"}) {
    INFO(file << "\n" << p.describe(tenant));
    CHECK(first(p.ways_of(tenant), 5) == std::vector<int>{20, 3, 3, 1, 1});
    CHECK(all_from(p.ways_of(tenant), 4, 1));
    CHECK(p.at(3, tenant).state == State::donor);
    CHECK(p.at(3, tenant).why == ReasonCode::idle);
  }
}

TEST_CASE("six tenants of 3 ways on 20: the free ways are the shared region's, down to shared_ways") {
  const Play none = play("paper-6x3.yaml");
  // 20 - 6 x 3 = 2 of them free; period 3 gives 4 x 2 back and two ways to mlr and mload.
  CHECK(none.periods[1].shared == 2);
  CHECK(none.periods[1].free == 2);
  CHECK(none.periods[2].shared == 2 + 8 - 2);
  const Play two = play("paper-6x3-shared2.yaml");
  CHECK(two.periods[1].shared == 2);
  CHECK(two.periods[1].free == 0);
  for (const PlayedPeriod& p : two.periods) CHECK(p.shared >= 2);
}

TEST_CASE("a phase seen before goes straight to its known size in one period, Streaming too") {
  const Play p = play("phases.yaml");
  INFO(p.describe("alternating"));
  // Phases of 20 s: a random reader of 6 ways, then a stream. Both are learned once.
  CHECK(p.at(21, "alternating").why == ReasonCode::new_phase);
  CHECK(p.at(22, "alternating").in_force == 3);
  CHECK(p.at(29, "alternating").state == State::streaming);
  CHECK(p.at(41, "alternating").why == ReasonCode::known_phase);
  CHECK(p.at(41, "alternating").in_force == 1);
  CHECK(p.at(41, "alternating").state == State::keeper);
  CHECK(p.at(42, "alternating").in_force == 6);
  CHECK(p.at(61, "alternating").why == ReasonCode::known_phase);
  CHECK(p.at(61, "alternating").state == State::streaming);
  CHECK(p.at(62, "alternating").in_force == 1);
}

TEST_CASE("a load that swings by half is no other phase, with noise on the counters and without") {
  const double noise = GENERATE(0.0, 0.041);
  const PolicyKind policy = GENERATE(PolicyKind::fair, PolicyKind::max_performance);
  const Play p = play("load-swings.yaml", {0, [policy](Config& c) { c.parameters.policy = policy; },
                                           [noise](sim::Scenario& s) { s.noise_ratio = noise; }});
  INFO(p.describe("server"));
  int reclaims = 0;
  for (std::size_t period = 2; period <= p.periods.size(); ++period) {
    CHECK(p.at(period, "server").why != ReasonCode::new_phase);
    CHECK(p.at(period, "server").why != ReasonCode::known_phase);
    if (p.at(period, "server").state == State::reclaim) ++reclaims;
  }
  if (noise == 0) CHECK(reclaims == 0);
  CHECK(p.at(15, "server").phase == p.at(5, "server").phase);
}

TEST_CASE("a donor that suffers has its contract back in the next period and gives no more in this phase") {
  const Play p = play("donor-suffers.yaml");
  INFO(p.describe("roomy"));
  // 6 ways for a set that fits in 3: one way a period, and the one too many.
  CHECK(first(p.ways_of("roomy"), 9) == std::vector<int>{20, 6, 6, 5, 4, 3, 2, 6, 6});
  CHECK(p.at(7, "roomy").why == ReasonCode::guarantee);
  CHECK(p.at(7, "roomy").state == State::reclaim);
  CHECK(*p.at(7, "roomy").reason.normalised_ipc < 0.95);
  CHECK(all_from(p.ways_of("roomy"), 8, 6));
}

TEST_CASE("what a donor that suffers gets back comes from whoever holds more than its contract") {
  const Play p = play("donor-suffers.yaml");
  INFO(p.describe("hungry"));
  CHECK(p.at(7, "hungry").in_force > 4);
  CHECK(p.at(7, "hungry").ways == p.at(7, "hungry").in_force - 1);
  CHECK(p.at(60, "hungry").ways >= 4);
}

TEST_CASE(
    "contracts of 4, 4, 4, 4 and 3 on 20 with one shared way leave an empty pool: Unknowns are probed one by one") {
  const Play p = play("full-pool.yaml");
  INFO(p.describe("stream-1") << p.describe("stream-2"));
  CHECK(p.periods[1].free == 0);
  CHECK(p.periods[1].shared == 1);
  CHECK(p.at(3, "stream-1").why == ReasonCode::probing);
  CHECK(p.at(3, "stream-2").why == ReasonCode::wants_more);
  CHECK(p.at(4, "stream-1").in_force == 1);
  CHECK(p.at(4, "stream-1").state == State::streaming);
  for (const PlayedPeriod& period : p.periods) {
    int probes = 0;
    for (const auto& [name, tenant] : period.tenants) probes += tenant.why == ReasonCode::probing ? 1 : 0;
    CHECK(probes <= 1);
    CHECK(period.shared >= 1);
  }
  CHECK(p.at(60, "stream-2").state == State::streaming);
  CHECK(p.at(60, "table").ways == 7);
}

TEST_CASE("fair shares ways out in turn, max performance gives them to whoever gains more") {
  const auto with = [](PolicyKind policy) {
    return play("max-vs-fair.yaml", {60, [policy](Config& c) { c.parameters.policy = policy; }, {}});
  };
  const Play fair = with(PolicyKind::fair);
  const Play max = with(PolicyKind::max_performance);
  const auto total = [](const Play& p) {
    double sum = 0;
    for (const char* tenant : {"steep", "flat"}) sum += p.at(60, tenant).truth;
    return sum;
  };
  INFO(fair.describe("steep") << "-- max\n"
                              << max.describe("steep") << "-- flat\n"
                              << fair.describe("flat") << "-- max\n"
                              << max.describe("flat"));
  CHECK(max.at(60, "steep").ways > fair.at(60, "steep").ways);
  CHECK(total(max) > total(fair));
  CHECK(max.at(60, "flat").ways >= 3);
}

TEST_CASE("a tenant that gains 3 % a way grows to three times its contract, or stops early with cumulative gains") {
  const auto with = [](bool cumulative) {
    return play("gain-3pct.yaml",
                {60, [cumulative](Config& c) { c.parameters.count_cumulative_gain = cumulative; }, {}});
  };
  // No way alone gains 5 %: it stays Unknown up to 9 ways, where 1.03^6 - 1 = 19 % together make it a Keeper. For one
  // period no way is free: the ninth comes when the stream gives its own back. It is not tried at 1 way meanwhile: it
  // has gained, so less would hurt.
  const Play each = with(false);
  INFO(each.describe("slope"));
  CHECK(first(each.ways_of("slope"), 11) == std::vector<int>{20, 3, 3, 4, 5, 6, 7, 8, 8, 9, 9});
  CHECK(each.at(10, "slope").state == State::keeper);
  CHECK(each.at(10, "slope").why == ReasonCode::cumulative_keeper);
  CHECK(all_from(each.ways_of("slope"), 10, 9));
  // Two ways gain 1.03^2 - 1 = 6 % together: Receiver, whose next way gains 3 %: Keeper at 6.
  const Play together = with(true);
  INFO(together.describe("slope"));
  CHECK(first(together.ways_of("slope"), 8) == std::vector<int>{20, 3, 3, 4, 5, 6, 6, 6});
  CHECK(together.at(5, "slope").why == ReasonCode::gained_cumulative);
  CHECK(together.at(6, "slope").state == State::keeper);
}

TEST_CASE("a sibling thread that slows a tenant without a miss more moves nothing") {
  const Play p = play(
      "paper-6x3.yaml",
      {60, {}, [](sim::Scenario& s) {
         for (sim::TenantSpec& tenant : s.tenants)
           if (tenant.id.value == "lookbusy-1")
             tenant.slow.push_back({TimePoint(std::chrono::seconds(20)), TimePoint(std::chrono::seconds(30)), 1.4});
       }});
  INFO(p.describe("lookbusy-1"));
  for (std::size_t period = 21; period <= 30; ++period) {
    CHECK(p.at(period, "lookbusy-1").why == ReasonCode::non_cache_interference);
    CHECK(p.at(period, "lookbusy-1").state == State::donor);
    CHECK(p.at(period, "lookbusy-1").ways == 1);
    CHECK(p.periods[period - 1].decision.changes.empty());
  }
  CHECK(p.at(31, "lookbusy-1").why == ReasonCode::idle);
}

TEST_CASE("a tenant at its contract that a sibling slows keeps its state, and nobody's ways move") {
  const PolicyKind policy = GENERATE(PolicyKind::fair, PolicyKind::max_performance);
  const Play p = play("smt-sibling.yaml", {0, [policy](Config& c) { c.parameters.policy = policy; }, {}});
  INFO(p.describe("mlr") << p.describe("store"));
  CHECK(p.at(25, "mlr").why == ReasonCode::non_cache_interference);
  CHECK(p.at(25, "store").why == ReasonCode::non_cache_interference);
  for (std::size_t period = 21; period <= 41; ++period) {
    CHECK(p.at(period, "mlr").state == State::keeper);
    CHECK(p.periods[period - 1].decision.changes.empty());
  }
}

TEST_CASE("a tenant that comes takes its contract at once from whoever holds more, and leaves its ways when it goes") {
  const Play p = play("arrivals.yaml");
  INFO(p.describe("second") << p.describe("first"));
  CHECK(p.at(27, "second").why == ReasonCode::admitted);
  CHECK(p.at(28, "second").in_force == 6);
  CHECK(p.at(28, "second").state == State::keeper);
  CHECK(p.at(46, "too-large").why == ReasonCode::refused);
  CHECK_FALSE(p.at(46, "too-large").dedicated);
  CHECK(p.at(60, "first").ways > p.at(59, "first").ways);  // "second" has gone
}

TEST_CASE("each L3 domain has its own plan") {
  const Play p = play("two-domains.yaml");
  INFO(p.describe("both@0") << p.describe("both@3"));
  CHECK(p.at(60, "both@0").ways == 6);
  CHECK(p.at(60, "both@3").ways == 5);
  CHECK(p.at(60, "near@0").ways == 10);
  CHECK(p.at(60, "far@3").state == State::streaming);
  CHECK(p.periods[0].decision.plan.domains.size() == 2);
}

TEST_CASE("no tenant is below 0.95 of its baseline for more than one period in a row") {
  const char* file =
      GENERATE("paper-6x3.yaml", "paper-6x3-shared2.yaml", "phases.yaml", "donor-suffers.yaml", "full-pool.yaml",
               "gain-3pct.yaml", "two-domains.yaml", "arrivals.yaml", "max-vs-fair.yaml");
  const PolicyKind policy = GENERATE(PolicyKind::fair, PolicyKind::max_performance);
  const Play p = play(file, {0, [policy](Config& c) { c.parameters.policy = policy; }, {}});
  for (const auto& [name, last] : p.periods.back().tenants) {
    if (!last.dedicated || name == "shared") continue;
    INFO(file << " " << name << "\n" << p.describe(name));
    CHECK(p.longest_below(name, 0.95) <= 1);
  }
}

TEST_CASE("dCat beats contracts alone, and no partitions at all, in the paper's scenario") {
  const char* file = GENERATE("paper-6x3.yaml", "paper-6x3-shared2.yaml");
  const Play p = play(file);
  double dcat = 0;
  int n = 0;
  const auto contracts = sim::run_fixed(p.scenario, sim::FixedMasks::static_contracts, p.config.interval, 60);
  const auto shared = sim::run_fixed(p.scenario, sim::FixedMasks::shared_cache, p.config.interval, 60);
  REQUIRE(contracts.ok());
  REQUIRE(shared.ok());
  double with_contracts = 0, with_shared = 0;
  for (const sim::FixedResult& r : *contracts) with_contracts += r.normalised_ipc.value();
  for (const sim::FixedResult& r : *shared) with_shared += r.normalised_ipc.value();
  for (const sim::FixedResult& r : *contracts) {
    double sum = 0;
    for (const PlayedPeriod& period : p.periods) sum += period.tenants.at(r.tenant.value).truth;
    dcat += sum / static_cast<double>(p.periods.size());
    ++n;
  }
  CAPTURE(file, dcat / n, with_contracts / n, with_shared / n);
  CHECK(dcat > with_contracts * 1.05);
  CHECK(dcat > with_shared * 1.05);
}

TEST_CASE("the shared region is a tenant: it has a baseline at shared_ways, earns ways and keeps them in turn") {
  // 12 ways: a set that just fits in 5 ways, a tenant that needs its 5 for 10 s and then idles, and a host process
  // whose set is 5 ways in a shared region of 2.
  namespace build = sim::test;
  sim::TenantSpec host = build::tenant("host", 1, build::mlr(5));
  host.contract_kind = ContainerInfo::ContractKind::none;
  sim::Scenario s = build::scenario(
      {build::tenant("fits", 5, build::mlr(5)), host,
       build::tenant("leaves", 5, {{build::mlr(5), std::chrono::seconds(10), {}}, {build::lookbusy(), {}, {}}})});
  s.domains[0].ways = Ways(12);
  Config config;
  config.parameters.shared_ways = Ways(2);
  const Play p = play(s, config, 40);
  INFO(p.describe("shared"));
  CHECK(p.at(2, "shared").why == ReasonCode::baseline_stored);
  CHECK(p.at(2, "shared").in_force == 2);
  CHECK(p.at(9, "shared").ways == 2);
  // The idle tenant's 4 ways come at once, free; the region grows into them and is found to need them.
  CHECK(p.at(40, "shared").ways == 6);
  CHECK(p.at(40, "shared").state == State::keeper);
  CHECK(*p.at(40, "shared").reason.cumulative_gain > 1.0);
  CHECK(p.at(40, "leaves").ways == 1);
  CHECK(p.at(40, "fits").ways == 5);
  for (const PlayedPeriod& period : p.periods) CHECK(period.shared >= 2);
}

TEST_CASE(
    "an isolated tenant keeps ways of its own through a shortage of CLOSIDs, and an observed one is only watched") {
  // 12 ways, two groups beside the default one. The isolated tenant streams: dCat alone would let it share first.
  namespace build = sim::test;
  sim::TenantSpec stream = build::tenant("stream", 2, build::mload());
  stream.isolated = true;
  sim::TenantSpec watched = build::tenant("watched", 12, build::mlr(3));
  watched.managed = false;
  sim::Scenario s = build::scenario({build::tenant("a", 3, build::mlr(3)), build::tenant("b", 3, build::lookbusy()),
                                     build::tenant("c", 2, build::mload()), stream, watched});
  s.domains[0].ways = Ways(12);
  s.closids = 3;
  const Play p = play(s, Config{}, 60);
  INFO(p.describe("stream"));
  CHECK(p.at(60, "stream").state == State::streaming);
  for (const PlayedPeriod& period : p.periods) {
    const std::vector<Member>& members = period.decision.plan.members;
    const GroupId group = group_of(members, ContainerId{"stream"});
    CHECK(group == GroupId{"stream"});
    CHECK(std::ranges::count(members, group, &Member::group) == 1);
    CHECK(group_of(members, ContainerId{"watched"}).is_shared_region());
    CHECK(period.tenants.at("watched").why == ReasonCode::observed_only);
  }
}
