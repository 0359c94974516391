#include "sim/experiment/trace_scenario.h"

#include <atomic>
#include <map>
#include <set>

#include "controller/shell/daemon.h"
#include "controller/trace.h"
#include "sim/node.h"
#include "tests/sim_experiment/build.h"
#include "tests/support/catch.h"

namespace dcat::sim {
namespace {

using namespace test;

// Records what the daemon would, and at which sizes whose IPC was measured.
class Recorder : public Listener {
 public:
  explicit Recorder(const TraceHeader& header) : text_(format_trace_header(header)) { end_line(); }
  Status on_decision(const Observation& observation, const Decision& decision) override {
    text_ += format_observation(observation, true);
    end_line();
    text_ += format_decision(decision, observation, true);
    end_line();
    for (const ContainerDecision& row : decision.domains.front().containers)
      if (row.container != kSharedRegion && !row.metrics.absent && row.dedicated && decision.tick > 1)
        sizes[observation.containers[row.container].id.value].insert(row.ways_before.count);
    return {};
  }
  void on_trouble(const Error& error) override { FAIL(error.to_string()); }
  const std::string& text() const { return text_; }

  std::map<std::string, std::set<int>> sizes;

 private:
  void end_line() {
    if (text_.back() != '\n') text_ += '\n';
  }
  std::string text_;
};

struct Recorded {
  Scenario scenario;
  std::string text;
  std::map<std::string, std::set<int>> sizes;
};

Recorded record(std::vector<TenantSpec> tenants, int periods) {
  Recorded r;
  r.scenario = question("", 8, std::move(tenants), periods).scenario;
  TraceHeader header;
  header.dcat_version = "0";
  header.simulated = true;
  header.mode = Mode::enforce;
  header.backend = header.counters = "sim";
  header.parameters.shared_ways = Ways(0);
  header.interval = std::chrono::seconds(1);
  Recorder recorder(header);
  SimulatedNode node(r.scenario);
  DaemonOptions options;
  options.mode = header.mode;
  options.parameters = header.parameters;
  options.interval = header.interval;
  options.ticks = static_cast<std::uint64_t>(periods);
  const std::atomic<bool> stop = false;
  REQUIRE(run_daemon({node.clock(), node.counters(), node.containers(), node.cache()}, options, stop, recorder).ok());
  r.text = recorder.text();
  r.sizes = recorder.sizes;
  return r;
}

std::vector<TenantSpec> three() {
  TenantSpec late = tenant("visits", 2, {lasting(flat(0.7, 0.5, 5))});
  late.arrival = TimePoint(std::chrono::seconds(5));
  late.departure = TimePoint(std::chrono::seconds(15));
  return {tenant("gains", 3, {lasting(gaining(0.4, 1.6, 8, 0.1))}), tenant("rests", 3, {lasting(flat(1.5, 0.3))}),
          late};
}

}  // namespace

TEST_CASE("A recorded node becomes tenants that are as fast at every recorded size as they were") {
  const Recorded r = record(three(), 25);
  const Result<RecordedNode> node = scenario_of_trace(r.text, "t.trace");
  if (!node) FAIL(node.error().to_string());
  CHECK(node->interval == std::chrono::seconds(1));
  CHECK(node->scenario.periods == 25);
  REQUIRE(node->scenario.tenants.size() == 3);
  CHECK(node->sizes_seen.at("gains") >= 3);
  const LlcShape shape{8, 0};
  for (std::size_t t = 0; t < 3; ++t) {
    const TenantSpec& spec = node->scenario.tenants[t];
    CHECK(spec.id == r.scenario.tenants[t].id);
    CHECK(spec.contract == r.scenario.tenants[t].contract);
    CHECK(spec.hertz == Approx(r.scenario.tenants[t].hertz).epsilon(0.02));
    const auto ran = std::find_if(spec.phases.begin(), spec.phases.end(), [](const auto& p) { return p.workload; });
    REQUIRE(ran != spec.phases.end());
    for (const int ways : r.sizes.at(spec.id.value)) {
      INFO(spec.id.value << " at " << ways);
      CHECK(1 / evaluate(*ran->workload, ways, shape).cpi() ==
            Approx(1 / evaluate(*r.scenario.tenants[t].phases[0].workload, ways, shape).cpi()).epsilon(1e-3));
    }
  }
  const TenantSpec& late = node->scenario.tenants[2];
  CHECK(late.id.value == "visits");
  // Listed at the end of the fifth period, it runs from then on.
  CHECK(late.arrival == TimePoint(std::chrono::seconds(4)));
  CHECK_FALSE(late.phases[0].workload);
  CHECK(late.phases[0].time == Duration(std::chrono::seconds(1)));
  REQUIRE(late.departure);
  CHECK(*late.departure <= TimePoint(std::chrono::seconds(16)));
}

TEST_CASE("A recorded node can be run under another policy") {
  const Recorded r = record(three(), 25);
  TimedQuestion q;
  q.scenario = scenario_of_trace(r.text, "t.trace")->scenario;
  q.policy = "ucp";
  q.periods = 25;
  const Result<TimedResult> result = run_over_time(q);
  REQUIRE(result.ok());
  CHECK(result->stp > 1);
}

TEST_CASE("What is wrong with a trace is told with file and line") {
  const Recorded r = record(three(), 4);
  const auto fault = [](const std::string& text) {
    const Result<RecordedNode> node = scenario_of_trace(text, "t.trace");
    REQUIRE_FALSE(node.ok());
    CHECK(node.error().code == ErrorCode::bad_input);
    return node.error().to_string();
  };
  const std::size_t first = r.text.find('\n') + 1;
  const std::size_t second = r.text.find('\n', first) + 1;
  CHECK_THAT(fault(""), Catch::Contains("is empty"));
  CHECK_THAT(fault("what is this\n"), Catch::Contains("t.trace:1"));
  CHECK_THAT(fault(r.text.substr(0, first)), Catch::Contains("has a header and no period after it"));
  CHECK_THAT(fault(r.text.substr(0, first) + "{\"some\":1}\n"), Catch::Contains("t.trace:2"));
  std::string other = r.text.substr(0, first);
  const std::size_t interval = other.find("\"interval_ns\":") + 14;
  other.insert(interval, "2");
  CHECK_THAT(fault(other + r.text), Catch::Contains("t.trace:2: changes the control period"));
  CHECK(scenario_of_trace(r.text.substr(0, first) + r.text, "t.trace").ok());  // another mode or other parameters
  CHECK_THAT(fault(r.text.substr(0, second + 40)), Catch::Contains("t.trace:3") && Catch::Contains("cut off"));
  CHECK_THAT(fault(r.text.substr(0, second - 20) + "\n"), Catch::Contains("t.trace:2"));
}

}  // namespace dcat::sim
