#include "sim/sweep/settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

namespace dcat::sim {
namespace {

constexpr int kMostWays = 64;
constexpr int kMostClosids = 256;
constexpr double kBytesPerGigabyte = 1e9;

Error wrong(const std::string& key, const std::string& got, const std::string& want) {
  return {ErrorCode::bad_input, key, "got '" + got + "'", "want " + want, 0};
}

std::optional<double> number_in(const std::string& text, double least, double most) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  if (value < least || value > most) return std::nullopt;
  return value;
}

std::optional<int> whole_in(const std::string& text, int least, int most) {
  const std::optional<double> value = number_in(text, least, most);
  if (!value || *value != std::floor(*value)) return std::nullopt;
  return static_cast<int>(*value);
}

std::optional<Duration> seconds_of(const std::string& text) {
  if (text.size() < 2 || text.back() != 's') return std::nullopt;
  const std::optional<int> value = whole_in(text.substr(0, text.size() - 1), 1, 1'000'000);
  if (!value) return std::nullopt;
  return std::chrono::seconds(*value);
}

// The configuration's own parser decides what a parameter's value may be: all settings are written down, one line is
// exchanged.
Status set_parameter(Config& config, const std::string& key, const std::string& value) {
  std::istringstream lines(format_config(config));
  std::string text;
  bool found = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(key + ":", 0) == 0) {
      found = true;
      line = key + ": " + value;
    }
    text += line + "\n";
  }
  if (!found) text += key + ": " + value + "\n";
  Result<Config> changed = parse_config(text, "--sweep " + key + "=" + value);
  if (!changed) return std::move(changed).error();
  config = *std::move(changed);
  return {};
}

using Setter = Status (*)(Settings&, const std::string&);

struct Key {
  const char* name;
  Setter set;
};

Status set_ways(Settings& s, const std::string& text) {
  const auto ways = whole_in(text, 1, kMostWays);
  if (!ways) return wrong("ways", text, "a whole number from 1 to 64");
  s.node.ways = Ways(*ways);
  return {};
}

Status set_closids(Settings& s, const std::string& text) {
  const auto closids = whole_in(text, 1, kMostClosids);
  if (!closids) return wrong("closids", text, "a whole number from 1 to 256");
  s.node.closids = *closids;
  return {};
}

Status set_bandwidth(Settings& s, const std::string& text) {
  const auto gigabytes = number_in(text, 0, 1e6);
  if (!gigabytes) return wrong("bandwidth", text, "GB/s from 0 (no ceiling) up");
  s.node.memory_bytes_per_sec = *gigabytes * kBytesPerGigabyte;
  return {};
}

Status set_contract(Settings& s, const std::string& text) {
  Result<std::vector<int>> weights = parse_contract(text);
  if (!weights) return std::move(weights).error();
  s.node.contract_weights = *std::move(weights);
  return {};
}

Status set_seed(Settings& s, const std::string& text) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), s.frame.seed);
  if (code != std::errc{} || end != text.data() + text.size()) return wrong("seed", text, "a whole number from 0 up");
  return {};
}

Status set_noise(Settings& s, const std::string& text) {
  if (text == "none") return s.frame.noise_ratio = 0, Status();
  if (text == "measured") return s.frame.noise_ratio = kMeasuredNoise, Status();
  const auto ratio = number_in(text, 0, 1);
  if (!ratio) return wrong("noise", text, "none, measured, or a ratio from 0 to 1");
  s.frame.noise_ratio = *ratio;
  return {};
}

Status set_phases(Settings& s, const std::string& text) {
  Result<std::optional<PhaseChanges>> phases = parse_phases(text);
  if (!phases) return std::move(phases).error();
  s.frame.phases = *phases;
  return {};
}

Status set_one_at_a_time(Settings& s, const std::string& text) {
  if (text != "yes" && text != "no") return wrong("one_at_a_time", text, "yes or no");
  s.frame.one_at_a_time = text == "yes";
  return {};
}

Status set_objective(Settings& s, const std::string& text) {
  const Result<Objective> objective = parse_objective(text);
  if (!objective) return objective.error();
  s.goal.objective = *objective;
  return {};
}

Status set_floors(Settings& s, const std::string& text) {
  if (text != "yes" && text != "no") return wrong("floors", text, "yes or no");
  s.goal.floors = text == "yes";
  return {};
}

constexpr Key kKeys[] = {
    {"ways", set_ways},           {"closids", set_closids},
    {"bandwidth", set_bandwidth}, {"contract", set_contract},
    {"seed", set_seed},           {"noise", set_noise},
    {"phases", set_phases},       {"objective", set_objective},
    {"floors", set_floors},       {"one_at_a_time", set_one_at_a_time},
};

}  // namespace

Result<std::optional<PhaseChanges>> parse_phases(const std::string& text) {
  if (text == "none") return std::optional<PhaseChanges>();
  const std::size_t dash = text.find('-');
  const auto shortest = seconds_of(text.substr(0, dash));
  const auto longest = dash == std::string::npos ? shortest : seconds_of(text.substr(dash + 1));
  if (!shortest || !longest || *longest < *shortest)
    return wrong("phases", text, "two times in whole seconds, the shorter first: 20s-60s; or none");
  return std::optional(PhaseChanges{*shortest, *longest});
}

Result<std::vector<int>> parse_contract(const std::string& text) {
  std::vector<int> weights;
  if (text == "equal") return weights;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ':');) {
    const auto weight = whole_in(part, 1, kMostWays);
    if (!weight) return wrong("contract", text, "equal, or parts such as 4:2:1");
    weights.push_back(*weight);
  }
  if (weights.empty() || text.back() == ':') return wrong("contract", text, "equal, or parts such as 4:2:1");
  return weights;
}

Result<Objective> parse_objective(const std::string& text) {
  if (text == "throughput") return Objective::throughput;
  if (text == "normalised") return Objective::normalised;
  if (text == "fairness") return Objective::fairness;
  return wrong("objective", text, "throughput, normalised or fairness");
}

Status check_changes(const Settings& settings, std::size_t tenants) {
  if (!settings.frame.phases) return {};
  const double length = seconds(settings.config.interval) * settings.frame.periods;
  const double phase = (seconds(settings.frame.phases->shortest) + seconds(settings.frame.phases->longest)) / 2;
  const double changes = (settings.frame.one_at_a_time ? 1 : static_cast<double>(tenants)) * length / phase;
  if (changes <= kMostChanges) return {};
  return Error{ErrorCode::bad_input, "--periods " + std::to_string(settings.frame.periods),
               std::to_string(tenants) + " tenants would change program some " +
                   std::to_string(static_cast<long long>(changes)) + " times in a run, and at most " +
                   std::to_string(static_cast<long long>(kMostChanges)) + " are kept",
               "ask for fewer periods or longer phases (--phases), or for several seeds", 0};
}

Status apply_setting(Settings& settings, const std::string& key, const std::string& value) {
  for (const Key& each : kKeys)
    if (key == each.name) return each.set(settings, value);
  const std::vector<std::string> keys = config_keys();
  if (key != "policy" && std::find(keys.begin(), keys.end(), key) != keys.end())
    return set_parameter(settings.config, key, value);
  std::string known;
  for (const Key& each : kKeys) known += std::string(each.name) + ", ";
  return Error{ErrorCode::bad_input, "--sweep", "there is nothing called '" + key + "' to set",
               "use " + known + "policy, mix, or a key of the configuration file (configs/dcat.yaml)", 0};
}

}  // namespace dcat::sim
