// The configuration's `fallback:`: when a run that enforces gives the node back by itself
// (controller/shell/fallback.h). Keys, ranges and effects are described in configs/dcat.yaml.
#pragma once

#include <optional>
#include <string>

#include "controller/config/yaml_reader.h"
#include "core/units.h"

namespace dcat {

struct FallbackSettings {
  int failures = 5;                           // periods with a change that failed, or that could not be decided
  int violations = 5;                         // of the guarantee of one container
  Duration within = std::chrono::minutes(1);  // of each other
  std::optional<Duration> return_after{};     // then enforce again; absent: only when it is ordered
  bool operator==(const FallbackSettings&) const = default;
};

void read_fallback(YamlMap& root, FallbackSettings& settings);
// "fallback: {...}", one line.
std::string format_fallback(const FallbackSettings& settings);

}  // namespace dcat
