// Admission: contracts beyond the domain's ways less the shared region's floor are refused; who is refused runs in the
// shared region and is asked again every period, in the order of ids.
#include <algorithm>

#include "controller/period.h"

namespace dcat {

namespace {

// It runs elsewhere, or has no contract any more. What is known of its phases is kept; its ways are not.
void dismiss(TenantState& tenant) {
  tenant.admitted = false;
  tenant.granted = Ways(0);
  tenant.profile.state = State::reclaim;
  tenant.profile.idle = false;
  tenant.profile.measured.reset();
  tenant.profile.before_probe.reset();
}

// A new contract makes every baseline meaningless.
void set_contract(TenantState& tenant, Ways contract) {
  if (tenant.contract == contract) return;
  tenant.contract = contract;
  tenant.profile = Profile{};
}

void admit_to(DomainPeriod& d, DomainState& domain, const Observation& o, bool groups_left) {
  Ways room = d.geometry->ways() - d.floor;
  std::vector<std::size_t> waiting, changed;
  for (std::size_t c = 0; c < domain.tenants.size(); ++c) {
    TenantState& tenant = domain.tenants[c];
    const auto wanted = resolve_contract(o.containers[c], d.geometry->ways(), d.least);
    if (!tenant.counts || !wanted || !groups_left) {
      if (tenant.admitted) dismiss(tenant);
      continue;
    }
    // Those inside come first.
    if (tenant.admitted && tenant.contract <= room) {
      room -= tenant.contract;
      if (*wanted != tenant.contract) changed.push_back(c);
      continue;
    }
    if (tenant.admitted) dismiss(tenant);  // the domain has become too small
    waiting.push_back(c);
  }
  // A contract that grew must fit beside everybody's inside, or it stays what it was.
  for (const std::size_t c : changed) {
    const Ways wanted = *resolve_contract(o.containers[c], d.geometry->ways(), d.least);
    const Ways more = wanted - domain.tenants[c].contract;
    if (more > room) continue;
    set_contract(domain.tenants[c], wanted);
    room -= more;
  }
  for (const std::size_t c : waiting) {
    const Ways wanted = *resolve_contract(o.containers[c], d.geometry->ways(), d.least);
    if (wanted > room) continue;
    set_contract(domain.tenants[c], wanted);
    domain.tenants[c].admitted = true;
    room -= wanted;
  }
}

}  // namespace

void admit(Period& period) {
  const bool groups_left = period.observation.geometry.closids > 1;
  for (std::size_t i = 0; i < period.domains.size(); ++i)
    admit_to(period.domains[i], period.state.domains[i], period.observation, groups_left);
}

}  // namespace dcat
