// The time of day as the status, explanations and events tell it: UTC, RFC 3339. The core knows none; the shell puts it
// beside what the core has decided.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace dcat::cli {

using WallTime = std::chrono::system_clock::time_point;
using WallClock = std::function<WallTime()>;

// "2026-12-01T00:38:38.123Z"
std::string format_utc(WallTime at);
// The same without what people do not need, from what format_utc wrote: "2026-12-01 00:38:38Z".
std::string short_utc(const std::string& rfc3339);

}  // namespace dcat::cli
