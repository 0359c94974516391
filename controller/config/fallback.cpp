#include "controller/config/fallback.h"

#include <chrono>

#include "controller/config/quantity.h"

namespace dcat {

namespace {
constexpr Range<int> kTimes{1, 1000};
constexpr Range<Duration> kWithin{std::chrono::seconds(1), std::chrono::hours(24)};
constexpr Range<Duration> kReturn{std::chrono::seconds(1), std::chrono::hours(24 * 365)};
}  // namespace

void read_fallback(YamlMap& root, FallbackSettings& settings) {
  if (!root.has("fallback")) return;
  YamlMap map = root.map("fallback");
  map.read("failures", settings.failures, kTimes);
  map.read("violations", settings.violations, kTimes);
  map.read("within", settings.within, kWithin);
  Duration after{};
  if (map.read("return_after", after, kReturn)) settings.return_after = after;
  map.finish();
}

std::string format_fallback(const FallbackSettings& settings) {
  std::string text = "fallback: {failures: " + std::to_string(settings.failures) +
                     ", violations: " + std::to_string(settings.violations) +
                     ", within: " + format_duration(settings.within);
  if (settings.return_after) text += ", return_after: " + format_duration(*settings.return_after);
  return text + "}\n";
}

}  // namespace dcat
