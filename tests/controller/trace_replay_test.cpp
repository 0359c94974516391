// Replay: the core over a recorded trace again.
#include <string>
#include <vector>

#include "controller/trace.h"
#include "tests/controller/trace_values.h"
#include "tests/support/catch.h"

namespace dcat {

TEST_CASE("a replay gives the recorded decisions, byte for byte") {
  for (const Mode mode : {Mode::observe, Mode::advise, Mode::enforce}) {
    TraceHeader header = some_header();
    header.mode = mode;
    ControllerState state;
    Replayer replayer(*parse_trace_header(format_trace_header(header)));
    for (int tick = 1; tick <= 6; ++tick) {
      const Observation o = tick_of(tick);
      StepResult live = mode == Mode::observe ? observe(std::move(state), o, header.parameters)
                                              : step(std::move(state), o, header.parameters);
      state = std::move(live.state);
      const std::string recorded = format_decision(live.decision, o, header.simulated);
      const auto replayed = replayer.step(format_observation(o, header.simulated));
      REQUIRE(replayed.ok());
      CHECK(*replayed == recorded);
      CHECK(replayer.check(recorded).ok());
      CHECK(replayer.decision() == live.decision);
    }
    CHECK(replayer.result().ticks == 6);
    CHECK(replayer.result().checked == 6);
    CHECK(replayer.result().same());
  }
}

TEST_CASE("a recorded decision that differs is found and counted") {
  Replayer replayer(some_header());
  const auto line = replayer.step(format_observation(tick_of(1), true));
  REQUIRE(line.ok());
  const Status status = replayer.check(
      replaced(*line, R"("container":"web","state":"Reclaim")", R"("container":"web","state":"Receiver")"));
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == ErrorCode::failed);
  CHECK_THAT(status.error().what, Catch::StartsWith("decision of tick 1, byte "));
  CHECK_THAT(status.error().what, Catch::EndsWith(", domains[0 0].containers[2 web].state"));
  CHECK(status.error().why == R"(recorded "Receiver", replayed "Reclaim")");
  CHECK(replayer.result().differing == 1);
  CHECK(replayer.result().first_difference == status.error());
}

TEST_CASE("a decision without its observation is an error") {
  Replayer replayer(some_header());
  CHECK(replayer.check("{}").error().code == ErrorCode::bad_input);
  REQUIRE(replayer.step(format_observation(tick_of(1), true)).ok());
  CHECK_FALSE(replayer.check("{}").ok());
  CHECK(replayer.check("{}").error().code == ErrorCode::bad_input);
  CHECK(replayer.result().checked == 1);
}

TEST_CASE("a wrong observation leaves the replay where it was") {
  Replayer replayer(some_header());
  const auto first = replayer.step(format_observation(tick_of(1), true));
  CHECK_FALSE(replayer.step("{}").ok());
  CHECK_FALSE(replayer.step(format_observation(tick_of(2), false)).ok());  // measured
  CHECK(replayer.result().ticks == 1);
  CHECK(replayer.check(*first).ok());
}

TEST_CASE("a trace can be replayed with other parameters and in another mode") {
  TraceHeader header = some_header();
  header.mode = Mode::observe;
  Parameters other = header.parameters;
  other.shared_ways = Ways(3);
  Replayer replayer(header, other, Mode::advise);
  const Decision& decision = replayer.decide(tick_of(1));
  REQUIRE(decision.plan.domains.size() == 1);
  CHECK(decision.plan.domains[0].shared >= Ways(3));
}

}  // namespace dcat
