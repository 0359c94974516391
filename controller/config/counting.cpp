#include "controller/config/counting.h"

#include <algorithm>
#include <chrono>

#include "controller/config/quantity.h"
#include "controller/config/tenants.h"
#include "controller/config/yaml_tree.h"

namespace dcat {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr Range<Duration> kWindowRange{milliseconds(1), hours(1)};
constexpr Range<Duration> kEveryRange{milliseconds(10), hours(1)};
// libpfm4's longest names with all their umasks have some 150 characters.
constexpr std::size_t kLongestName = 512;

void read_duration(YamlMap& map, const std::string& key, Range<Duration> range, std::optional<Duration>& out) {
  Duration value{};
  if (map.read(key, value, range)) out = value;
}

void read_times(YamlMap& map, Duration interval, bool interval_is_right, CountingSettings& settings) {
  read_duration(map, "window", kWindowRange, settings.window);
  read_duration(map, "every", kEveryRange, settings.every);
  if (map.has("every") && !map.has("window")) map.error("every", "got no window beside it, want both or window alone");
  const bool both_read =
      map.has("window") == settings.window.has_value() && map.has("every") == settings.every.has_value();
  if (!interval_is_right || !both_read) return;

  const std::string shown_interval = format_duration(interval);
  if (settings.every && (*settings.every > interval || interval % *settings.every != Duration(0))) {
    map.error("every", "got " + format_duration(*settings.every) + ", want a whole fraction of interval (" +
                           shown_interval + ")");
    return;
  }
  const Duration every = settings.every.value_or(interval);
  if (settings.window && *settings.window > every)
    map.error("window", "got " + format_duration(*settings.window) + ", want at most " +
                            (settings.every ? "every (" : "interval (") + format_duration(every) + ")");
}

bool is_printable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

void read_events(YamlMap map, CountingSettings& settings) {
  for (const Event event : kAllEvents) {
    const std::string key(name_of(event));
    std::string name;
    if (!map.read(key, name)) continue;
    if (name.empty() || name.size() > kLongestName || !is_printable(name))
      map.error(key, "got \"" + shown_text(name) + "\", want the name of an event, a raw code such as r412e, or none");
    else
      settings.events[event] = name;
  }
  map.finish();
}

}  // namespace

Duration counting_period(const CountingSettings& settings, Duration interval) {
  return settings.every.value_or(interval);
}

void read_counting(YamlMap& root, Duration interval, bool interval_is_right, CountingSettings& settings) {
  if (!root.has("counting")) return;
  YamlMap map = root.map("counting");
  read_times(map, interval, interval_is_right, settings);
  map.read("max_events", settings.max_events,
           Range<int>{CountingSettings::kLeastEvents, CountingSettings::kMostEvents, "events"});
  if (map.has("events")) read_events(map.map("events"), settings);
  map.finish();
}

std::string format_counting(const CountingSettings& settings) {
  std::string text = "counting: {";
  if (settings.window) text += "window: " + format_duration(*settings.window) + ", ";
  if (settings.every) text += "every: " + format_duration(*settings.every) + ", ";
  text += "max_events: " + std::to_string(settings.max_events);
  std::string events;
  for (const auto& [event, name] : settings.events)
    events += (events.empty() ? "" : ", ") + std::string(name_of(event)) + ": " + quoted(name);
  if (!events.empty()) text += ", events: {" + events + "}";
  return text + "}\n";
}

CountingSettings counting_with_interval(CountingSettings settings, Duration interval) {
  if (settings.every && (*settings.every > interval || interval % *settings.every != Duration(0)))
    settings.every.reset();
  if (settings.window && *settings.window > counting_period(settings, interval)) {
    settings.window.reset();
    settings.every.reset();
  }
  return settings;
}

}  // namespace dcat
