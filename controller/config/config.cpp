#include "controller/config/config.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "controller/config/fields.h"
#include "controller/config/quantity.h"
#include "controller/config/tenants.h"
#include "controller/config/yaml_tree.h"

namespace dcat {
namespace {

using std::chrono::milliseconds;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;  // clang 14 does not deduce it

constexpr std::array<std::string_view, 3> kModeWords{name_of(Mode::observe), name_of(Mode::advise),
                                                     name_of(Mode::enforce)};
// What configurations are written with, in the order of PolicyKind, then the simulator's names for dCat itself.
constexpr auto kPolicyWords = [] {
  std::array<std::string_view, kPolicyKinds.size() + 2> words{};
  for (std::size_t i = 0; i < kPolicyKinds.size(); ++i) words[i] = name_of(kPolicyKinds[i]);
  words[words.size() - 2] = "dcat-fair";
  words[words.size() - 1] = "dcat-max";
  return words;
}();
constexpr std::array<std::string_view, 2> kRootWords{"shared", "keep"};

// Shorter, and reading the counters is most of the work; longer, and it is no control.
constexpr Range<Duration> kIntervalRange{milliseconds(10), std::chrono::hours(1)};
constexpr Range<Duration> kSampleIntervalRange{milliseconds(1), std::chrono::hours(1)};
constexpr Range<Duration> kAdoptRange{Duration(0), std::chrono::hours(24)};

// ---- Defaults that depend on the interval

// The longest whole fraction of the interval that is at most 100 ms.
Duration default_sample_interval(Duration interval) {
  constexpr Duration kMost = milliseconds(100);
  // Only odd intervals (a prime number of nanoseconds) need more tries; they are not worth a sub-sample.
  constexpr Duration::rep kTries = 1000;
  const Duration::rep first = (interval + kMost - Duration(1)) / kMost;
  for (Duration::rep n = first; n < first + kTries; ++n)
    if (interval.count() % n == 0) return interval / n;
  return interval;
}

// Half of the period has to be left to measure in.
Duration default_settle(Duration interval) {
  return std::min(Parameters{}.settle, interval / 2);
}

// ---- Reading

// Reads single keys and remembers which were wrong, so that no cross check judges a default in their place.
class SettingsReader {
 public:
  explicit SettingsReader(YamlMap map) : map_(std::move(map)) {}

  template <class T, class... Limits>
  void read(const std::string& key, T& out, const Limits&... limits) {
    if (!map_.read(key, out, limits...) && map_.has(key)) wrong_.insert(key);
  }

  template <class Enum, std::size_t N>
  void read_word(const std::string& key, Enum& out, const std::array<std::string_view, N>& words) {
    std::size_t index = 0;
    if (map_.read_word(key, index, {words.begin(), words.end()})) out = static_cast<Enum>(index);
  }

  bool has(const std::string& key) { return map_.has(key); }
  void error(const std::string& key, const std::string& message) { map_.error(key, message); }
  bool is_right(const std::string& key) const { return !wrong_.contains(key); }

  // `less` has to be less than `more`: blames the one that was written, `less` when both were.
  void check_less(bool holds, const std::string& less, const std::string& less_text, const std::string& more,
                  const std::string& more_text) {
    if (holds || !is_right(less) || !is_right(more)) return;
    if (map_.has(less) || !map_.has(more)) {
      map_.error(less, "got " + less_text + ", want less than " + more + " (" + more_text + ")");
    } else {
      map_.error(more, "got " + more_text + ", want more than " + less + " (" + less_text + ")");
    }
  }

 private:
  YamlMap map_;
  std::set<std::string> wrong_;
};

Duration from_seconds(double s) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(s));
}

void read_parameter(SettingsReader& reader, const Field& field, Parameters& p) {
  const auto range = [&]<class T>(T) {
    return Range<T>{static_cast<T>(field.least), static_cast<T>(field.most), field.unit};
  };
  std::visit(Overloaded{
                 [&](double Parameters::*m) { reader.read(field.key, p.*m, range(0.0)); },
                 [&](int Parameters::*m) { reader.read(field.key, p.*m, range(0)); },
                 [&](Ways Parameters::*m) { reader.read(field.key, p.*m, range(0)); },
                 [&](std::uint64_t Parameters::*m) { reader.read(field.key, p.*m, range(std::uint64_t{0})); },
                 [&](Duration Parameters::*m) {
                   reader.read(field.key, p.*m, Range<Duration>{from_seconds(field.least), from_seconds(field.most)});
                 },
                 [&](bool Parameters::*m) { reader.read(field.key, p.*m); },
                 [&](PolicyKind Parameters::*m) {
                   auto word = static_cast<std::size_t>(p.*m);  // stays where the key is not there, or wrong
                   reader.read_word(field.key, word, kPolicyWords);
                   p.*m = *parse_policy(kPolicyWords[word]);
                 },
                 [&](AdaptiveGoal Parameters::*m) {
                   constexpr std::array kWords{name_of(kAdaptiveGoals[0]), name_of(kAdaptiveGoals[1]),
                                               name_of(kAdaptiveGoals[2])};
                   reader.read_word(field.key, p.*m, kWords);
                 },
             },
             field.member);
}

void read_intervals(SettingsReader& reader, Config& config) {
  reader.read("interval", config.interval, kIntervalRange);
  reader.read("sample_interval", config.sample_interval, kSampleIntervalRange);
  if (!reader.has("sample_interval")) config.sample_interval = default_sample_interval(config.interval);
  if (!reader.has("settle")) config.parameters.settle = default_settle(config.interval);
}

void check_intervals(SettingsReader& reader, const Config& config) {
  const std::string interval = format_duration(config.interval);
  const Duration settle = config.parameters.settle;
  reader.check_less(settle < config.interval, "settle", format_duration(settle), "interval", interval);
  const bool both_right = reader.is_right("interval") && reader.is_right("sample_interval");
  if (both_right && config.interval % config.sample_interval != Duration(0))
    reader.error("sample_interval", "got " + format_duration(config.sample_interval) +
                                        ", want a whole fraction of interval (" + interval + ")");
}

// Parameters, intervals and mode: what a configuration and a scenario have in common. False: the interval is a mistake.
bool read_settings(const YamlMap& map, Config& config) {
  SettingsReader reader(map);
  for (const Field& field : parameter_fields()) read_parameter(reader, field, config.parameters);
  read_intervals(reader, config);
  if (reader.has("mode")) {
    Mode mode = Mode::observe;
    reader.read_word("mode", mode, kModeWords);
    config.mode = mode;
  }
  const Parameters& p = config.parameters;
  reader.check_less(p.phase_match_ratio < p.phase_change_ratio, "phase_match_ratio", format_number(p.phase_match_ratio),
                    "phase_change_ratio", format_number(p.phase_change_ratio));
  check_intervals(reader, config);
  return reader.is_right("interval");
}

void read_node(YamlMap& root, NodeSettings& node) {
  std::size_t word = 0;
  if (root.read_word("root", word, {kRootWords.begin(), kRootWords.end()}))
    node.root = static_cast<NodeSettings::Root>(word);
  root.read("adopt_within", node.adopt_within, kAdoptRange);
  if (!root.read("runtime_directory", node.runtime_directory)) return;
  const std::string& directory = node.runtime_directory;
  // A socket's path in it has to fit (sun_path).
  constexpr std::size_t kLongestDirectory = 80;
  if (directory.size() < 2 || directory.front() != '/' || directory.size() > kLongestDirectory ||
      std::ranges::any_of(directory, is_control))
    root.error("runtime_directory", "got \"" + shown_text(directory) +
                                        "\", want an absolute path of at most 80 bytes, no control characters");
}

void read_curves(YamlMap& root, Config& config) {
  std::string file;
  if (!root.read("curves", file)) return;
  if (file.size() < 2 || file.front() != '/' || file.size() > 4096 || std::ranges::any_of(file, is_control))
    root.error("curves", "got \"" + shown_text(file) + "\", want the absolute path of a file, no control characters");
  else
    config.curves = file;
}

void read_containers(YamlMap& root, Config& config) {
  if (!root.read("containers", config.containers)) return;
  if (config.containers.empty()) root.error("containers", "got an empty list, want at least one pattern");
  std::set<std::string> seen;
  for (std::size_t i = 0; i < config.containers.size(); ++i) {
    const std::string& pattern = config.containers[i];
    std::string problem = name_problem(pattern);
    if (problem.empty() && !seen.insert(pattern).second) problem = "got \"" + shown_text(pattern) + "\", given twice";
    if (!problem.empty()) root.error("containers", "entry " + std::to_string(i + 1) + ": " + problem);
  }
}

// ---- Printing

std::string format_parameter(const Parameters& p, const Field& field) {
  return std::visit(Overloaded{
                        [&](double Parameters::*m) { return format_number(p.*m); },
                        [&](int Parameters::*m) { return std::to_string(p.*m); },
                        [&](Ways Parameters::*m) { return std::to_string((p.*m).count); },
                        [&](std::uint64_t Parameters::*m) { return std::to_string(p.*m); },
                        [&](Duration Parameters::*m) { return format_duration(p.*m); },
                        [&](bool Parameters::*m) { return std::string(p.*m ? "true" : "false"); },
                        [&](PolicyKind Parameters::*m) { return std::string(name_of(p.*m)); },
                        [&](AdaptiveGoal Parameters::*m) { return std::string(name_of(p.*m)); },
                    },
                    field.member);
}

}  // namespace

bool Config::operator==(const Config& other) const {
  return parameters == other.parameters && interval == other.interval && sample_interval == other.sample_interval &&
         mode == other.mode && node == other.node && fallback == other.fallback && memory == other.memory &&
         counting == other.counting && hooks == other.hooks && nri == other.nri && cluster == other.cluster &&
         web == other.web && curves == other.curves && containers == other.containers && tenants == other.tenants;
}

Result<Config> parse_config(const std::string& text, const std::string& file_name) {
  YamlDocument document = YamlDocument::parse(text, file_name);
  YamlMap root = document.root();
  Config config;
  config.file_name = file_name;
  const bool interval_is_right = read_settings(root, config);
  read_node(root, config.node);
  read_fallback(root, config.fallback);
  read_memory(root, config.memory);
  read_counting(root, config.interval, interval_is_right, config.counting);
  read_hooks(root, config.hooks, config.nri, config.cluster);
  read_web(root, config.web);
  read_curves(root, config);
  read_containers(root, config);
  read_tenants(root, config);
  for (const TenantConfig& tenant : config.tenants)
    if (!tenant.curve.empty() && config.curves.empty() && !root.has("curves"))
      document.add_error(tenant.origin.line, "curve",
                         "got \"" + shown_text(tenant.curve) + "\", and no file of curves is named: want `curves`");
  root.finish();
  Status status = document.status();
  if (!status) return std::move(status).error();
  return config;
}

void read_controller_section(YamlMap section, Config& config) {
  read_settings(section, config);
  section.finish();
}

std::string format_config(const Config& config) {
  std::string text = "interval: " + format_duration(config.interval) + "\n";
  text += "sample_interval: " + format_duration(config.sample_interval) + "\n";
  if (config.mode) text += "mode: " + std::string(name_of(*config.mode)) + "\n";
  for (const Field& field : parameter_fields())
    text += std::string(field.key) + ": " + format_parameter(config.parameters, field) + "\n";
  text += "root: " + std::string(kRootWords[static_cast<std::size_t>(config.node.root)]) + "\n";
  text += "adopt_within: " + format_duration(config.node.adopt_within) + "\n";
  text += "runtime_directory: " + quoted(config.node.runtime_directory) + "\n";
  text += format_fallback(config.fallback);
  text += format_memory_settings(config.memory);
  text += format_counting(config.counting);
  text += format_hooks(config.hooks, config.nri, config.cluster);
  text += format_web(config.web);
  if (!config.curves.empty()) text += "curves: " + quoted(config.curves) + "\n";
  if (!config.containers.empty()) text += "containers:\n";
  for (const std::string& pattern : config.containers) text += "  - " + quoted(pattern) + "\n";
  if (!config.tenants.empty()) text += "tenants:\n";
  for (const TenantConfig& tenant : config.tenants) text += format_tenant(tenant);
  return text;
}

Result<Config> with_interval(Config config, Duration interval) {
  if (interval < kIntervalRange.least || interval > kIntervalRange.most)
    return Error{ErrorCode::bad_input, "interval",
                 "got " + format_duration(interval) + ", want " + format_duration(kIntervalRange.least) + ".." +
                     format_duration(kIntervalRange.most),
                 "", 0};
  config.interval = interval;
  if (interval % config.sample_interval != Duration(0)) config.sample_interval = default_sample_interval(interval);
  if (config.parameters.settle >= interval) config.parameters.settle = default_settle(interval);
  config.counting = counting_with_interval(std::move(config.counting), interval);
  return config;
}

Status check_contracts(const Config& config, Ways ways) {
  const Ways shared = config.parameters.shared_ways;
  const Ways most = ways - shared;
  const std::string room = std::to_string(most.count) + " ways (" + std::to_string(ways.count) + " less shared_ways " +
                           std::to_string(shared.count) + ")";
  std::string problems;
  const auto note = [&](const std::string& problem) { problems += (problems.empty() ? "" : "\n") + problem; };
  if (config.parameters.min_ways > most)
    note(config.file_name + ": min_ways: got " + std::to_string(config.parameters.min_ways.count) + ", want at most " +
         room);
  for (const TenantConfig& tenant : config.tenants) {
    if (tenant.contract_kind != ContainerInfo::ContractKind::given || tenant.contract <= most) continue;
    note(tenant.origin.file + ":" + std::to_string(tenant.origin.line) + ": contract of \"" +
         shown_text(shown_conditions(tenant)) + "\": got " + std::to_string(tenant.contract.count) + ", want at most " +
         room);
  }
  if (problems.empty()) return Status();
  return Error{ErrorCode::bad_input, problems, "", "", 0};
}

std::vector<std::string> config_keys() {
  std::vector<std::string> keys{"interval", "sample_interval", "mode"};
  for (const Field& field : parameter_fields()) keys.emplace_back(field.key);
  for (const char* key : {"root", "adopt_within", "runtime_directory", "fallback", "memory", "counting", "hooks", "nri",
                          "kubernetes", "web"})
    keys.emplace_back(key);
  keys.emplace_back("curves");
  keys.emplace_back("containers");
  keys.emplace_back("tenants");
  return keys;
}

std::size_t parameter_key_count() {
  return parameter_fields().size();
}

}  // namespace dcat
