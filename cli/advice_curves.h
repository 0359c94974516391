// The configuration's `curves`: what was measured elsewhere, by the rules that name it, as the advisor asks for it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "controller/advice/advisor.h"
#include "controller/config/config.h"
#include "controller/shell/announcements.h"
#include "sim/curves.h"

namespace dcat::cli {

// Reads the file; without one the table is empty. bad_input: what is wrong in it, or a rule names a curve that it has
// not.
Result<sim::CurveTable> read_named_curves(const Config& config);

class AdviceCurves {
 public:
  // `announcements`: null where nobody announces. REQUIRES: both outlive this.
  AdviceCurves(sim::CurveTable table, const Config& config, const Announcements* announcements)
      : table_(std::move(table)), config_(config), announcements_(announcements) {}

  // The configuration has become another one, with these.
  void take(sim::CurveTable table);
  // Null: no rule names one for it.
  const NamedCurve* of(const ContainerInfo& container, Ways cache_ways);

 private:
  const NamedCurve* spread(const std::string& name, Ways cache_ways);

  sim::CurveTable table_;
  const Config& config_;
  const Announcements* announcements_;
  std::map<std::pair<std::string, int>, NamedCurve> spread_;  // by name and ways
  std::map<ContainerId, std::string> names_;                  // as asked for before, while nothing else is announced
  std::uint64_t generation_ = 0;
};

}  // namespace dcat::cli
