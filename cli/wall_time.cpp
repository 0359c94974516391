#include "cli/wall_time.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace dcat::cli {

std::string format_utc(WallTime at) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(at);
  const auto whole = std::chrono::floor<std::chrono::seconds>(ms);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(whole)),
                     (ms - whole).count());
}

std::string short_utc(const std::string& rfc3339) {
  constexpr std::size_t kToSeconds = 19;  // 2026-12-01T00:38:38
  if (rfc3339.size() <= kToSeconds) return rfc3339;
  std::string text = rfc3339.substr(0, kToSeconds);
  if (text[10] == 'T') text[10] = ' ';
  return text + 'Z';
}

}  // namespace dcat::cli
