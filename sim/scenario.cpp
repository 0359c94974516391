#include "sim/scenario.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <set>
#include <utility>

#include "controller/config/text_file.h"
#include "sim/scenario_workload.h"

namespace dcat::sim {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLongest = 24h * 365;
constexpr Range<Duration> kTime{0s, kLongest};
// Shorter ones would make an event of every instant; no controller sees them.
constexpr Range<Duration> kPhaseTime{1ms, kLongest};
constexpr Range<std::uint64_t> kPhaseInstructions{1'000'000, 1'000'000'000'000'000};
// Of its CPUs' time. Below a thousandth it sleeps.
constexpr Range<double> kLoad{0.001, 1};
constexpr Range<int> kWays{1, 64, "ways"};
constexpr Range<int> kCpus{1, 4096, "CPUs"};
constexpr Range<double> kGhz{0.1, 10, "GHz"};
constexpr Range<double> kGbPerSec{0, 10000, "GB/s, 0 = no ceiling"};
constexpr double kGiga = 1e9;

class Loader {
 public:
  Loader(YamlDocument document, const std::string& base_dir) : document_(std::move(document)), files_(base_dir) {}

  Result<Scenario> load(const ControllerSection& controller_section) {
    YamlMap root = document_.root();
    read_node(root);
    read_domains(root);
    root.require("tenants");
    for (YamlMap& tenant : root.maps("tenants")) read_tenant(tenant);
    if (root.has("controller")) {
      YamlMap section = root.map("controller");
      if (controller_section) controller_section(section);
    }
    root.finish();
    if (Status status = document_.status(); !status) return std::move(status.error());
    const auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };
    std::sort(scenario_.domains.begin(), scenario_.domains.end(), by_id);
    std::sort(scenario_.tenants.begin(), scenario_.tenants.end(), by_id);
    return std::move(scenario_);
  }

 private:
  void read_node(YamlMap& root);
  void read_domains(YamlMap& root);
  void read_domain(YamlMap& map);
  void read_masks(YamlMap& map, DomainSpec& domain);
  void read_throttles(YamlMap& map, DomainSpec& domain);
  void read_tenant(YamlMap& map);
  void read_contract(YamlMap& map, TenantSpec& tenant);
  void read_wishes(YamlMap& map, TenantSpec& tenant);
  void read_placements(YamlMap& map, TenantSpec& tenant);
  void read_phases(YamlMap& map, TenantSpec& tenant);
  PhaseSpec read_phase(YamlMap& map, bool needs_end);
  void read_life(YamlMap& map, TenantSpec& tenant);
  void read_slow(YamlMap& map, TenantSpec& tenant);

  const DomainSpec* find_domain(int id) const {
    for (const DomainSpec& d : scenario_.domains)
      if (d.id.value == id) return &d;
    return nullptr;
  }

  YamlDocument document_;
  CurveFiles files_;
  Scenario scenario_;
  double default_ghz_ = 2.3;
};

void Loader::read_node(YamlMap& root) {
  root.read("name", scenario_.name);
  root.read("description", scenario_.description);
  root.read("periods", scenario_.periods, Range<int>{1, 10'000'000, "periods"});
  root.read("seed", scenario_.seed, Range<std::uint64_t>{0, ~std::uint64_t{0}});
  root.read("closids", scenario_.closids, Range<int>{1, 256, "CLOSIDs"});
  root.read("refill", scenario_.refill, Range<Duration>{0s, 1min});
  root.read("frequency_ghz", default_ghz_, kGhz);
  if (root.has("noise")) {
    YamlMap noise = root.map("noise");
    noise.read("ratio", scenario_.noise_ratio, Range<double>{0, 1});
    noise.finish();
  }
  std::vector<std::string> absent;
  root.read("absent_counters", absent);
  for (const std::string& name : absent) {
    const auto event = std::find_if(kAllEvents.begin(), kAllEvents.end(), [&](Event e) { return name_of(e) == name; });
    if (event != kAllEvents.end()) {
      scenario_.absent_counters.push_back(*event);
      continue;
    }
    std::string names;
    for (const Event e : kAllEvents) names += (names.empty() ? "" : ", ") + std::string(name_of(e));
    root.error("absent_counters", "got " + name + ", want one of " + names);
  }
}

void Loader::read_domains(YamlMap& root) {
  if (!root.has("domains")) {
    scenario_.domains.emplace_back();
    return;
  }
  for (YamlMap& map : root.maps("domains")) read_domain(map);
  if (scenario_.domains.empty()) {
    if (root.is_list("domains")) root.error("domains", "got an empty list, want at least one L3 domain");
    scenario_.domains.emplace_back();  // so that the tenants can be checked
  }
}

void Loader::read_domain(YamlMap& map) {
  DomainSpec domain;
  map.require("id");
  const bool has_id = map.read("id", domain.id.value, Range<int>{0, 1'000'000});
  map.read("ways", domain.ways, kWays);
  map.read_bytes("way_size", domain.way_bytes, {1024, std::uint64_t{1} << 40});
  map.read("cpus", domain.cpus, kCpus);
  map.read("shared_may_be_empty", domain.shared_may_be_empty);
  double gb_per_sec = domain.memory_bytes_per_sec / kGiga;
  map.read("memory_bandwidth_gb_per_sec", gb_per_sec, kGbPerSec);
  domain.memory_bytes_per_sec = gb_per_sec * kGiga;
  map.read("min_cbm_bits", domain.min_cbm_bits, Range<int>{1, domain.ways.count, "ways"});
  read_masks(map, domain);
  read_throttles(map, domain);
  map.finish();
  if (has_id && find_domain(domain.id.value) != nullptr)
    map.error("id", "got " + std::to_string(domain.id.value) + " twice");
  else
    scenario_.domains.push_back(std::move(domain));
}

void Loader::read_throttles(YamlMap& map, DomainSpec& domain) {
  constexpr Range<int> kPercent{1, 99, "%"};
  if (!map.has("memory_bandwidth_allocation")) return;
  YamlMap mba = map.map("memory_bandwidth_allocation");
  ThrottleSteps& throttles = domain.throttles.emplace();
  mba.read("min", throttles.least.percent, kPercent);
  mba.read("step", throttles.step, kPercent);
  mba.finish();
}

// A mask as the kernel prints it; absent when it is none.
std::optional<Cbm> parse_mask(const std::string& text) {
  std::uint64_t bits = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), bits, 16);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return Cbm(bits);
}

void Loader::read_masks(YamlMap& map, DomainSpec& domain) {
  const Cbm all = Cbm::run(WayIndex(0), domain.ways);
  // Facts of real machines: such ways lie at an end of the cache and are one run.
  const auto check = [&](const std::string& key, const std::string& text) -> std::optional<Cbm> {
    const std::optional<Cbm> mask = parse_mask(text);
    const std::string want = ", want a hexadecimal mask of neighbouring ways at one end of the cache (of " +
                             std::to_string(domain.ways.count) + " ways: " + format_cbm(all) + ")";
    const bool good = mask && !mask->empty() && all.contains(*mask) && mask->contiguous() &&
                      (mask->lowest() == all.lowest() || mask->highest() == all.highest());
    if (!good) map.error(key, "got " + text + want);
    return good ? mask : std::nullopt;
  };
  std::string shareable;
  if (map.read("shareable_bits", shareable) && shareable != "0")
    domain.shareable = check("shareable_bits", shareable).value_or(Cbm());
  std::vector<std::string> tied;
  map.read("tied_ways", tied);
  for (const std::string& text : tied)
    if (const std::optional<Cbm> mask = check("tied_ways", text)) domain.tied.push_back(*mask);
}

void Loader::read_tenant(YamlMap& map) {
  TenantSpec tenant;
  map.require("name");
  if (map.read("name", tenant.id.value) && tenant.id.value.empty()) map.error("name", "got nothing, want a name");
  read_contract(map, tenant);
  read_wishes(map, tenant);
  read_placements(map, tenant);
  for (const PlacementSpec& place : tenant.placements) {
    const DomainSpec* domain = find_domain(place.domain.value);
    if (tenant.contract_kind == ContainerInfo::ContractKind::given && domain != nullptr &&
        tenant.contract > domain->ways)
      map.error("contract", "got " + std::to_string(tenant.contract.count) + ", want at most the " +
                                std::to_string(domain->ways.count) + " ways of domain " +
                                std::to_string(place.domain.value));
  }
  double ghz = default_ghz_;
  map.read("frequency_ghz", ghz, kGhz);
  tenant.hertz = ghz * kGiga;
  read_phases(map, tenant);
  read_life(map, tenant);
  read_slow(map, tenant);
  map.finish();
  for (const TenantSpec& other : scenario_.tenants)
    if (!tenant.id.value.empty() && other.id == tenant.id) map.error("name", "got " + tenant.id.value + " twice");
  scenario_.tenants.push_back(std::move(tenant));
}

void Loader::read_contract(YamlMap& map, TenantSpec& tenant) {
  if (!map.has("contract")) return;
  std::string word;
  if (map.is_scalar("contract")) map.read("contract", word);
  if (word == "cpu_share") return;
  if (word == "none")
    tenant.contract_kind = ContainerInfo::ContractKind::none;
  else if (map.read("contract", tenant.contract, Range<int>{1, 64, "ways, cpu_share or none"}))
    tenant.contract_kind = ContainerInfo::ContractKind::given;
}

void Loader::read_wishes(YamlMap& map, TenantSpec& tenant) {
  std::size_t word = 0;
  if (map.read_word("isolation", word, {"none", "strict"})) tenant.isolated = word == 1;
  if (map.read_word("mode", word, {"manage", "observe"})) tenant.managed = word == 0;
}

void Loader::read_placements(YamlMap& map, TenantSpec& tenant) {
  if (!map.has("domains")) {
    PlacementSpec first{scenario_.domains.front().id, 1};
    map.read("cpus", first.cpus, kCpus);
    tenant.placements.push_back(first);
    return;
  }
  if (map.has("cpus")) map.error("cpus", "want the CPUs of each domain under domains");
  for (YamlMap& place : map.maps("domains")) {
    PlacementSpec placement;
    place.require("id");
    const bool has_id = place.read("id", placement.domain.value, Range<int>{0, 1'000'000});
    place.read("cpus", placement.cpus, kCpus);
    place.finish();
    if (!has_id) continue;
    const auto same = [&](const PlacementSpec& p) { return p.domain == placement.domain; };
    if (find_domain(placement.domain.value) == nullptr)
      place.error("id", "got " + std::to_string(placement.domain.value) + ", which is none of the node's domains");
    else if (std::any_of(tenant.placements.begin(), tenant.placements.end(), same))
      place.error("id", "got " + std::to_string(placement.domain.value) + " twice");
    else
      tenant.placements.push_back(placement);
  }
  if (map.is_list("domains") && map.maps("domains").empty()) map.error("domains", "got an empty list");
  std::sort(tenant.placements.begin(), tenant.placements.end(),
            [](const PlacementSpec& a, const PlacementSpec& b) { return a.domain < b.domain; });
}

void Loader::read_phases(YamlMap& map, TenantSpec& tenant) {
  map.read("repeat", tenant.repeat);
  if (map.has("workload") == map.has("phases")) {
    map.error(map.has("phases") ? "phases" : "workload", "want one of workload and phases");
    return;
  }
  if (map.has("workload")) {
    PhaseSpec phase;
    phase.workload = read_workload(map.map("workload"), files_);
    tenant.phases.push_back(std::move(phase));
    if (tenant.repeat) map.error("repeat", "want phases to repeat");
    return;
  }
  std::vector<YamlMap> phases = map.maps("phases");
  for (std::size_t i = 0; i < phases.size(); ++i)
    tenant.phases.push_back(read_phase(phases[i], tenant.repeat || i + 1 < phases.size()));
  if (phases.empty() && map.is_list("phases")) map.error("phases", "got an empty list, want at least one phase");
}

PhaseSpec Loader::read_phase(YamlMap& map, bool needs_end) {
  PhaseSpec phase;
  bool idle = false;
  map.read("idle", idle);
  if (idle == map.has("workload"))
    map.error("workload", "want one of workload and idle: true");
  else if (!idle)
    phase.workload = read_workload(map.map("workload"), files_);
  Duration time{};
  std::uint64_t instructions = 0;
  if (map.read("for", time, kPhaseTime)) phase.time = time;
  if (map.read("instructions", instructions, kPhaseInstructions)) phase.instructions = instructions;
  map.read("load", phase.load, kLoad);
  if (map.has("for") && map.has("instructions"))
    map.error("instructions", "want one of for and instructions");
  else if (needs_end && !map.has("for") && !map.has("instructions"))
    map.error("for", "want for or instructions: another phase comes after this one");
  if (idle && map.has("load")) map.error("load", "want none: who sleeps runs no part of the time");
  if (idle && map.has("instructions")) map.error("instructions", "want for: who sleeps retires nothing");
  map.finish();
  return phase;
}

void Loader::read_life(YamlMap& map, TenantSpec& tenant) {
  Duration arrive{};
  Duration depart{};
  map.read("arrive", arrive, kTime);
  tenant.arrival = TimePoint(arrive);
  if (!map.read("depart", depart, kTime)) return;
  if (depart <= arrive) map.error("depart", "want a time after the arrival");
  tenant.departure = TimePoint(depart);
}

void Loader::read_slow(YamlMap& map, TenantSpec& tenant) {
  for (YamlMap& interval : map.maps("slow")) {
    SlowInterval slow;
    Duration from{};
    Duration until{};
    for (const char* key : {"from", "until", "factor"}) interval.require(key);
    const bool has_from = interval.read("from", from, kTime);
    const bool has_until = interval.read("until", until, kTime);
    interval.read("factor", slow.factor, Range<double>{1, 100});
    if (has_from && has_until && until <= from) interval.error("until", "want a time after `from`");
    interval.finish();
    slow.from = TimePoint(from);
    slow.until = TimePoint(until);
    tenant.slow.push_back(slow);
  }
}

}  // namespace

Result<Scenario> load_scenario(const std::string& text, const std::string& file_name, const std::string& base_dir,
                               const ControllerSection& controller_section) {
  return Loader(YamlDocument::parse(text, file_name), base_dir).load(controller_section);
}

Result<Scenario> read_scenario(const std::string& path, const ControllerSection& controller_section) {
  Result<std::string> text = read_text_file(path);
  if (!text) return std::move(text.error());
  return load_scenario(*text, path, std::filesystem::path(path).parent_path().string(), controller_section);
}

}  // namespace dcat::sim
