// A node of one or two L3 domains for tests of step: containers with constant behaviour, whose counters run
// and whose masks are what the last decision wanted. Nothing is modelled: a container's numbers are the
// test's.
#pragma once

#include <algorithm>
#include <map>
#include <string>

#include "controller/step.h"
#include "print.h"
#include "tests/support/catch.h"

namespace dcat::test {

using Kind = ContainerInfo::ContractKind;

// What a container does in a second.
struct Behaviour {
  double ipc = 1, miss_ratio = 0.02, refs_per_sec = 50e6, accesses = 0.25;
  double instructions = 1e9;  // per second and domain where it runs
};

struct Guest {
  ContainerInfo info;
  Behaviour does{};
  std::vector<int> runs_in{0};      // domain ids
  std::map<int, Sample> counted{};  // by domain id
};

class SmallNode {
 public:
  explicit SmallNode(int ways = 12, std::vector<int> domain_ids = {0}) {
    for (const int id : domain_ids) {
      DomainGeometry g;
      g.id = DomainId{id};
      g.available = Cbm::run(WayIndex(0), Ways(ways));
      geometry.domains.push_back(g);
      masks_.domains.push_back({g.id, g.available, {}});
    }
    geometry.closids = 16;
  }

  Guest& add(const std::string& id, int contract) { return add({ContainerId{id}, Kind::given, Ways(contract), 0}); }
  Guest& add(ContainerInfo info) {
    Guest& guest = guests_[info.id.value];
    guest = Guest{info};
    return guest;
  }
  void remove(const std::string& id) { guests_.erase(id); }
  Guest& operator[](const std::string& id) { return guests_.at(id); }

  const Decision& tick() {
    time_ += std::chrono::seconds(1);
    last_ = observe_node();
    StepResult result = step(std::move(state_), last_, parameters);
    state_ = std::move(result.state);
    decision_ = std::move(result.decision);
    masks_ = decision_.masks;
    INFO(decision_.refused.value_or(""));
    REQUIRE_FALSE(decision_.refused.has_value());
    return decision_;
  }
  void ticks(int n) {
    while (n-- > 0) tick();
  }

  // The last decision's row of a container.
  const ContainerDecision& row(const std::string& id, std::size_t domain = 0) const {
    const auto index = static_cast<std::uint32_t>(std::distance(guests_.begin(), guests_.find(id)));
    for (const ContainerDecision& r : decision_.domains.at(domain).containers)
      if (r.container == index) return r;
    FAIL("no row for " << id);
    throw 0;
  }
  bool has_row(const std::string& id, std::size_t domain = 0) const {
    const auto index = static_cast<std::uint32_t>(std::distance(guests_.begin(), guests_.find(id)));
    const auto& rows = decision_.domains.at(domain).containers;
    return std::any_of(rows.begin(), rows.end(), [&](const ContainerDecision& r) { return r.container == index; });
  }
  // Dedicated ways by the plan, -1 for who is in the shared region.
  int dedicated(const std::string& id, std::size_t domain = 0) const {
    const GroupId group = group_of(decision_.plan.members, ContainerId{id});
    if (group.is_shared_region()) return -1;
    for (const PartitionSize& s : decision_.plan.domains.at(domain).dedicated)
      if (s.group == group) return s.ways.count;
    return -1;
  }
  const Decision& decision() const { return decision_; }
  const ControllerState& state() const { return state_; }
  TimePoint time() const { return time_; }

  // Another controller, that knows this; what was in force before is undone.
  void start_again(Memory memory) {
    state_ = ControllerState{};
    state_.memory = std::move(memory);
    masks_ = Masks{};
    for (const DomainGeometry& g : geometry.domains) masks_.domains.push_back({g.id, g.available, {}});
  }
  const Observation& last() const { return last_; }
  const Masks& masks() const { return masks_; }

  Geometry geometry;
  Parameters parameters;

 private:
  Observation observe_node() {
    Observation o;
    o.at = time_;
    o.geometry = geometry;
    o.masks = masks_;
    for (const auto& [id, guest] : guests_) o.containers.push_back(guest.info);
    for (const DomainGeometry& g : geometry.domains) {
      DomainObservation d{g.id, {}, {}};
      std::uint32_t index = 0;
      for (auto& [id, guest] : guests_) {
        d.series.push_back({index++, static_cast<std::uint32_t>(d.samples.size()), 1});
        d.samples.push_back(count(guest, g.id.value));
      }
      o.domains.push_back(std::move(d));
    }
    return o;
  }

  Sample count(Guest& guest, int domain) const {
    Sample& s = guest.counted[domain];
    s.at = time_;
    const bool runs = std::find(guest.runs_in.begin(), guest.runs_in.end(), domain) != guest.runs_in.end();
    const Behaviour& b = guest.does;
    const double values[kEventCount] = {b.instructions, b.instructions / b.ipc, b.instructions * b.accesses,
                                        b.refs_per_sec, b.refs_per_sec * b.miss_ratio};
    if (runs) s.enabled += std::chrono::seconds(1);
    for (const Event e : kAllEvents) {
      Reading r = s[e].value_or(Reading{});
      if (runs) r.value += static_cast<std::uint64_t>(values[static_cast<std::size_t>(e)]);
      r.running = s.enabled;
      s[e] = r;
    }
    return s;
  }

  std::map<std::string, Guest> guests_;
  ControllerState state_;
  Decision decision_;
  Observation last_;
  Masks masks_;
  TimePoint time_{};
};

}  // namespace dcat::test
