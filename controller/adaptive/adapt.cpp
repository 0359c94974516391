// The policy `adaptive`, one period: learn what every tenant showed, fit its curve, arrange who shares which ways with
// whom, and say why. docs/adaptive.md has the method; reasons for it are in docs/decisions/0025.
#include "controller/adaptive/planner.h"

namespace dcat {

void adapt(Period& period) {
  AdaptivePlanner planner(period);
  planner.learn_all();
  planner.run();
}

}  // namespace dcat
