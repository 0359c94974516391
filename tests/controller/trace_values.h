// Values that the trace's tests share: an observation with every field, a small decision, a node's ticks.
#pragma once

#include <climits>
#include <string>

#include "controller/trace.h"
#include "tests/support/catch.h"

namespace dcat {

inline TimePoint at_ns(std::int64_t ns) {
  return TimePoint(Duration(ns));
}

inline TraceHeader some_header() {
  TraceHeader header;
  header.dcat_version = "0.1.0";
  header.simulated = true;
  header.mode = Mode::enforce;
  header.backend = "sim";
  header.counters = "sim";
  header.parameters.policy = PolicyKind::max_performance;
  header.parameters.ipc_gain_ratio = 0.1;
  header.parameters.settle = std::chrono::milliseconds(100);
  header.parameters.max_moved_ways = Ways(2);
  header.parameters.count_cumulative_gain = true;
  header.interval = std::chrono::seconds(1);
  return header;
}

// Every field is something else than its default.
inline Observation full_observation() {
  Observation o;
  o.at = at_ns(5'000'000'001);
  o.geometry.closids = 8;
  o.geometry.domains = {{DomainId{0}, Cbm(0x7ff), Cbm(0x600), Ways(2), {Cbm(0x600), Cbm(0x3)}, true, 1'310'720},
                        {DomainId{16}, Cbm(~0ULL), Cbm(), Ways(1), {}, false, 0, ThrottleSteps{Throttle(20), 5}}};
  o.masks.domains = {{DomainId{0}, Cbm(0x7e0), {{GroupId{"a"}, Cbm(0x1f), Throttle(35)}, {GroupId{"z"}, Cbm()}}},
                     {DomainId{16}, Cbm(), {}}};
  o.masks.members = {{ContainerId{"gone"}, GroupId{}}, {ContainerId{"web"}, GroupId{"a"}}};
  using Kind = ContainerInfo::ContractKind;
  o.containers = {{ContainerId{"batch"}, Kind::none, Ways(0), 0},
                  {ContainerId{"db"}, Kind::cpu_share, Ways(0), 0.1},
                  {ContainerId{"web"}, Kind::given, Ways(3), 0.25}};
  o.containers[0].managed = false;
  o.containers[1].isolated = true;
  Sample first{at_ns(4'500'000'000), Duration(700), {}};
  for (const Event e : kAllEvents) first[e] = Reading{~0ULL - static_cast<std::uint64_t>(e), Duration(700)};
  Sample second{at_ns(-1), Duration(INT64_MAX), {}};
  second[Event::instructions] = Reading{0, Duration(INT64_MAX)};
  second[Event::llc_misses] = Reading{(1ULL << 53) + 1, Duration(5)};
  o.domains = {{DomainId{0}, {{0, 0, 2}, {2, 2, 1}}, {first, second, Sample{}}}, {DomainId{16}, {}, {}}};
  return o;
}

// One container with a partition of its own beside the shared region; every kind of change.
inline Decision small_decision() {
  Decision d;
  d.tick = 7;
  d.at = at_ns(7'000'000'000);
  ContainerDecision shared;
  shared.container = kSharedRegion;
  shared.ways_before = Ways(5), shared.ways_after = Ways(4), shared.contract = Ways(1);
  shared.before = State::keeper, shared.after = State::keeper;
  shared.reason.code = ReasonCode::absent;
  shared.metrics.absent = Absence::no_samples;
  ContainerDecision row;
  row.container = 1;
  row.dedicated = true;
  row.before = State::unknown, row.after = State::receiver;
  row.demand = DemandKind::grow;
  row.reason = {ReasonCode::gained, std::nullopt, 0.12, std::nullopt, std::nullopt, 0.05, std::nullopt};
  row.event = PhaseEvent::known_phase;
  row.phase = 1;
  row.contract = Ways(3), row.ways_before = Ways(3), row.ways_after = Ways(4);
  row.metrics.instructions = 2e9;
  row.metrics.ipc = 0.8;
  row.metrics.miss_ratio = 0.5;
  row.metrics.mpki = 12.5;
  row.metrics.running_ratio = 1;
  row.metrics.sub_samples = 1;
  d.domains = {{DomainId{0}, {shared, row}, Ways(4), Ways(3)}};
  d.plan.domains = {{DomainId{0}, {{GroupId{"web"}, Ways(4)}}, Ways(4)}};
  d.plan.members = {{ContainerId{"web"}, GroupId{"web"}}};
  d.masks.domains = {{DomainId{0}, Cbm(0xf0), {{GroupId{"web"}, Cbm(0xf)}}}};
  d.masks.members = d.plan.members;
  d.changes = {CreateGroup{GroupId{"web"}}, WriteMasks{GroupId{}, {{DomainId{0}, Cbm(0xf0)}}},
               MoveContainer{ContainerId{"web"}, GroupId{"web"}}, RemoveGroup{GroupId{"old"}}};
  return d;
}

inline Observation two_containers() {
  Observation o;
  o.containers = {{ContainerId{"db"}, {}, {}, 0}, {ContainerId{"web"}, {}, {}, 0}};
  return o;
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// Two containers on one domain; the counters grow by the tick.
inline Observation tick_of(int tick) {
  const std::int64_t now = 1'000'000'000LL * tick;
  const auto n = static_cast<std::uint64_t>(tick);
  Observation o;
  o.at = at_ns(now);
  o.geometry = {{{DomainId{0}, Cbm(0xff), Cbm(), Ways(1), {}, false, 0}}, 4};
  o.masks.domains = {{DomainId{0}, Cbm(0xff), {}}};
  using Kind = ContainerInfo::ContractKind;
  o.containers = {{ContainerId{"db"}, Kind::given, Ways(2), 0}, {ContainerId{"web"}, Kind::given, Ways(3), 0}};
  Sample s{at_ns(now), Duration(now), {}};
  s[Event::instructions] = Reading{2'000'000'000 * n, Duration(now)};
  s[Event::cycles] = Reading{3'000'000'000 * n, Duration(now)};
  s[Event::llc_references] = Reading{20'000'000 * n, Duration(now)};
  s[Event::llc_misses] = Reading{10'000'000 * n, Duration(now)};
  o.domains = {{DomainId{0}, {{0, 0, 1}, {1, 1, 1}}, {s, s}}};
  return o;
}

}  // namespace dcat
