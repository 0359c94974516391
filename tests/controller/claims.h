// Claims in few words, and what must hold whatever they are.
#pragma once

#include <map>
#include <numeric>
#include <vector>

#include "controller/grant.h"
#include "print.h"

namespace dcat::test {

struct Size {
  int held = 0, contract = 0, least = 1;
};

inline Claim claim(State state, Demand demand, Size size) {
  Claim c;
  c.held = Ways(size.held);
  c.contract = Ways(size.contract);
  c.least = Ways(size.least);
  c.state = state;
  c.demand = demand;
  return c;
}

inline Claim keeper(int held, int contract) {
  return claim(State::keeper, {}, {held, contract});
}
inline Claim reclaim(int held, int contract) {
  return claim(State::reclaim, {DemandKind::contract, Ways(contract)}, {held, contract});
}
inline Claim donor(int held, int contract, int down_to) {
  return claim(State::donor, {DemandKind::give, Ways(down_to)}, {held, contract});
}
inline Claim unknown(int held, int contract) {
  return claim(State::unknown, {DemandKind::grow, {}}, {held, contract});
}
inline Claim receiver(int held, int contract) {
  return claim(State::receiver, {DemandKind::grow, {}}, {held, contract});
}
inline Claim restored(int held, int contract, int size) {
  return claim(State::keeper, {DemandKind::restore, Ways(size)}, {held, contract});
}

inline PerformanceTable table(const std::map<int, double>& ipc_by_ways) {
  PerformanceTable t;
  for (const auto& [ways, ipc] : ipc_by_ways) t.record(Ways(ways), ipc, std::nullopt);
  return t;
}

inline std::vector<int> counts(const Grants& grants) {
  std::vector<int> out;
  for (const Ways w : grants.ways) out.push_back(w.count);
  return out;
}

inline int sum(const Grants& grants) {
  return std::accumulate(grants.ways.begin(), grants.ways.end(), 0, [](int n, Ways w) { return n + w.count; });
}

}  // namespace dcat::test
