// look: what has been learned of a tenant's curve, and which size of whose is looked at next, for policies that need
// curves (Policy::needs_curves).
//
// A curve is the present phase's performance table: what periods showed in which the tenant had its ways for itself.
// Between sizes seen it is linear, beyond them constant. Looking: one tenant of a domain at a time has a partition of
// its own, everybody else shares the rest; its contract first, which is the phase's baseline, then the greatest and
// the least size and powers of two between them. It costs the others ways while it lasts; a new phase is looked at
// again. After E. El-Sayed et al., KPart (HPCA 2018), whose DynaWay profiles programs online in the same manner.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "controller/policies/policy.h"
#include "controller/step.h"

namespace dcat {

// What stands in for the cycles that wait for memory, where nobody counts them: twenty cycles a miss. Policies compare
// tenants by it.
double stall_stand_in(double misses_per_ki, double ipc);

// Nothing while the phase has no baseline, or misses are not counted on this node.
std::optional<KnownCurve> learned_curve(const TenantState& tenant, Ways ways);

// Insensitive, and without misses: for a tenant that cannot be looked at because it sleeps.
KnownCurve flat_curve(Ways ways);

struct Look {
  std::size_t tenant = 0;  // index into the tenants asked about
  Ways ways;
};

// The next look; nothing: all has been seen that can be. `most`: greatest size that leaves the others theirs. A tenant
// that did not show anything for kLooksInVain periods is left alone until its next phase.
std::optional<Look> next_look(const std::vector<const TenantState*>& tenants, Ways least, Ways most);
inline constexpr int kLooksInVain = 3;

// The sizes that a tenant is looked at with, in order.
std::vector<Ways> sizes_to_see(Ways contract, Ways least, Ways most);

}  // namespace dcat
