#include <algorithm>
#include <cmath>

#include "sim/report/bands.h"
#include "sim/report/markup.h"
#include "sim/report/paths.h"
#include "sim/report/thinning.h"
#include "tests/sim_report/well_formed.h"
#include "tests/support/property.h"

namespace dcat::sim::page {
namespace {

using dcat::testing::one_in;
using dcat::testing::pick;
using dcat::testing::require_for_all;

TEST_CASE("In every period bands touch, do not overlap and add up to the ways, held or not") {
  require_for_all("bands add up", [] {
    const int ways = pick(1, 20);
    const std::size_t tenants = static_cast<std::size_t>(pick(1, 8));
    std::vector<TimedPeriod> series(static_cast<std::size_t>(pick(1, 6)));
    const bool too_much = one_in(10);
    for (TimedPeriod& period : series) {
      double left = too_much ? 2 * ways : ways;
      for (std::size_t t = 0; t < tenants; ++t) {
        TimedTenant& tenant = period.tenants.emplace_back();
        tenant.ways_held = one_in(4) ? 0 : left * pick(0, 100) / 100.0;
        tenant.mask = Cbm(static_cast<std::uint64_t>(pick(0, 1 << 20)));
        left -= tenant.ways_held;
      }
    }
    const std::vector<Band> bands = stack_bands(series, tenants, ways);
    const double height = stack_height(series, ways);
    RC_ASSERT(too_much || height == ways);
    RC_ASSERT(bands.size() == tenants + 1);
    for (std::size_t i = 0; i < series.size(); ++i) {
      double sum = 0;
      double above = 0;
      for (std::size_t b = 0; b < bands.size(); ++b) {
        RC_ASSERT(bands[b].top[i] == above);
        RC_ASSERT(bands[b].thickness(i) >= 0);
        if (b < tenants) RC_ASSERT(std::abs(bands[b].thickness(i) - series[i].tenants[b].ways_held) < 1e-5);
        above = bands[b].bottom[i];
        sum += bands[b].thickness(i);
      }
      RC_ASSERT(std::abs(sum - height) < 1e-9);
    }
  });
}

TEST_CASE("A curve that is thinned out keeps its extremes and no more points than asked for") {
  require_for_all("extremes stay", [] {
    std::vector<std::optional<double>> values(static_cast<std::size_t>(pick(1, 400)));
    for (auto& value : values)
      if (!one_in(5)) value = pick(-1000, 1000);
    const auto most = static_cast<std::size_t>(pick(5, 100));
    const std::vector<std::size_t> picks = keep_extremes(values, most);
    RC_ASSERT(picks.size() <= most);
    RC_ASSERT(std::ranges::is_sorted(picks));
    RC_ASSERT(std::ranges::adjacent_find(picks) == picks.end());
    RC_ASSERT(picks.front() == 0U);
    RC_ASSERT(picks.back() == values.size() - 1);
    const auto least = [](double a, double b) { return std::min(a, b); };
    const auto greatest = [](double a, double b) { return std::max(a, b); };
    for (const auto& better :
         {std::function<double(double, double)>(least), std::function<double(double, double)>(greatest)}) {
      std::optional<double> of_all;
      std::optional<double> of_picks;
      for (const auto& value : values)
        if (value) of_all = of_all ? better(*of_all, *value) : *value;
      for (const std::size_t i : picks)
        if (values[i]) of_picks = of_picks ? better(*of_picks, *values[i]) : *values[i];
      RC_ASSERT(of_all == of_picks);
    }
  });
}

TEST_CASE("Steps of a whole run cover every period that has a value, and none twice") {
  require_for_all("steps cover", [] {
    std::vector<std::optional<double>> values(static_cast<std::size_t>(pick(1, 60)));
    for (auto& value : values)
      if (!one_in(4)) value = pick(3);
    const auto steps = steps_of(keep_extremes(values), values.size(), [&](std::size_t i) {
      return values[i] ? std::optional(std::pair(0.0, *values[i])) : std::nullopt;
    });
    std::vector<std::optional<double>> seen(values.size());
    for (const Step& step : steps)
      for (auto i = static_cast<std::size_t>(step.from); i < static_cast<std::size_t>(step.until); ++i) {
        RC_ASSERT(!seen[i].has_value());
        seen[i] = step.high;
      }
    RC_ASSERT(seen == values);
  });
}

TEST_CASE("Whatever bytes a name has, it is well formed text on the page") {
  require_for_all("names are text", [] {
    std::string name;
    const std::string sharp = "<>&\"'\xC3\xE2\xF0\x80\xBF;#";
    for (int n = pick(0, 20); n > 0; --n)
      name += one_in(2) ? sharp[static_cast<std::size_t>(pick(static_cast<int>(sharp.size())))]
                        : static_cast<char>(pick(256));
    const std::string text = escape(name);
    RC_ASSERT(dcat::testing::what_is_malformed("<!DOCTYPE html>\n<p title=\"" + text + "\">" + text + "</p>").empty());
    RC_ASSERT(escape(shorten(name, 8)).size() <= 9 * 6U);
  });
}

}  // namespace
}  // namespace dcat::sim::page
