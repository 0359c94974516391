#include "sim/steady/figures.h"

#include <algorithm>

namespace dcat::sim {

MixFigures figures_of(const SteadyNode& node, std::span<const Ways> contracts, const SteadyState& state,
                      double tolerance) {
  MixFigures figures;
  double least = 0;
  double greatest = 0;
  for (std::size_t i = 0; i < state.tenants.size(); ++i) {
    const SteadyProgram& program = node.programs[i];
    TenantFigures t;
    t.ipc = state.tenants[i].ipc;
    t.speedup = t.ipc / program.best_ipc();
    t.slowdown = program.best_ipc() / t.ipc;
    const bool contract = contracts[i] > Ways(0);
    if (contract) t.normalised_ipc = t.ipc / program.at(contracts[i].count).ipc;
    t.ways_held = state.tenants[i].ways_held;
    figures.stp += t.speedup;
    figures.antt += t.slowdown;
    figures.normalised_ipc += t.normalised_ipc;
    if (contract && t.normalised_ipc < 1 - tolerance) {
      ++figures.violations;
      figures.violation_depth += 1 - tolerance - t.normalised_ipc;
    }
    least = i == 0 ? t.slowdown : std::min(least, t.slowdown);
    greatest = std::max(greatest, t.slowdown);
    figures.tenants.push_back(t);
  }
  figures.antt /= static_cast<double>(std::max<std::size_t>(1, state.tenants.size()));
  figures.unfairness = least > 0 ? greatest / least : 1;
  return figures;
}

std::vector<Ways> equal_contracts(Ways ways, std::size_t tenants) {
  const int count = static_cast<int>(tenants);
  std::vector<Ways> contracts(tenants, Ways(ways.count / count));
  for (int i = 0; i < ways.count % count; ++i) contracts[static_cast<std::size_t>(i)] += Ways(1);
  return contracts;
}

}  // namespace dcat::sim
