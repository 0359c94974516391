#include "sim/comparison.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "sim/node.h"

namespace dcat::sim {
namespace {

// Hands out runs of ways from one end; what is left is one run at the other, where the shareable and tied
// ways are.
class Partitioner {
 public:
  Partitioner(const DomainGeometry& domain, Ways reserve)
      : available_(domain.available), left_(domain.ways()), least_(domain.min_cbm_bits) {
    Cbm special = domain.shareable & domain.available;
    for (const Cbm tied : domain.tied) special = special | (tied & domain.available);
    const int low_side = special.empty() ? 0 : special.lowest().value - available_.lowest().value;
    const int high_side = special.empty() ? 0 : available_.highest().value - special.highest().value;
    from_top_ = !special.empty() && low_side < high_side;
    // A partition must not split a tied set: they stay in the shared region.
    int tied_ways = 0;
    for (const Cbm tied : domain.tied) {
      const Cbm span = tied & domain.available;
      if (span.empty()) continue;
      tied_ways = std::max(tied_ways, from_top_ ? span.highest().value - available_.lowest().value + 1
                                                : available_.highest().value - span.lowest().value + 1);
    }
    reserve_ = std::max(reserve, Ways(tied_ways));
  }

  // What is left is a mask, or nothing.
  bool can_take(Ways ways) const {
    const Ways rest = left_ - ways;
    return rest >= reserve_ && (rest == Ways(0) || rest >= least_);
  }
  Cbm take(Ways ways) {
    const int low = available_.lowest().value;
    const int first = from_top_ ? low + left_.count - ways.count : low + available_.size().count - left_.count;
    left_ -= ways;
    return Cbm::run(WayIndex(first), ways);
  }
  Cbm rest() const {
    const int low = available_.lowest().value;
    return Cbm::run(WayIndex(from_top_ ? low : low + available_.size().count - left_.count), left_);
  }

 private:
  Cbm available_;
  Ways left_;
  Ways least_;
  Ways reserve_;
  bool from_top_ = false;
};

Ways legal_size(Ways contract, const DomainGeometry& domain) {
  return std::max(contract, domain.min_cbm_bits);
}

using Partitions = std::map<ContainerId, std::map<DomainId, Cbm>>;

struct Attempt {
  Partitions partitions;
  std::map<DomainId, Cbm> rest;
  bool everybody = true;
};

Attempt partition(const Geometry& geometry, const std::vector<Claim>& claims, bool keep_shared) {
  std::map<DomainId, Partitioner> left;
  for (const DomainGeometry& d : geometry.domains)
    left.try_emplace(d.id, d, keep_shared || !d.shared_may_be_empty ? legal_size(Ways(1), d) : Ways(0));
  Attempt attempt;
  for (const Claim& claim : claims) {
    const bool fits = !claim.ways.empty() && static_cast<int>(attempt.partitions.size()) + 1 < geometry.closids &&
                      std::all_of(claim.ways.begin(), claim.ways.end(), [&](const auto& want) {
                        return left.at(want.first).can_take(legal_size(want.second, *geometry.find(want.first)));
                      });
    if (!fits) {
      attempt.everybody = false;
      continue;
    }
    for (const auto& [domain, ways] : claim.ways)
      attempt.partitions[claim.tenant][domain] = left.at(domain).take(legal_size(ways, *geometry.find(domain)));
  }
  for (const auto& [domain, partitioner] : left) attempt.rest[domain] = partitioner.rest();
  return attempt;
}

// In the order of arrival, so that who comes later displaces nobody.
std::vector<Claim> claims_of(const Scenario& scenario, const Geometry& geometry,
                             const std::vector<ContainerInfo>& present) {
  std::vector<const TenantSpec*> by_arrival;
  for (const TenantSpec& tenant : scenario.tenants) by_arrival.push_back(&tenant);
  std::stable_sort(by_arrival.begin(), by_arrival.end(),
                   [](const TenantSpec* a, const TenantSpec* b) { return a->arrival < b->arrival; });
  std::vector<Claim> claims;
  for (const TenantSpec* spec : by_arrival) {
    const auto at = std::find_if(present.begin(), present.end(), [&](const auto& i) { return i.id == spec->id; });
    if (at == present.end()) continue;
    const ContainerInfo& info = *at;
    Claim& claim = claims.emplace_back(Claim{info.id, {}});
    if (info.contract_kind == ContainerInfo::ContractKind::none || !info.managed) continue;
    for (const PlacementSpec& place : spec->placements) {
      const double share = info.cpu_share * geometry.find(place.domain)->ways().count;
      const Ways of_share(std::max(1, static_cast<int>(std::floor(share + 1e-9))));
      claim.ways.emplace_back(place.domain,
                              info.contract_kind == ContainerInfo::ContractKind::given ? info.contract : of_share);
    }
  }
  return claims;
}

// From whatever stands to `masks`, without care for what overlaps in between: nobody runs meanwhile.
Status enforce(CacheControl& cache, const Masks& masks) {
  const Result<Masks> before = cache.read_masks();
  if (!before) return before.error();
  Changes changes;
  if (!before->domains.empty())
    for (const GroupMask& g : before->domains.front().groups) changes.push_back(RemoveGroup{g.group});
  std::map<GroupId, WriteMasks> writes;
  WriteMasks shared;
  for (const DomainMasks& d : masks.domains) {
    shared.masks.emplace_back(d.id, d.shared);
    for (const GroupMask& g : d.groups) {
      writes[g.group].group = g.group;
      writes[g.group].masks.emplace_back(d.id, g.mask);
    }
  }
  changes.push_back(shared);
  for (const auto& [group, write] : writes) {
    changes.push_back(CreateGroup{group});
    changes.push_back(write);
  }
  for (const Member& m : masks.members) changes.push_back(MoveContainer{m.container, m.group});
  for (const Change& change : changes)
    if (Status status = cache.apply(change); !status) return status;
  return {};
}

FixedResult difference(const TruthRow& before, const TruthRow& after) {
  return {after.tenant, normalised_ipc(before, after), ipc(before, after)};
}

}  // namespace

Masks static_masks(const Geometry& geometry, const std::vector<Claim>& claims) {
  Attempt attempt = partition(geometry, claims, false);
  if (!attempt.everybody) attempt = partition(geometry, claims, true);
  Masks masks;
  for (const DomainGeometry& d : geometry.domains) {
    DomainMasks& domain = masks.domains.emplace_back();
    domain.id = d.id;
    domain.shared = attempt.rest.at(d.id);
    for (const auto& [tenant, of_domain] : attempt.partitions) {
      const auto own = of_domain.find(d.id);
      domain.groups.push_back({GroupId{tenant.value}, own == of_domain.end() ? domain.shared : own->second});
    }
  }
  for (const auto& [tenant, of_domain] : attempt.partitions) masks.members.push_back({tenant, GroupId{tenant.value}});
  return masks;
}

Result<std::vector<FixedResult>> run_fixed(const Scenario& scenario, FixedMasks masks, Duration period, int periods,
                                           int first_period) {
  SimulatedNode node(scenario);
  const Geometry geometry = *node.cache().read_geometry();
  std::vector<ContainerInfo> known;
  std::vector<TruthRow> start = node.truth();
  for (int i = 0; i < periods; ++i) {
    if (i == first_period) start = node.truth();
    const std::vector<ContainerInfo> present = *node.containers().list();
    if (masks == FixedMasks::static_contracts && present != known) {
      known = present;
      Status status = enforce(node.cache(), static_masks(geometry, claims_of(node.scenario(), geometry, present)));
      if (!status) return std::move(status.error()).with_context("static partition");
    }
    node.clock().sleep_until(node.clock().now() + period);
  }
  const std::vector<TruthRow> end = node.truth();
  std::vector<FixedResult> results;
  for (std::size_t t = 0; t < end.size(); ++t) results.push_back(difference(start[t], end[t]));
  return results;
}

}  // namespace dcat::sim
