#include "sim/tune/parameter.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <variant>

#include "controller/config/quantity.h"
#include "controller/config/suggest.h"

namespace dcat::sim {
namespace {

using std::chrono::milliseconds;

constexpr double kLogarithmicFrom = 10;  // TO / FROM
constexpr double kMillisecondsPerSecond = 1000;
constexpr double kNanosecondsPerMillisecond = 1e6;

// Ranges: docs/tune.md says why. Logarithmic or not follows from them.
constexpr const char* kUsual[] = {
    "miss_ratio=0.005:0.3",     // paper: 0.01 to 0.3
    "donor_band_ratio=0.2:1",   //
    "ipc_gain_ratio=0.01:0.4",  // paper: 0.03 to 0.4
    "count_cumulative_gain=false:true",
    "phase_change_ratio=0.06:0.6",   // does not overlap phase_match_ratio, which has to be below it
    "phase_match_ratio=0.005:0.05",  //
    "streaming_factor=2:6",          //
    "llc_idle_per_sec=100000:10000000",
    "table_loss_ratio=0.001:0.1",  //
    "probe_miss_ratio=0.2:1",      //
};
constexpr const char* kUsualOfMax = "max_perf_margin_ratio=0.001:0.1";

Error wrong(const std::string& text, const std::string& why, const std::string& todo) {
  return {ErrorCode::bad_input, "--parameter " + text, why, todo, 0};
}

bool is_bool(const Field& field) {
  return std::holds_alternative<bool Parameters::*>(field.member);
}
bool is_duration(const Field& field) {
  return std::holds_alternative<Duration Parameters::*>(field.member);
}

Kind kind_of(const Field& field) {
  if (is_bool(field)) return Kind::choice;
  return std::holds_alternative<double Parameters::*>(field.member) ? Kind::real : Kind::whole;
}

Result<const Field*> find_field(const std::string& key, const std::string& text) {
  std::vector<std::string> known;
  for (const Field& field : parameter_fields()) {
    if (std::holds_alternative<PolicyKind Parameters::*>(field.member)) continue;
    if (std::holds_alternative<AdaptiveGoal Parameters::*>(field.member)) continue;
    if (key == field.key) return &field;
    known.emplace_back(field.key);
  }
  if (key == "policy") return wrong(text, "the policy is no threshold", "choose it with --policy");
  const std::vector<std::string> keys = config_keys();
  if (std::find(keys.begin(), keys.end(), key) != keys.end())
    return wrong(text, "'" + key + "' is no threshold of the controller", "set it in the file of --config");
  const std::string near = closest_word(key, known);
  return wrong(text, "there is no key '" + key + "'",
               near.empty() ? "configs/dcat.yaml describes them all" : "did you mean " + near + "?");
}

// In the unit of the dimension. Absent: no such value.
std::optional<double> parse_value(const Field& field, const std::string& text) {
  if (is_bool(field)) {
    if (text == "false") return 0.0;
    return text == "true" ? std::optional(1.0) : std::nullopt;
  }
  if (is_duration(field)) {
    const Result<Duration> duration = parse_duration(text);
    if (!duration || *duration % milliseconds(1) != Duration(0)) return std::nullopt;
    return static_cast<double>(*duration / milliseconds(1));
  }
  const std::optional<double> number = parse_number(text);
  if (number && kind_of(field) == Kind::whole && *number != std::floor(*number)) return std::nullopt;
  return number;
}

// The key's own range, in the unit of the dimension.
double scale_of(const Field& field) {
  return is_duration(field) ? kMillisecondsPerSecond : 1;
}

std::string wanted(const Field& field) {
  if (is_bool(field)) return "want false:true";
  std::string range = format_number(field.least) + ".." + format_number(field.most);
  if (is_duration(field)) return "want durations in whole milliseconds, such as 100ms, of " + range + " s";
  if (kind_of(field) == Kind::whole) range += ", whole numbers";
  return "want numbers of " + range;
}

Result<Searched> parse_one(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::size_t colon = text.find(':', equals == std::string::npos ? 0 : equals);
  if (equals == std::string::npos || colon == std::string::npos)
    return wrong(text, "is no range of a key", "write KEY=FROM:TO, such as miss_ratio=0.01:0.1");
  const Result<const Field*> found = find_field(text.substr(0, equals), text);
  if (!found) return found.error();
  const Field& field = **found;
  const std::string texts[2] = {text.substr(equals + 1, colon - equals - 1), text.substr(colon + 1)};
  double bounds[2] = {};
  for (int i = 0; i < 2; ++i) {
    const std::optional<double> value = parse_value(field, texts[i]);
    const double most = is_bool(field) ? 1 : field.most * scale_of(field);
    if (!value || *value < field.least * scale_of(field) || *value > most)
      return wrong(text, "got '" + texts[i] + "'", wanted(field));
    bounds[i] = *value;
  }
  if (bounds[0] > bounds[1]) return wrong(text, texts[0] + " is above " + texts[1], "write the lesser value first");
  const bool logarithmic = !is_bool(field) && bounds[0] > 0 && bounds[1] >= kLogarithmicFrom * bounds[0];
  return Searched{&field, {field.key, kind_of(field), bounds[0], bounds[1], logarithmic}};
}

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;  // clang 14 does not deduce it

double value_of(const Field& field, const Parameters& p) {
  return std::visit(
      Overloaded{
          [&](double Parameters::*m) { return p.*m; },
          [&](Ways Parameters::*m) { return static_cast<double>((p.*m).count); },
          [&](Duration Parameters::*m) { return static_cast<double>((p.*m).count()) / kNanosecondsPerMillisecond; },
          [&](auto m) { return static_cast<double>(p.*m); },
      },
      field.member);
}

void put_one(const Field& field, double value, Parameters& p) {
  std::visit(Overloaded{
                 [&](double Parameters::*m) { p.*m = value; },
                 [&](int Parameters::*m) { p.*m = static_cast<int>(value); },
                 [&](Ways Parameters::*m) { p.*m = Ways(static_cast<int>(value)); },
                 [&](std::uint64_t Parameters::*m) { p.*m = static_cast<std::uint64_t>(value); },
                 [&](Duration Parameters::*m) {
                   p.*m = Duration(static_cast<Duration::rep>(std::llround(value * kNanosecondsPerMillisecond)));
                 },
                 [&](bool Parameters::*m) { p.*m = value != 0; },
                 [&](PolicyKind Parameters::*m) { p.*m = static_cast<PolicyKind>(value); },
                 [&](AdaptiveGoal Parameters::*m) { p.*m = static_cast<AdaptiveGoal>(value); },
             },
             field.member);
}

}  // namespace

Result<std::vector<Searched>> parse_searched(const std::vector<std::string>& texts) {
  std::vector<Searched> all;
  for (const std::string& text : texts) {
    Result<Searched> one = parse_one(text);
    if (!one) return std::move(one).error();
    for (const Searched& other : all)
      if (other.field == one->field) return wrong(text, "the key is given twice", "give it one range");
    all.push_back(*std::move(one));
  }
  return all;
}

std::vector<Searched> usual_parameters(PolicyKind policy) {
  std::vector<std::string> texts(std::begin(kUsual), std::end(kUsual));
  if (policy == PolicyKind::max_performance) texts.emplace_back(kUsualOfMax);
  return *parse_searched(texts);
}

Point point_of(const std::vector<Searched>& searched, const Parameters& parameters) {
  Point point;
  for (const Searched& each : searched) point.push_back(value_of(*each.field, parameters));
  return point;
}

void put(const std::vector<Searched>& searched, const Point& point, Parameters& parameters) {
  for (std::size_t i = 0; i < searched.size(); ++i) put_one(*searched[i].field, point[i], parameters);
}

std::string value_text(const Searched& searched, double value) {
  if (is_bool(*searched.field)) return value != 0 ? "true" : "false";
  if (!is_duration(*searched.field)) return format_number(value);
  return format_duration(Duration(static_cast<Duration::rep>(std::llround(value * kNanosecondsPerMillisecond))));
}

bool is_valid(const Config& config) {
  return parse_config(format_config(config), "").ok();
}

}  // namespace dcat::sim
