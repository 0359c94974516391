// Properties of clusters: whoever there is, everybody is in one cluster and there are never too many.
#include <ostream>

#include "controller/clusters.h"
#include "tests/support/property.h"

using namespace dcat;
using namespace dcat::testing;

namespace {

std::vector<Tenancy> random_tenancies() {
  std::vector<Tenancy> tenancies(static_cast<std::size_t>(pick(0, 20)));
  const auto domains = static_cast<std::size_t>(pick(1, 3));
  for (std::size_t i = 0; i < tenancies.size(); ++i) {
    Tenancy& t = tenancies[i];
    t.container = static_cast<std::uint32_t>(i);
    const int kind = pick(0, 5);
    t.idle = kind == 0;
    t.streaming = kind == 1;
    t.alone = kind == 2;
    t.isolated = pick(0, 3) == 0;
    t.loss = pick(0, 10) / 10.0;
    t.domains.assign(domains, false);
    t.domains[static_cast<std::size_t>(pick(0, static_cast<int>(domains) - 1))] = true;
    for (std::size_t d = 0; d < domains; ++d)
      if (pick(0, 2) == 0) t.domains[d] = true;
  }
  return tenancies;
}

bool meet(const Tenancy& a, const Tenancy& b) {
  for (std::size_t d = 0; d < a.domains.size(); ++d)
    if (a.domains[d] && b.domains[d]) return true;
  return false;
}

}  // namespace

TEST_CASE("every tenancy is in one cluster, and there are never more than most_groups") {
  require_for_all("clusters are a partition", [] {
    const std::vector<Tenancy> tenancies = random_tenancies();
    const auto most = static_cast<std::size_t>(pick(1, 20));
    const std::vector<Cluster> clusters = cluster(tenancies, most);
    RC_ASSERT(clusters.size() <= most);
    std::vector<int> seen(tenancies.size(), 0);
    std::size_t before = 0;
    for (std::size_t k = 0; k < clusters.size(); ++k) {
      const Cluster& c = clusters[k];
      RC_ASSERT(!c.members.empty());
      RC_ASSERT(std::is_sorted(c.members.begin(), c.members.end()));
      if (k > 0) RC_ASSERT(before < c.members.front());
      before = c.members.front();
      for (const std::size_t m : c.members) ++seen[m];
    }
    for (const int n : seen) RC_ASSERT(n == 1);
  });
}

TEST_CASE("an isolated tenancy shares only when all that are not are in one cluster already, and more must go in") {
  require_for_all("clusters isolate", [] {
    const std::vector<Tenancy> tenancies = random_tenancies();
    const auto most = static_cast<std::size_t>(pick(1, 20));
    const std::vector<Cluster> clusters = cluster(tenancies, most);
    const auto isolated = static_cast<std::size_t>(std::ranges::count(tenancies, true, &Tenancy::isolated));
    const std::size_t others = isolated < tenancies.size() ? 1 : 0;
    std::size_t apart = 0;
    for (const Cluster& c : clusters)
      if (c.members.size() == 1 && tenancies[c.members.front()].isolated) ++apart;
    RC_ASSERT(apart == (isolated + others <= most ? isolated : most - 1));
  });
}

TEST_CASE("a cluster's kind is true of all its members") {
  require_for_all("clusters are what they say", [] {
    const std::vector<Tenancy> tenancies = random_tenancies();
    int of_kind[5] = {};
    for (const Cluster& c : cluster(tenancies, static_cast<std::size_t>(pick(1, 20)))) {
      ++of_kind[static_cast<int>(c.kind)];
      RC_ASSERT((c.kind == ClusterKind::own) == (c.members.size() == 1));
      for (const std::size_t m : c.members) {
        if (c.kind == ClusterKind::idle) RC_ASSERT(tenancies[m].idle);
        if (c.kind == ClusterKind::streaming) RC_ASSERT(tenancies[m].streaming);
        if (c.kind != ClusterKind::packed) continue;
        for (const std::size_t other : c.members)
          if (other != m) RC_ASSERT(!meet(tenancies[m], tenancies[other]));
      }
    }
    // Names of these are the same for all of their kind.
    RC_ASSERT(of_kind[static_cast<int>(ClusterKind::idle)] <= 1);
    RC_ASSERT(of_kind[static_cast<int>(ClusterKind::streaming)] <= 1);
    RC_ASSERT(of_kind[static_cast<int>(ClusterKind::merged)] <= 1);
  });
}

TEST_CASE("nobody shares where there are groups enough, and the same tenancies make the same clusters") {
  require_for_all("clusters are no more than needed", [] {
    const std::vector<Tenancy> tenancies = random_tenancies();
    const auto most = static_cast<std::size_t>(pick(1, 20));
    const std::vector<Cluster> clusters = cluster(tenancies, most);
    RC_ASSERT(clusters == cluster(tenancies, most));
    if (tenancies.size() > most) return;
    RC_ASSERT(clusters.size() == tenancies.size());
    for (const Cluster& c : clusters) RC_ASSERT(c.kind == ClusterKind::own);
  });
}
