#include "sim/report/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/report/bands.h"
#include "sim/report/look.h"
#include "sim/report/markup.h"
#include "sim/report/paths.h"
#include "sim/report/scale.h"
#include "sim/report/thinning.h"
#include "sim/report/tooltips.h"

namespace dcat::sim::page {
namespace {

// In the units of the viewBox: pixels where the page is 900 wide.
constexpr double kWidth = 900;
constexpr double kLeft = 150;
constexpr double kRight = 856;
constexpr double kCaption = 20;      // height of a panel's heading
constexpr double kPanelGap = 12;     // between panels
constexpr double kWayHeight = 13;    // of one way in the stack ...
constexpr double kLeastStack = 150;  // ... within these bounds
constexpr double kMostStack = 260;
constexpr double kNameHeight = 13;
constexpr double kSumHeight = 64;
constexpr double kStrip = 13;  // of states
constexpr double kIpcHeight = 34;
constexpr double kRowGap = 9;
constexpr double kLetterWidth = 10;  // a state that lasts less far has no letter
constexpr std::size_t kNameLength = 18;
// More changes than these are marked at the foot of a panel only: lines would hide what they are about.
constexpr std::size_t kManyChanges = 80;

using Points = std::vector<std::optional<double>>;

// What a tenant's IPC is drawn from: absent while it did not run, or has no contract.
std::optional<double> against_contract(const TimedTenant& tenant) {
  if (!tenant.ran || !std::isfinite(tenant.normalised_ipc) || tenant.normalised_ipc <= 0) return std::nullopt;
  return tenant.normalised_ipc;
}

class Chart {
 public:
  Chart(const ReportRun& run, const ChartFrame& frame)
      : result_(run.result),
        series_(run.result.series),
        frame_(frame),
        x_{0, static_cast<double>(series_.size()), kLeft, kRight},
        label_(escape("Run of " + run.policy + " on " + run.input)) {}

  std::string draw() {
    stack_panel();
    sum_panel();
    caption("Each tenant: state, and IPC against its contract", ": line at 1, dashes at the tolerance");
    for (std::size_t t = 0; t < result_.tenants.size(); ++t) tenant_row(t);
    time_axis();
    return assemble();
  }

 private:
  double run_seconds() const { return static_cast<double>(series_.size()) * frame_.period_sec; }

  void caption(const std::string& words, const std::string& more) {
    y_ += kPanelGap;
    body_ += fmt::format("<text class=\"cap\" x=\"0\" y=\"{}\">{}<tspan>{}</tspan></text>\n", number(y_ + 12),
                         escape(words), escape(more));
    y_ += kCaption;
  }
  void text(double x, double y, std::string_view css, const std::string& words) {
    body_ += fmt::format("<text x=\"{}\" y=\"{}\" class=\"{}\">{}</text>\n", number(x), number(y), css, escape(words));
  }
  void path(std::string_view attributes, const std::string& data, const std::string& title = "") {
    if (data.empty()) return;
    body_ += fmt::format("<path {} d=\"{}\"", attributes, data);
    body_ += title.empty() ? "/>\n" : fmt::format("><title>{}</title></path>\n", escape(title));
  }
  void level(std::string_view css, double y) {
    path(fmt::format("class=\"{}\"", css), fmt::format("M{} {}H{}", number(kLeft), number(y), number(kRight)));
  }
  void name(std::size_t t, double middle) {
    body_ += fmt::format("<rect x=\"0\" y=\"{}\" width=\"11\" height=\"10\" {}/>", number(middle - 5), tenant_fill(t));
    body_ += fmt::format("<text x=\"17\" y=\"{}\"><title>{}</title>{}</text>\n", number(middle + 4),
                         escape(result_.tenants[t]), escape(shorten(result_.tenants[t], kNameLength)));
  }
  void marks(const std::vector<std::size_t>& periods, double top, double bottom) {
    const double from = periods.size() > kManyChanges ? std::max(top, bottom - 7) : top;
    std::string data;
    std::string before;
    for (const std::size_t period : periods) {
      const std::string at = number(x_(static_cast<double>(period)));
      if (at != before) data += fmt::format("M{} {}V{}", at, number(from), number(bottom));
      before = at;
    }
    path("class=\"mark\"", data, "phases change");
  }
  std::vector<std::size_t> changes() const {
    std::vector<std::size_t> periods;
    for (std::size_t i = 0; i < series_.size(); ++i)
      if (series_[i].changed) periods.push_back(i);
    return periods;
  }

  // A row's phase is that of the period's end: a new one began to count in the period after.
  bool comes_or_changes(std::size_t t, std::size_t period) const {
    if (period == 0) return false;
    const auto at = [&](std::size_t i) -> const TimedTenant& { return series_[i].tenants[t]; };
    return at(period).ran != at(period - 1).ran || (period > 1 && at(period - 1).phase != at(period - 2).phase);
  }

  void stack_panel();
  void band_names(const std::vector<Band>& bands, const Scale& y);
  void sum_panel();
  void tenant_row(std::size_t t);
  void state_strip(std::size_t t);
  void ipc_row(std::size_t t, const Points& points);
  void time_axis();
  std::string assemble() const;

  const TimedResult& result_;
  const std::vector<TimedPeriod>& series_;
  const ChartFrame& frame_;
  Scale x_;
  std::string label_;
  std::string body_;
  double y_ = -kPanelGap;
  double bottom_ = 0;  // of the panels
};

// ---- the cache

void Chart::stack_panel() {
  caption("Ways held", ": a band a tenant, hatched where others fill a part of its mask");
  const std::vector<Band> bands = stack_bands(series_, result_.tenants.size(), frame_.ways);
  const double ways = stack_height(series_, frame_.ways);
  const double names = kNameHeight * static_cast<double>(result_.tenants.size());
  const double height = std::max(std::clamp(ways * kWayHeight, kLeastStack, kMostStack), names);
  const Scale y{0, ways, y_, y_ + height};
  std::vector<std::vector<double>> periods;
  for (std::size_t i = 0; i < series_.size(); ++i) {
    std::vector<double>& row = periods.emplace_back();
    for (const Band& band : bands) row.push_back(band.thickness(i));
  }
  const std::vector<std::size_t> picks = keep_changes(periods);
  for (std::size_t b = 0; b < bands.size(); ++b) {
    const Band& band = bands[b];
    const auto at = [&](bool hatched) {
      return [&band, hatched](std::size_t i) -> std::optional<std::pair<double, double>> {
        if (band.thickness(i) <= 0 || (hatched && !band.shared[i])) return std::nullopt;
        return std::pair(band.bottom[i], band.top[i]);
      };
    };
    const bool tenant = b < result_.tenants.size();
    body_ += tenant ? "<g class=\"band\">" : "<g>";
    path(tenant ? tenant_fill(b) : "class=\"free\"", area_path(steps_of(picks, series_.size(), at(false)), x_, y),
         tenant ? result_.tenants[b] : "held by nobody");
    if (tenant) path(kSharedFill, area_path(steps_of(picks, series_.size(), at(true)), x_, y));
    body_ += "</g>\n";
  }
  band_names(bands, y);
  for (const double way : ticks(0, ways, 6)) {
    const double at = y(ways - way);
    path("class=\"grid\"", fmt::format("M{} {}h4", number(kRight), number(at)));
    text(kRight + 7, at + 3.5, "small", figure(way));
  }
  y_ += height;
  marks(changes(), y_ - height, y_);
  level("edge", y_);
}

void Chart::band_names(const std::vector<Band>& bands, const Scale& y) {
  std::vector<double> places;
  for (std::size_t t = 0; t < result_.tenants.size(); ++t)
    places.push_back(y((bands[t].top.front() + bands[t].bottom.front()) / 2));
  places = spread_labels(places, kNameHeight, y.low + 5, y.high - 5);
  for (std::size_t t = 0; t < places.size(); ++t) name(t, places[t]);
}

// ---- the sum

void Chart::sum_panel() {
  Points sum;
  Points bound;
  bool bounded = false;
  for (const TimedPeriod& period : series_) {
    sum.emplace_back(period.normalised_ipc);
    bound.push_back(period.oracle_normalised);
    bounded = bounded || period.oracle_normalised;
  }
  caption("Sum of IPC against contract",
          bounded ? ": line; dashes: the best strict partition that knows the future" : "");
  const Scale y{frame_.ranges.sum.low, frame_.ranges.sum.high, y_ + kSumHeight, y_};
  for (const double value : ticks(y.from, y.until, 4)) {
    level("grid", y(value));
    text(kRight + 7, y(value) + 3.5, "small", figure(value));
  }
  const auto between = [&](std::size_t i) -> std::optional<std::pair<double, double>> {
    if (!bound[i]) return std::nullopt;
    return std::pair(*sum[i], *bound[i]);
  };
  const auto value_of = [](const Points& points) {
    return [&points](std::size_t i) -> std::optional<std::pair<double, double>> {
      if (!points[i]) return std::nullopt;
      return std::pair(*points[i], *points[i]);
    };
  };
  const std::size_t count = series_.size();
  path("class=\"gap\"", area_path(steps_of(keep_extremes(sum), count, between), x_, y));
  path("class=\"line\"", line_path(steps_of(keep_extremes(sum), count, value_of(sum)), x_, y), "sum");
  if (bounded)
    path("class=\"bound\"", line_path(steps_of(keep_extremes(bound), count, value_of(bound)), x_, y), "bound");
  text(0, y_ + 14, "small", fmt::format("mean {:.3f}", result_.normalised_ipc));
  if (result_.oracle_normalised) text(0, y_ + 28, "small", fmt::format("bound {:.3f}", *result_.oracle_normalised));
  y_ += kSumHeight;
  marks(changes(), y_ - kSumHeight, y_);
}

// ---- a tenant

void Chart::tenant_row(std::size_t t) {
  Points points;
  std::vector<std::size_t> own_changes;
  bool any_state = false;
  std::size_t below = 0;
  for (std::size_t i = 0; i < series_.size(); ++i) {
    const TimedTenant& tenant = series_[i].tenants[t];
    points.push_back(against_contract(tenant));
    any_state = any_state || tenant.state;
    if (points.back() && *points.back() < 1 - frame_.tolerance) ++below;
    if (comes_or_changes(t, i)) own_changes.push_back(i);
  }
  const double top = y_;
  name(t, y_ + 7);
  const bool with_contract = std::ranges::any_of(points, [](const auto& p) { return p.has_value(); });
  const std::string words = with_contract ? fmt::format("mean {:.3f}", result_.tenant_normalised[t]) : "no contract";
  const std::string misses = below > 0 ? fmt::format("<tspan class=\"bad\"> {} below</tspan>", below) : "";
  body_ += fmt::format("<text class=\"small\" x=\"17\" y=\"{}\">{}{}</text>\n", number(y_ + 24), words, misses);
  if (any_state) state_strip(t);
  ipc_row(t, points);
  marks(own_changes, top, y_);
  y_ += kRowGap;
}

void Chart::state_strip(std::size_t t) {
  constexpr double kNone = -1;
  std::vector<std::vector<double>> codes;
  for (const TimedPeriod& period : series_) {
    const TimedTenant& tenant = period.tenants[t];
    codes.push_back({tenant.ran && tenant.state ? static_cast<double>(*tenant.state) : kNone});
  }
  const Scale y{0, 1, y_ + kStrip, y_};
  const std::vector<std::size_t> picks = keep_changes(codes);
  std::string letters;
  for (const State state : kStates) {
    const std::vector<Step> steps = steps_of(picks, series_.size(), [&](std::size_t i) {
      const bool in = codes[i].front() == static_cast<double>(state);
      return in ? std::optional(std::pair(0.0, 1.0)) : std::nullopt;
    });
    path(state_fill(state), area_path(steps, x_, y), std::string(name_of(state)));
    for (const Step& step : steps)
      if (x_(step.until) - x_(step.from) >= kLetterWidth)
        letters += fmt::format("<text class=\"letter\" x=\"{}\" y=\"{}\">{}</text>\n",
                               number(x_((step.from + step.until) / 2)), number(y_ + kStrip - 3), letter_of(state));
  }
  body_ += letters;
  y_ += kStrip + 2;
}

void Chart::ipc_row(std::size_t t, const Points& points) {
  const double top = y_;
  y_ += kIpcHeight;
  level("edge", y_);
  const auto range = frame_.ranges.tenants.find(result_.tenants[t]);
  if (range == frame_.ranges.tenants.end()) return;
  const Scale y{range->second.low, range->second.high, y_ - 3, top + 1};
  const std::vector<std::size_t> picks = keep_extremes(points);
  const auto draw = [&](auto&& values) { return steps_of(picks, series_.size(), values); };
  using Pair = std::optional<std::pair<double, double>>;
  const auto from_one = [&](std::size_t i) { return points[i] ? Pair(std::pair(1.0, *points[i])) : Pair(); };
  const auto below = [&](std::size_t i) {
    return points[i] && *points[i] < 1 - frame_.tolerance ? Pair(std::pair(0.0, 1.0)) : Pair();
  };
  body_ += "<g class=\"tone\">";
  path(tenant_fill(t), area_path(draw(from_one), x_, y));
  body_ += "</g>";
  level("one", y(1));
  level("floor", y(1 - frame_.tolerance));
  path("class=\"line\"", line_path(draw(from_one), x_, y));
  path("class=\"below\"", area_path(draw(below), x_, Scale{0, 1, y_, y_ - 3}), "below the tolerance");
  text(kRight + 7, top + 7, "small", figure(std::round(range->second.high * 100) / 100));
  text(kRight + 7, y_, "small", figure(std::round(range->second.low * 100) / 100));
}

// ---- around the panels

void Chart::time_axis() {
  bottom_ = y_ - kRowGap + 3;
  y_ = bottom_ + 14;
  for (const double at : time_ticks(run_seconds(), 9))
    text(x_(at / frame_.period_sec), y_, "small mid", time_label(at, run_seconds()));
}

std::string Chart::assemble() const {
  std::string svg = fmt::format("<svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n",
                                number(kWidth), number(y_ + 6), label_);
  std::string grid;
  for (const double at : time_ticks(run_seconds(), 9))
    grid += fmt::format("M{} {}V{}", number(x_(at / frame_.period_sec)), number(kCaption), number(bottom_));
  svg += fmt::format("<path class=\"grid\" d=\"{}\"/>\n", grid) + body_;
  for (const Stretch& stretch : stretches_of(series_.size(), kMostColumns)) {
    const double from = x_(static_cast<double>(stretch.from));
    svg += fmt::format("<rect class=\"column\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}</title></rect>\n",
                       number(from, 2), number(kCaption), number(x_(static_cast<double>(stretch.until)) - from, 2),
                       number(bottom_ - kCaption), escape(stretch_words(result_, stretch, frame_.period_sec)));
  }
  return svg + "</svg>\n";
}

// Some air, so that lines do not lie on the edges.
void widen(Range& range, double part) {
  const double air = (range.high - range.low) * part;
  range.low -= air;
  range.high += air;
}

}  // namespace

Ranges ranges_of(const std::vector<const ReportRun*>& runs, double tolerance) {
  constexpr double kLeastSum = 0.1;
  Ranges ranges;
  bool first = true;
  for (const ReportRun* run : runs)
    for (const TimedPeriod& period : run->result.series) {
      if (first) ranges.sum = {period.normalised_ipc, period.normalised_ipc};
      first = false;
      ranges.sum.include(period.normalised_ipc);
      if (period.oracle_normalised) ranges.sum.include(*period.oracle_normalised);
      for (std::size_t t = 0; t < period.tenants.size(); ++t) {
        const std::optional<double> value = against_contract(period.tenants[t]);
        if (!value) continue;
        // The contract and what is tolerated are in sight always, and a little more.
        const Range least{1 - 2 * std::max(tolerance, 0.05), 1 + std::max(tolerance, 0.05)};
        ranges.tenants.try_emplace(run->result.tenants[t], least).first->second.include(*value);
      }
    }
  if (ranges.sum.high - ranges.sum.low < kLeastSum) {
    ranges.sum.low -= kLeastSum / 2;
    ranges.sum.high += kLeastSum / 2;
  }
  widen(ranges.sum, 0.06);
  return ranges;
}

std::string run_chart(const ReportRun& run, const ChartFrame& frame) {
  return Chart(run, frame).draw();
}

}  // namespace dcat::sim::page
