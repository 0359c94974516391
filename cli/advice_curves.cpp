#include "cli/advice_curves.h"

#include "controller/config/text_file.h"

namespace dcat::cli {

namespace {
// A map of those that have gone as well is not kept for ever.
constexpr std::size_t kMostNames = 1 << 14;
}  // namespace

Result<sim::CurveTable> read_named_curves(const Config& config) {
  if (config.curves.empty()) return sim::CurveTable();
  const Result<std::string> text = read_text_file(config.curves);
  if (!text) return text.error();
  Result<sim::CurveTable> table = sim::parse_curves(*text, config.curves);
  if (!table) return table;
  std::string problems;
  for (const TenantConfig& tenant : config.tenants) {
    if (tenant.curve.empty() || table->contains(tenant.curve)) continue;
    problems += (problems.empty() ? "" : "\n") + tenant.origin.file + ":" + std::to_string(tenant.origin.line) +
                ": curve: got \"" + tenant.curve + "\", want one of " + config.curves;
  }
  if (problems.empty()) return table;
  return Error{ErrorCode::bad_input, problems, "", ""};
}

void AdviceCurves::take(sim::CurveTable table) {
  table_ = std::move(table);
  spread_.clear();
  names_.clear();
}

const NamedCurve* AdviceCurves::of(const ContainerInfo& container, Ways cache_ways) {
  if (table_.empty()) return nullptr;
  const std::uint64_t generation = announcements_ == nullptr ? 0 : announcements_->generation();
  if (generation_ != generation || names_.size() > kMostNames) names_.clear();
  generation_ = generation;
  auto known = names_.find(container.id);
  if (known == names_.end()) {
    const Announcement* const announced = announcements_ == nullptr ? nullptr : announcements_->of(container.id);
    const TenantConfig* const tenant = find_tenant(config_, container.id, identity_of(container.id, announced));
    known = names_.emplace(container.id, tenant == nullptr ? std::string() : tenant->curve).first;
  }
  return known->second.empty() ? nullptr : spread(known->second, cache_ways);
}

// Points of another cache's ways stand for parts of the whole, and are spread over this one's (sim/curves.h).
const NamedCurve* AdviceCurves::spread(const std::string& name, Ways cache_ways) {
  const auto curve = table_.find(name);
  if (curve == table_.end()) return nullptr;
  const auto [at, is_new] = spread_.try_emplace({name, cache_ways.count});
  if (is_new) {
    std::vector<IpcPoint> points;
    for (int ways = 1; ways <= cache_ways.count; ++ways)
      points.push_back({static_cast<double>(ways), sim::curve_at(curve->second, ways, cache_ways.count).ipc});
    at->second = {name, IpcCurve(std::move(points))};
  }
  return &at->second;
}

}  // namespace dcat::cli
