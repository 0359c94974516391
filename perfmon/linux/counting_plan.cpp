#include "perfmon/linux/counting_plan.h"

#include <algorithm>
#include <initializer_list>

namespace dcat {

namespace {

std::vector<Event> without(const std::vector<Event>& available, std::initializer_list<Event> left_out) {
  std::vector<Event> events;
  for (const Event event : available)
    if (std::ranges::find(left_out, event) == left_out.end()) events.push_back(event);
  return events;
}

// From the richest to the poorest.
std::vector<CountingPlan> plans_of(const std::vector<Event>& available, std::size_t most_events) {
  const std::vector<std::vector<Event>> sets{
      available, without(available, {Event::memory_accesses}),
      without(available, {Event::memory_accesses, Event::llc_references}),
      without(available, {Event::memory_accesses, Event::llc_references, Event::llc_misses})};
  std::vector<CountingPlan> plans;
  for (const bool one_read : {false, true})
    for (const std::vector<Event>& set : sets) {
      CountingPlan plan{plan_turns(set, most_events), one_read};
      if (one_read && plan.turns.size() > 1) continue;  // changing turns is what costs most
      if (!plan.turns.empty() && std::ranges::find(plans, plan) == plans.end()) plans.push_back(std::move(plan));
    }
  return plans;
}

bool fits(const CountingPlan& plan, double groups, const CountingLimits& limits) {
  const std::uint64_t left = limits.descriptors > kOtherDescriptors ? limits.descriptors - kOtherDescriptors : 0;
  const std::size_t clocks = plan.one_read ? 0 : plan.turns.size() * limits.clocks_a_turn;
  if (groups * static_cast<double>(events_of(plan.turns) + clocks) > static_cast<double>(left)) return false;
  return plan.one_read || groups <= static_cast<double>(kMostSubSampledGroups);
}

}  // namespace

std::size_t events_of(const std::vector<Turn>& turns) {
  std::size_t events = 0;
  for (const Turn& turn : turns) events += turn.size();
  return events;
}

CountingPlan plan_counting(const std::vector<Event>& available, std::size_t groups, const CountingLimits& limits,
                           const CountingPlan* current) {
  const std::vector<CountingPlan> plans = plans_of(available, limits.most_events);
  if (plans.empty()) return {};
  bool richer = current != nullptr;  // than the current one
  for (const CountingPlan& plan : plans) {
    if (current != nullptr && plan == *current) richer = false;
    if (fits(plan, static_cast<double>(groups) * (richer ? 1.25 : 1), limits)) return plan;
  }
  return plans.back();
}

}  // namespace dcat
