#include "cli/simulate_plan.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string_view>

#include "controller/config/text_file.h"
#include "controller/trace.h"
#include "sim/address_trace/byte_source.h"
#include "sim/experiment/policy_list.h"
#include "sim/experiment/trace_scenario.h"
#include "sim/scenario.h"

namespace dcat::cli {
namespace {

constexpr double kHertzPerGigahertz = 1e9;

Error usage(const std::string& what, const std::string& why, const std::string& todo) {
  return {ErrorCode::bad_input, what, why, todo, 0};
}

// FNV-1a, 64 bits: tells experiments apart, protects against nothing.
std::string digest(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

// A whole file, unpacked where it is a gzip or zstd archive, without the mark that some editors put in front of UTF-8.
Result<std::string> read_input(const std::string& path) {
  Result<std::unique_ptr<address_trace::ByteSource>> source = address_trace::open_bytes(path == "-" ? "./-" : path);
  if (!source) {
    Error error = std::move(source).error();
    error.todo = "name a file that can be read";
    return error;
  }
  std::string text;
  std::vector<char> part(std::size_t{1} << 16);
  for (;;) {
    const Result<std::size_t> n = (*source)->read(part);
    if (!n) return n.error();
    if (*n == 0) break;
    text.append(part.data(), *n);
  }
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  return text;
}

bool same_value(const std::string& a, const std::string& b) {
  const auto number = [](const std::string& text) -> std::optional<double> {
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    return code == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
  };
  return a == b || (number(a) && number(a) == number(b));
}

// Rows that come twice would count twice in every mean.
Status check_values(const std::string& text, const sim::Axis& axis) {
  for (std::size_t i = 0; i < axis.values.size(); ++i) {
    if (axis.values[i].empty()) return usage("--sweep " + text, "a value is missing", "write KEY=A,B,C");
    for (std::size_t k = 0; k < i; ++k)
      if (same_value(axis.values[k], axis.values[i]))
        return usage("--sweep " + text, axis.values[i] + " is there twice", "name every value once");
  }
  return {};
}

Result<std::vector<sim::Axis>> parse_axes(const std::vector<std::string>& texts) {
  std::vector<sim::Axis> axes;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    sim::Axis axis{text.substr(0, equals), {}};
    std::istringstream values(equals == std::string::npos ? "" : text.substr(equals + 1));
    for (std::string value; std::getline(values, value, ',');) axis.values.push_back(value);
    if (!axis.values.empty() && text.back() == ',') axis.values.emplace_back();
    if (axis.key.empty() || axis.values.empty())
      return usage("--sweep " + text, "is no list of values", "write KEY=A,B,C");
    if (Status values_fit = check_values(text, axis); !values_fit) return std::move(values_fit).error();
    for (const sim::Axis& other : axes)
      if (other.key == axis.key)
        return usage("--sweep " + text, "the key is swept twice", "put all values in one list");
    axes.push_back(std::move(axis));
  }
  return axes;
}

// What the mixes' arguments say, by the names that sweeps use, so that there is one way to write each.
Status read_settings(const SimulateArguments& a, sim::Settings& settings) {
  const auto set = [&](const std::string& key, const std::string& value) -> Status {
    if (value.empty()) return {};
    Status applied = apply_setting(settings, key, value);
    if (!applied) return std::move(applied).error().with_context("--" + key);
    return {};
  };
  for (const auto& [key, value] : {std::pair("ways", a.ways),
                                   {"closids", a.closids},
                                   {"bandwidth", a.bandwidth},
                                   {"contract", a.contract},
                                   {"seed", a.seed},
                                   {"noise", a.noise},
                                   {"phases", a.phases},
                                   {"objective", a.objective}})
    if (Status done = set(key, value); !done) return done;
  settings.goal.floors = a.floors;
  settings.frame.one_at_a_time = a.one_at_a_time;
  settings.goal.tolerance = settings.config.parameters.ipc_gain_ratio;
  if (a.least) settings.node.least = Ways(*a.least);
  if (a.gigahertz) settings.node.hertz = *a.gigahertz * kHertzPerGigahertz;
  if (a.periods) settings.frame.periods = *a.periods;
  settings.frame.period = settings.config.interval;
  return {};
}

Result<Config> read_config(const std::string& path) {
  if (path.empty()) return Config();
  Result<std::string> text = read_text_file(path);
  if (!text) return std::move(text).error();
  return parse_config(*text, path);
}

Status read_mixes(const SimulateArguments& a, sim::Experiment& experiment, std::string& identity) {
  if (a.curves_file.empty())
    return usage("dcat simulate", "neither a scenario nor a curve file is named",
                 "name scenarios, or --curves FILE with --mixes FILE or --mix A,B,C");
  Result<std::string> curves = read_input(a.curves_file);
  if (!curves) return std::move(curves).error();
  Result<sim::CurveTable> table = sim::parse_curves(*curves, a.curves_file);
  if (!table) return std::move(table).error();
  experiment.curves = *std::move(table);
  std::string text;
  std::string name = "--mix";
  for (const std::string& mix : a.mixes) {
    if (mix.empty()) return usage("--mix", "an empty mix", "name its programs: A,B,C");
    text += mix + "\n";
  }
  if (!a.mixes_file.empty()) {
    if (!text.empty()) return usage("--mix", "and --mixes say the same thing twice", "give one of them");
    Result<std::string> file = read_input(a.mixes_file);
    if (!file) return std::move(file).error();
    text = *std::move(file);
    name = a.mixes_file;
  }
  if (text.empty() && a.mixes_file.empty())
    return usage("--curves", "which programs run together is not said", "add --mixes FILE or --mix A,B,C");
  Result<std::vector<sim::Mix>> mixes = sim::parse_mixes(text, name, experiment.curves);
  if (!mixes) return std::move(mixes).error();
  experiment.mixes = *std::move(mixes);
  identity += *curves + '\0' + text + '\0';
  if (experiment.settings.node.ways.count == 0)
    experiment.settings.node.ways = Ways(static_cast<int>(experiment.curves.begin()->second.points.size()));
  if (experiment.settings.node.least > experiment.settings.node.ways)
    return usage("--min-ways",
                 "is more than the cache's " + std::to_string(experiment.settings.node.ways.count) + " ways",
                 "lower it");
  // Mixes have no host processes: the shared region need not keep ways for them.
  if (a.config_file.empty()) experiment.settings.config.parameters.shared_ways = Ways(0);
  return {};
}

Status read_scenarios(const SimulateArguments& a, sim::Experiment& experiment, std::string& identity) {
  for (const auto& [given, option] : {std::pair(!a.curves_file.empty(), "--curves"),
                                      {!a.mixes_file.empty() || !a.mixes.empty(), "--mixes"},
                                      {!a.ways.empty(), "--ways"},
                                      {!a.contract.empty(), "--contract"},
                                      {!a.phases.empty(), "--phases"},
                                      {a.one_at_a_time, "--one-at-a-time"},
                                      {!a.closids.empty(), "--closids"},
                                      {!a.bandwidth.empty(), "--bandwidth"},
                                      {!a.noise.empty(), "--noise"},
                                      {!a.seed.empty(), "--seed"},
                                      {a.least.has_value(), "--min-ways"},
                                      {a.gigahertz.has_value(), "--frequency-ghz"}})
    if (given) return usage(option, "a scenario says this itself", "leave it out, or change the scenario");
  for (const std::string& path : a.scenarios) {
    Config config = experiment.settings.config;
    Result<std::string> text = read_input(path);
    if (!text) return std::move(text).error();
    identity += path + '\0' + *text + '\0';
    if (kind_of(*text) == TraceLine::header) {
      Result<sim::RecordedNode> node = sim::scenario_of_trace(*text, path);
      if (!node) return std::move(node).error();
      config.interval = node->interval;
      for (const auto& [tenant, sizes] : node->sizes_seen)
        if (sizes < 2)
          experiment.notes.push_back(path + ": " + tenant +
                                     " was seen at one size only: more or fewer ways change nothing for it here");
      experiment.scenarios.push_back({path, std::move(node->scenario), config, {}});
      continue;
    }
    Result<sim::Scenario> scenario =
        sim::load_scenario(*text, path, std::filesystem::path(path).parent_path().string(),
                           [&](YamlMap section) { read_controller_section(std::move(section), config); });
    if (!scenario) return std::move(scenario).error();
    experiment.scenarios.push_back({path, *std::move(scenario), config, *text});
  }
  return {};
}

std::string settings_text(const sim::Experiment& e) {
  const sim::Settings& s = e.settings;
  std::string text =
      fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} ", s.node.ways.count, s.node.least.count, s.node.closids,
                  s.node.memory_bytes_per_sec, s.node.hertz, fmt::join(s.node.contract_weights, ":"), s.frame.periods,
                  s.frame.noise_ratio, s.frame.seed, static_cast<int>(s.goal.objective), s.goal.floors, e.timed);
  if (s.frame.one_at_a_time) text += "one at a time ";
  if (s.frame.phases) text += fmt::format("{}-{} ", s.frame.phases->shortest.count(), s.frame.phases->longest.count());
  if (s.oracle_seconds > 0) text += fmt::format("oracle {} s ", s.oracle_seconds);
  if (e.periods) text += fmt::format("periods {} ", *e.periods);
  text += fmt::format("{} ", fmt::join(e.policies, ","));
  for (const sim::Axis& axis : e.axes) text += fmt::format("{}={} ", axis.key, fmt::join(axis.values, ","));
  return text + format_config(s.config);
}

}  // namespace

std::vector<std::string> inputs_of(const SimulateArguments& a) {
  std::vector<std::string> inputs = a.scenarios;
  inputs.insert(inputs.end(), {a.config_file, a.curves_file, a.mixes_file});
  return inputs;
}

Result<sim::Experiment> plan_simulation(const SimulateArguments& a) {
  sim::Experiment experiment;
  Result<Config> config = read_config(a.config_file);
  if (!config) return std::move(config).error();
  experiment.settings.config = *std::move(config);
  Result<std::vector<std::string>> policies = sim::parse_policies(a.policies);
  if (!policies) return std::move(policies).error();
  experiment.policies = *std::move(policies);
  experiment.settings.oracle_seconds = a.oracle_seconds.value_or(0);
  Result<std::vector<sim::Axis>> axes = parse_axes(a.sweeps);
  if (!axes) return std::move(axes).error();
  experiment.axes = *std::move(axes);
  if (Status settings = read_settings(a, experiment.settings); !settings) return std::move(settings).error();
  std::string identity = std::string(DCAT_VERSION) + '\0';
  Status read = a.scenarios.empty() ? read_mixes(a, experiment, identity) : read_scenarios(a, experiment, identity);
  if (!read) return std::move(read).error();
  experiment.periods = a.periods;
  experiment.timed = a.periods.has_value() || !a.scenarios.empty();
  if (experiment.timed)  // what is swept is looked at with the jobs
    for (const sim::Mix& mix : experiment.mixes)
      if (Status fits = check_changes(experiment.settings, mix.programs.size()); !fits) return std::move(fits).error();
  experiment.identity = digest(identity + settings_text(experiment));
  return experiment;
}

}  // namespace dcat::cli
