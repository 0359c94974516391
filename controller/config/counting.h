// The configuration's `counting:`: when, how many and which events are counted. Keys, ranges and effects are described
// in configs/dcat.yaml. What the names of events mean is found out where they are used, for it depends on the machine.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "controller/config/yaml_reader.h"
#include "core/units.h"
#include "perfmon/sample.h"

namespace dcat {

struct CountingSettings {
  // Counting is on for `window` once every `every`, which divides the control period; absent: all the time, and the
  // control period.
  std::optional<Duration> window;
  std::optional<Duration> every;
  int max_events = 4;                   // in use at once on a CPU: kLeastEvents..kMostEvents
  std::map<Event, std::string> events;  // in the place of the built-in table's
  bool operator==(const CountingSettings&) const = default;

  static constexpr int kLeastEvents = 2, kMostEvents = 4;
};

// How often a window begins. REQUIRES: settings that read_counting took with this interval.
Duration counting_period(const CountingSettings& settings, Duration interval);

// Reads the mapping under `counting` of `root`. `interval_is_right`: false where the interval itself is a mistake,
// which is then the only one to tell.
void read_counting(YamlMap& root, Duration interval, bool interval_is_right, CountingSettings& settings);

// "counting: {...}", one line.
std::string format_counting(const CountingSettings& settings);

// The settings with another control period: a time that does not go with it becomes absent.
CountingSettings counting_with_interval(CountingSettings settings, Duration interval);

}  // namespace dcat
