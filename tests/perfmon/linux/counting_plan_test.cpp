#include "perfmon/linux/counting_plan.h"

#include <string>

#include "tests/support/catch.h"

namespace dcat {
namespace {

const std::vector<Event> kAll(kAllEvents.begin(), kAllEvents.end());

// Events of each turn, and how often they are read: "4+3 sub", "3 once".
std::string text(const CountingPlan& plan) {
  std::string text;
  for (const Turn& turn : plan.turns) text += (text.empty() ? "" : "+") + std::to_string(turn.size());
  return text + (plan.one_read ? " once" : " sub");
}

std::string plan_for(std::size_t containers, std::size_t cpus, std::uint64_t descriptors) {
  return text(plan_counting(kAll, containers * cpus, {kMostEventsAtOnce, descriptors}, nullptr));
}

TEST_CASE("few containers are counted with every event in turn, many with one turn that is read once") {
  CHECK(plan_for(10, 2, 20'000) == "4+3 sub");
  CHECK(plan_for(100, 2, 20'000) == "4+3 sub");
  CHECK(plan_for(256, 2, 20'000) == "4+3 sub");
  CHECK(plan_for(257, 2, 20'000) == "4 once");
  CHECK(plan_for(2'400, 2, 20'000) == "4 once");
}

TEST_CASE("where descriptors do not suffice events go, memory accesses first") {
  CHECK(plan_for(2'500, 2, 20'000) == "3 once");
  CHECK(plan_for(4'000, 2, 20'000) == "2 once");
  CHECK(plan_for(100, 2, 1'024) == "4 sub");
  CHECK(plan_for(140, 2, 1'024) == "3 sub");
  CHECK(plan_for(2'500, 64, 1'048'576) == "4 once");
  CHECK(plan_for(100'000, 64, 20'000) == "2 once");  // the poorest, though it does not fit
  CHECK(plan_for(1, 1, 10) == "2 once");
}

TEST_CASE("counting in windows takes a descriptor a turn more, where it is read more than once a period") {
  const auto in_windows = [](std::size_t groups, std::uint64_t descriptors) {
    return text(plan_counting(kAll, groups, {kMostEventsAtOnce, descriptors, 1}, nullptr));
  };
  CHECK(plan_for(100, 1, 128 + 700) == "4+3 sub");
  CHECK(in_windows(100, 128 + 899) == "4 sub");
  CHECK(in_windows(100, 128 + 900) == "4+3 sub");
  CHECK(in_windows(1'000, 128 + 4'000) == "4 once");
}

TEST_CASE("instructions and cycles are in every plan, and misses go before they do") {
  const CountingPlan plan = plan_counting(kAll, 5'000, {kMostEventsAtOnce, 20'000}, nullptr);
  REQUIRE(plan.turns.size() == 1);
  CHECK(plan.turns[0] == Turn{Event::cycles, Event::instructions, Event::llc_misses});
}

TEST_CASE("a plan is kept until a richer one fits with a fifth to spare, and left at once where it does not fit") {
  const CountingLimits limits{kMostEventsAtOnce, 20'000};
  const CountingPlan fine = plan_counting(kAll, 512, limits, nullptr);
  const CountingPlan coarse = plan_counting(kAll, 513, limits, &fine);
  CHECK(text(coarse) == "4 once");
  CHECK(text(plan_counting(kAll, 500, limits, &coarse)) == "4 once");
  CHECK(text(plan_counting(kAll, 410, limits, &coarse)) == "4 once");
  CHECK(text(plan_counting(kAll, 400, limits, &coarse)) == "4+3 sub");
  CHECK(text(plan_counting(kAll, 500, limits, &fine)) == "4+3 sub");
}

TEST_CASE("what is not available is in no plan") {
  CHECK(plan_counting({}, 5, {kMostEventsAtOnce, 20'000}, nullptr).turns.empty());
  CHECK(text(plan_counting({Event::instructions, Event::cycles}, 5'000, {kMostEventsAtOnce, 20'000}, nullptr)) ==
        "2 once");
  // With two at once there is no single turn of three.
  CHECK(text(plan_counting(kAll, 5'000, {2, 20'000}, nullptr)) == "2 once");
}

}  // namespace
}  // namespace dcat
