// Properties of grant that hold whatever is claimed: conservation, floors, determinism.
#include "claims.h"
#include "tests/support/property.h"

using namespace dcat;
using namespace dcat::test;
using namespace dcat::testing;

namespace {

struct Node {
  std::vector<Claim> claims;
  std::vector<PerformanceTable> tables;
  int total = 0;
  Parameters parameters;
};

PerformanceTable random_table() {
  PerformanceTable t;
  double ipc = 1;
  for (int ways = pick(1, 4), last = ways + pick(0, 5); ways <= last; ++ways) {
    if (!one_in(4)) t.record(Ways(ways), ipc, std::nullopt);
    ipc += pick(-4, 30) / 100.0;
  }
  return t;
}

// The states that classify and the plan can produce, with demands that go with them.
Claim random_claim(int contract, int least) {
  const int held = one_in(5) ? 0 : pick(least, contract + 4);
  const int size = pick(least, contract + 5);
  switch (pick(0, 8)) {
    case 0: return reclaim(held, contract);
    case 1: return donor(held, contract, pick(least, std::max(least, held)));
    case 2: return claim(State::streaming, {DemandKind::give, Ways(least)}, {held, contract});
    case 3: return unknown(held, contract);
    case 4: return receiver(held, contract);
    case 5: return restored(held, contract, size);
    case 6: return claim(State::donor, {DemandKind::restore, Ways(size)}, {held, contract});
    case 7: return claim(State::unknown, {}, {held, contract});
    default: return keeper(held, contract);
  }
}

// Claims as a node can have them: what is held fits into the domain, and so do the contracts.
Node random_node() {
  Node node;
  node.total = pick(2, 20);
  node.parameters.policy = one_in(2) ? PolicyKind::fair : PolicyKind::max_performance;
  node.parameters.max_perf_margin_ratio = pick(0, 5) / 100.0;
  const int least = one_in(3) ? 2 : 1;
  int contracts = 0, held = 0;
  const int most = pick(0, 7);
  for (int i = 0; i < most; ++i) {
    const int contract = pick(least, 6);
    Claim c = random_claim(contract, least);
    c.least = Ways(least);
    c.rides = one_in(8);
    c.being_probed = one_in(20);
    c.last_gain = pick(-10, 40) / 100.0;
    if (one_in(2)) c.probe_miss_ratio = pick(50, 100) / 100.0;
    const int holds = std::max(c.held.count, least);
    if (!c.rides && (contracts + contract > node.total || held + holds > node.total)) break;
    if (!c.rides) {
      contracts += contract;
      held += holds;
    }
    node.claims.push_back(c);
    node.tables.push_back(random_table());
  }
  for (std::size_t i = 0; i < node.claims.size(); ++i)
    if (!one_in(4)) node.claims[i].table = &node.tables[i];
  return node;
}

// The least that a claim may end with.
Ways floor_of(const Claim& c, bool probed) {
  if (c.rides) return Ways(0);
  if (probed) return c.least;
  switch (c.demand.kind) {
    case DemandKind::contract: return c.contract;
    case DemandKind::give: return std::max(c.least, std::min({c.held, c.demand.ways, c.contract}));
    case DemandKind::restore: return std::max(c.least, std::min(c.demand.ways, c.contract));
    case DemandKind::hold:
    case DemandKind::grow: break;
  }
  return std::max(c.least, std::min(c.held, c.contract));
}

}  // namespace

TEST_CASE("no way is made or lost, and nobody has a negative number of them") {
  require_for_all("grant conserves ways", [] {
    const Node node = random_node();
    const Grants g = grant(node.claims, Ways(node.total), node.parameters);
    RC_ASSERT(g.ways.size() == node.claims.size());
    RC_ASSERT(sum(g) + g.free.count == node.total);
    RC_ASSERT(g.free >= Ways(0));
    for (const Ways w : g.ways) RC_ASSERT(w >= Ways(0));
  });
}

TEST_CASE("nobody ends below its contract or what it held, unless it gives, is restored or probed") {
  require_for_all("grant keeps floors", [] {
    const Node node = random_node();
    const Grants g = grant(node.claims, Ways(node.total), node.parameters);
    for (std::size_t i = 0; i < node.claims.size(); ++i) {
      RC_ASSERT(g.ways[i] >= floor_of(node.claims[i], g.probe == i));
      if (node.claims[i].rides) RC_ASSERT(g.ways[i] == Ways(0));
    }
  });
}

TEST_CASE("who grows gets at most one way a period beyond what it holds, where policy is fair") {
  require_for_all("grant grows by one", [] {
    Node node = random_node();
    node.parameters.policy = PolicyKind::fair;
    const Grants g = grant(node.claims, Ways(node.total), node.parameters);
    for (std::size_t i = 0; i < node.claims.size(); ++i) {
      const Claim& c = node.claims[i];
      const Ways base = std::max(c.held, c.least);
      if (c.demand.kind == DemandKind::grow) RC_ASSERT(g.ways[i] <= base + 1_ways);
      if (c.demand.kind == DemandKind::hold) RC_ASSERT(g.ways[i] <= base);
      if (c.demand.kind == DemandKind::contract) RC_ASSERT(g.ways[i] <= std::max(c.contract, c.least));
    }
  });
}

TEST_CASE("a way is free only when nobody who wants to grow was left without one, where policy is fair") {
  require_for_all("grant leaves nothing lying about", [] {
    Node node = random_node();
    node.parameters.policy = PolicyKind::fair;
    const Grants g = grant(node.claims, Ways(node.total), node.parameters);
    if (g.free == Ways(0) || g.probe) return;
    for (std::size_t i = 0; i < node.claims.size(); ++i) {
      const Claim& c = node.claims[i];
      if (c.rides || c.demand.kind != DemandKind::grow) continue;
      RC_ASSERT(g.ways[i] > c.held);
    }
  });
}

TEST_CASE("only an Unknown that may be probed is, and alone") {
  require_for_all("grant probes rightly", [] {
    const Node node = random_node();
    const Grants g = grant(node.claims, Ways(node.total), node.parameters);
    if (!g.probe) return;
    const Claim& c = node.claims[*g.probe];
    RC_ASSERT(c.state == State::unknown && c.demand.kind == DemandKind::grow && c.probe_miss_ratio && !c.rides);
    RC_ASSERT(g.ways[*g.probe] == c.least);
    for (std::size_t i = 0; i < node.claims.size(); ++i) {
      RC_ASSERT(!node.claims[i].being_probed);
      const Claim& other = node.claims[i];
      // Whoever was brought to the least size for others' contracts is there already.
      const bool left_out = other.state == State::unknown && other.demand.kind == DemandKind::grow && !other.rides &&
                            other.probe_miss_ratio && g.ways[i] <= other.held && g.ways[i] > other.least;
      if (left_out) RC_ASSERT(*other.probe_miss_ratio <= *c.probe_miss_ratio);
    }
  });
}

TEST_CASE("the same claims give the same grants") {
  require_for_all("grant is deterministic", [] {
    const Node node = random_node();
    const Node copy = node;
    const Grants a = grant(node.claims, Ways(node.total), node.parameters);
    const Grants b = grant(copy.claims, Ways(copy.total), copy.parameters);
    RC_ASSERT(a.ways == b.ways);
    RC_ASSERT(a.probe == b.probe);
    RC_ASSERT(a.free == b.free);
  });
}
