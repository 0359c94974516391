// When a run that enforces gives up by itself, and when it may come back.
#include "controller/shell/fallback.h"

#include "tests/support/catch.h"

namespace dcat {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

TimePoint at(int second) {
  return TimePoint(seconds(second));
}

Error broken() {
  return {ErrorCode::failed, "write schemata", "broken", ""};
}

// One period in which these containers' guarantee was broken; the shared region's always is.
struct Period {
  Observation observation;
  Decision decision;

  explicit Period(const std::vector<std::string>& broken_of) {
    for (const char* id : {"a", "b"}) observation.containers.emplace_back().id = ContainerId{id};
    DomainDecision domain;
    domain.containers.emplace_back().container = kSharedRegion;
    domain.containers.back().reason.code = ReasonCode::guarantee;
    for (std::uint32_t i = 0; i < 2; ++i) {
      ContainerDecision& row = domain.containers.emplace_back();
      row.container = i;
      const bool is_broken =
          std::find(broken_of.begin(), broken_of.end(), observation.containers[i].id.value) != broken_of.end();
      row.reason.code = is_broken ? ReasonCode::guarantee : ReasonCode::holds;
    }
    decision.domains = {domain};
  }
};

TEST_CASE("so many failed periods within the time are a reason, told with the last") {
  Fallback fallback({3, 5, minutes(1), {}});
  fallback.failed(at(0), broken());
  fallback.failed(at(59), broken());
  CHECK_FALSE(fallback.reason());
  fallback.failed(at(60), broken());  // the first is just within a minute
  REQUIRE(fallback.reason());
  CHECK(*fallback.reason() == "3 periods failed within 60 s, the last: write schemata: broken");
}

TEST_CASE("failures further apart are none") {
  Fallback fallback({3, 5, minutes(1), {}});
  for (int i = 0; i < 20; ++i) fallback.failed(at(31 * i), broken());
  CHECK_FALSE(fallback.reason());
}

TEST_CASE("so many broken guarantees of one container are a reason, and of several are not") {
  Fallback fallback({5, 3, minutes(1), {}});
  const Period a({"a"}), both({"a", "b"}), none({});
  fallback.look(at(1), a.observation, a.decision);
  fallback.look(at(2), both.observation, both.decision);
  for (int i = 3; i < 30; ++i) fallback.look(at(i), none.observation, none.decision);
  CHECK_FALSE(fallback.reason());
  fallback.look(at(30), both.observation, both.decision);
  REQUIRE(fallback.reason());
  CHECK(*fallback.reason() == "the guarantee of a was broken 3 times within 60 s");
}

TEST_CASE("what was counted is over when it gives up and when it is reset") {
  Fallback fallback({1, 5, minutes(1), seconds(10)});
  fallback.failed(at(0), broken());
  CHECK(fallback.reason());
  fallback.gave_up(at(1));
  CHECK_FALSE(fallback.reason());
  CHECK_FALSE(fallback.may_return(at(10)));
  CHECK(fallback.may_return(at(11)));
  fallback.reset();  // a mode was ordered
  CHECK_FALSE(fallback.may_return(at(100)));
}

TEST_CASE("without a set time it does not come back by itself") {
  Fallback fallback({1, 1, minutes(1), {}});
  fallback.gave_up(at(0));
  CHECK_FALSE(fallback.may_return(at(1'000'000)));
}

}  // namespace
}  // namespace dcat
