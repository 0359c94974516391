// The part of a plan that every policy but dCat's own has in common: a domain's ways are divided into clusters, and
// clusters become groups.
//
// Who is asked about: the tenants admitted to a domain, and its ways but for the shared region's floor. Whoever is not
// admitted lives in the shared region. Masks that do not overlap become sizes, for which layout finds the places; those
// that do are laid as the policy says, above or below the shared region, which stays at the end that I/O fills. Tenants
// that are together wherever they meet share a group; one cluster of all ways in every domain is no group at all.
// Who is isolated is taken out before: a group and its contract's ways, which lie beyond those that are divided. Where
// there are fewer CLOSIDs than that takes, priority and then the id decide, and the rest is divided like everybody.
// Private to controller/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "controller/clusters.h"
#include "controller/period.h"
#include "controller/policies/policy.h"

namespace dcat {

struct DomainAllocation {
  Allocation allocation;
  std::vector<std::size_t> rows;  // by tenant of the allocation: its row in the decision
  Ways ways;                      // that were divided
  std::optional<std::size_t> looked_at;
};

class Divider {
 public:
  explicit Divider(Period& period) : period_(period) {}
  virtual ~Divider() = default;
  void run();

 protected:
  // Divides one domain's `out.ways` among `out.rows`, which may be none, with a CLOSID to use.
  virtual Result<DomainAllocation> divide(std::size_t domain, DomainAllocation out) = 0;
  // Whether even one cluster of all ways is a group.
  virtual bool needs_groups() const { return false; }
  // Whether divide() may be asked again, with fewer clusters, where those of several domains are too many groups.
  virtual bool may_divide_again() const { return false; }
  // Clusters that a domain may have.
  int most_clusters() const { return most_clusters_; }
  // The group of those who are together; ascending, at least one.
  virtual GroupId name(const std::vector<std::uint32_t>& containers) const;
  // What became of a tenant that is not apart; `ways_after` is set.
  virtual void explain(std::size_t domain, ContainerDecision& row, bool looked_at, bool others_are) = 0;

  // The same of who was not admitted, and may have been put into a cluster all the same.
  virtual void explain_crowd(std::size_t domain, ContainerDecision& row) {
    (void)domain;
    (void)row;
  }

  // CLOSIDs that may be used; 0: all are taken, and whom it would be asked about lives in the shared region.
  int closids() const { return period_.observation.geometry.closids - 1 - static_cast<int>(apart_.size()); }
  TenantState& tenant(std::size_t domain, const ContainerDecision& row) {
    return period_.state.domains[domain].tenants[row.container];
  }
  ContainerDecision& row(std::size_t domain, std::size_t index) {
    return period_.decision.domains[domain].containers[index];
  }

  Period& period_;

 private:
  Plan& plan() { return period_.decision.plan; }
  bool is_apart(const ContainerDecision& r) const { return r.dedicated && apart_.contains(r.container); }
  Ways divided(std::size_t domain) const;
  void set_apart();
  Result<DomainAllocation> allocate(std::size_t domain);
  void divide_domains();
  void find_groups();
  void name_groups();
  void plan_domain(std::size_t domain);
  void place(std::size_t domain, DomainPlan& out);

  std::set<std::uint32_t> apart_;  // isolated containers with a group of their own
  int most_clusters_ = 0;
  std::vector<DomainAllocation> allocations_;       // by domain
  std::vector<std::vector<std::uint32_t>> groups_;  // containers that are together wherever they meet
  std::map<std::uint32_t, GroupId> group_of_;       // by container; not there: the shared region
};

}  // namespace dcat
