// A node of two domains, as the tests of what people see of it know it.
#pragma once

#include <string>
#include <vector>

#include "cli/wall_time.h"
#include "controller/decision.h"
#include "controller/observation.h"

namespace dcat::test {

inline const ContainerId kWeb{"tenants/web"};
inline const ContainerId kBatch{"batch"};

// A clock that is asked twice tells the same.
struct FakeWall {
  cli::WallTime now{std::chrono::seconds(1'800'000'000)};  // 2027-01-15T08:00:00Z
  cli::WallClock clock() {
    return [this] { return now; };
  }
};

inline ContainerInfo a_container(const ContainerId& id, int contract = 3) {
  ContainerInfo info;
  info.id = id;
  info.contract_kind = ContainerInfo::ContractKind::given;
  info.contract = Ways(contract);
  return info;
}

inline ContainerDecision a_row(std::uint32_t container, State before, State after, int ways_before, int ways_after,
                               ReasonCode code) {
  ContainerDecision row;
  row.container = container;
  row.dedicated = true;
  row.before = before;
  row.after = after;
  row.ways_before = Ways(ways_before);
  row.ways_after = Ways(ways_after);
  row.contract = Ways(3);
  row.phase = 1;
  row.reason.code = code;
  row.metrics.ipc = 0.5;
  return row;
}

struct Period {
  Observation o;
  Decision d;
};

// Of domain 0 alone. `rows` go with `containers`, which are ascending.
inline Period a_period(std::uint64_t tick, const std::vector<ContainerId>& containers,
                       std::vector<ContainerDecision> rows) {
  Period p;
  p.o.at = TimePoint(std::chrono::seconds(tick));
  for (const ContainerId& id : containers) p.o.containers.push_back(a_container(id));
  DomainGeometry geometry;
  geometry.available = Cbm(0xfffff);
  p.o.geometry.domains = {geometry};
  p.d.tick = tick;
  p.d.at = p.o.at;
  p.d.domains = {{DomainId{0}, std::move(rows), Ways(10), Ways(4)}};
  return p;
}

}  // namespace dcat::test
