#include "controller/look.h"

#include <algorithm>

namespace dcat {
namespace {

constexpr double kExposedMissCycles = 20;  // of some 200: most misses overlap

const Phase* phase_of(const TenantState& tenant) {
  return tenant.profile.phases.phases.empty() ? nullptr : &tenant.profile.phases.now();
}

bool seen(const TenantState& tenant, Ways ways) {
  const Phase* phase = phase_of(tenant);
  return phase != nullptr && phase->baseline_ipc && phase->table.find(ways) != nullptr;
}

// As PerformanceTable::at, for a column.
double column_at(const std::vector<TableEntry>& entries, Ways ways, std::optional<double> TableEntry::*column) {
  const auto above = std::ranges::find_if(entries, [&](const TableEntry& e) { return e.ways >= ways; });
  if (above == entries.end()) return *(entries.back().*column);
  if (above == entries.begin() || above->ways == ways) return *(*above.*column);
  const TableEntry& below = *(above - 1);
  const double part = static_cast<double>((ways - below.ways).count) / (above->ways - below.ways).count;
  return *(below.*column) + part * (*(*above.*column) - *(below.*column));
}

bool has(const std::vector<TableEntry>& entries, std::optional<double> TableEntry::*column) {
  return std::ranges::all_of(entries, [&](const TableEntry& e) { return (e.*column).has_value(); });
}

}  // namespace

double stall_stand_in(double misses_per_ki, double ipc) {
  return std::min(1.0, misses_per_ki / 1000 * ipc * kExposedMissCycles);
}

std::optional<KnownCurve> learned_curve(const TenantState& tenant, Ways ways) {
  const Phase* phase = phase_of(tenant);
  if (phase == nullptr || !phase->baseline_ipc || phase->table.empty()) return std::nullopt;
  const std::vector<TableEntry>& entries = phase->table.entries();
  if (!has(entries, &TableEntry::mpki)) return std::nullopt;
  const bool references = has(entries, &TableEntry::llc_refs_per_ki);
  KnownCurve curve;
  for (Ways w(1); w <= ways; w += Ways(1)) {
    SizeFigures& at = curve.at.emplace_back();
    at.ipc = phase->table.at(w) * *phase->baseline_ipc;
    at.misses_per_ki = column_at(entries, w, &TableEntry::mpki);
    at.references_per_ki = references ? column_at(entries, w, &TableEntry::llc_refs_per_ki) : at.misses_per_ki;
    at.stall_ratio = stall_stand_in(at.misses_per_ki, at.ipc);
  }
  return curve;
}

KnownCurve flat_curve(Ways ways) {
  KnownCurve curve;
  curve.at.assign(static_cast<std::size_t>(ways.count), SizeFigures{1, 0, 0, 0});
  return curve;
}

std::vector<Ways> sizes_to_see(Ways contract, Ways least, Ways most) {
  std::vector<Ways> sizes;
  const auto add = [&](Ways size) {
    size = std::clamp(size, least, most);
    if (std::ranges::find(sizes, size) == sizes.end()) sizes.push_back(size);
  };
  if (most < least) return sizes;
  add(contract);
  add(most);
  for (Ways size = least; size < most; size = Ways(size.count * 2)) add(size);
  return sizes;
}

std::optional<Look> next_look(const std::vector<const TenantState*>& tenants, Ways least, Ways most) {
  for (std::size_t i = 0; i < tenants.size(); ++i) {
    if (tenants[i]->looks_in_vain >= kLooksInVain) continue;
    for (const Ways size : sizes_to_see(tenants[i]->contract, least, most))
      if (!seen(*tenants[i], size)) return Look{i, size};
  }
  return std::nullopt;
}

}  // namespace dcat
