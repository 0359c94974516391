#include "sim/report/tooltips.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/report/markup.h"

namespace dcat::sim::page {
namespace {

constexpr std::size_t kNameLength = 24;

struct Extremes {
  bool any = false;
  double least = 0;
  double greatest = 0;
  void include(double value) {
    least = any ? std::min(least, value) : value;
    greatest = any ? std::max(greatest, value) : value;
    any = true;
  }
  std::string words() const {
    const std::string low = number(least, 2);
    const std::string high = number(greatest, 2);
    return low == high ? low : low + "–" + high;
  }
};

std::string tenant_words(const TimedResult& result, const Stretch& stretch, std::size_t t) {
  Extremes ways;
  Extremes ipc;
  std::vector<std::string> states;
  bool ran = false;
  for (std::size_t i = stretch.from; i < stretch.until; ++i) {
    const TimedTenant& tenant = result.series[i].tenants[t];
    ways.include(tenant.ways_held);
    ran = ran || tenant.ran;
    if (tenant.ran && tenant.normalised_ipc > 0) ipc.include(tenant.normalised_ipc);
    if (!tenant.ran || !tenant.state) continue;
    const std::string state(name_of(*tenant.state));
    if (std::ranges::find(states, state) == states.end()) states.push_back(state);
  }
  std::string words = fmt::format("{}: {}", shorten(result.tenants[t], kNameLength), ways.words());
  for (const std::string& state : states) words += (&state == &states.front() ? ", " : "/") + state;
  if (ipc.any) words += ", IPC " + ipc.words();
  return ran ? words : words + ", not running";
}

}  // namespace

std::string stretch_words(const TimedResult& result, const Stretch& stretch, double period_sec) {
  Extremes sum;
  Extremes bound;
  for (std::size_t i = stretch.from; i < stretch.until; ++i) {
    sum.include(result.series[i].normalised_ipc);
    if (result.series[i].oracle_normalised) bound.include(*result.series[i].oracle_normalised);
  }
  std::string words = fmt::format("{}–{} s: sum {}", number(static_cast<double>(stretch.from) * period_sec, 2),
                                  number(static_cast<double>(stretch.until) * period_sec, 2), sum.words());
  if (bound.any) words += ", bound " + bound.words();
  for (std::size_t t = 0; t < result.tenants.size(); ++t) words += "\n" + tenant_words(result, stretch, t);
  return words;
}

}  // namespace dcat::sim::page
