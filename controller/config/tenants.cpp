#include "controller/config/tenants.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "controller/config/fields.h"
#include "controller/config/yaml_tree.h"

namespace dcat {
namespace {

// A path of the kernel has less (PATH_MAX).
constexpr std::size_t kLongestName = 4096;
// Far more steps than anybody tells apart, and sums of a few never overflow.
constexpr Range<int> kPriorityRange{-1000, 1000};

using Conditions = std::tuple<std::string, std::optional<Runtime>, std::string, std::map<std::string, std::string>>;
Conditions conditions_of(const TenantConfig& tenant) {
  return {tenant.name, tenant.runtime, tenant.pod, tenant.annotations};
}

// Of a pod's uid or an annotation's value, which are no paths.
std::string text_problem(const std::string& text, const std::string& want) {
  const std::string got = "got \"" + shown_text(text) + "\", want ";
  if (text.empty()) return got + want;
  if (text.size() > kLongestName) return got + "at most 4096 bytes";
  if (std::any_of(text.begin(), text.end(), is_control)) return got + "no control characters";
  return "";
}

void read_annotations(YamlMap& map, TenantConfig& tenant) {
  if (!map.has("annotation")) return;
  YamlMap annotations = map.map("annotation");
  if (map.is_map("annotation") && annotations.keys().empty())
    map.error("annotation", "got an empty mapping, want at least one key with a pattern of its value");
  for (const std::string& key : annotations.keys()) {
    std::string value;
    if (std::any_of(key.begin(), key.end(), is_control)) annotations.error(key, "want no control characters in a key");
    if (!annotations.read(key, value)) continue;
    if (const std::string problem = text_problem(value, "a pattern of the annotation's value"); !problem.empty())
      annotations.error(key, problem);
    tenant.annotations.emplace(key, value);
  }
  annotations.finish();
}

void read_conditions(YamlMap& map, TenantConfig& tenant) {
  if (map.read("name", tenant.name))
    if (const std::string problem = name_problem(tenant.name); !problem.empty()) map.error("name", problem);
  std::size_t runtime = 0;
  if (map.read_word("runtime", runtime, runtime_words())) tenant.runtime = static_cast<Runtime>(runtime);
  if (map.read("pod", tenant.pod))
    if (const std::string problem = text_problem(tenant.pod, "a pod's uid or a pattern"); !problem.empty())
      map.error("pod", problem);
  read_annotations(map, tenant);
  if (!map.has("name") && !map.has("runtime") && !map.has("pod") && !map.has("annotation"))
    map.error("name", "missing: want a name, a runtime, a pod or an annotation to know the containers by");
}

void read_contract(YamlMap& map, const Parameters& parameters, TenantConfig& tenant) {
  std::string text;
  if (map.is_scalar("contract") && map.read("contract", text) && text == "none") {
    tenant.contract_kind = ContainerInfo::ContractKind::none;
    return;
  }
  const Range<int> range{parameters.min_ways.count, kMostWays, "ways (from min_ways up), or none"};
  if (map.read("contract", tenant.contract, range)) tenant.contract_kind = ContainerInfo::ContractKind::given;
}

TenantConfig read_tenant(YamlMap& map, const Parameters& parameters, const std::string& file_name) {
  TenantConfig tenant;
  tenant.origin = {file_name, map.line()};
  read_conditions(map, tenant);
  read_contract(map, parameters, tenant);
  if (map.has("contract")) tenant.origin.line = map.line_of("contract");
  map.read("priority", tenant.priority, kPriorityRange);
  map.read("counted", tenant.counted);
  if (map.read("curve", tenant.curve) && tenant.curve.empty()) map.error("curve", "got \"\", want a name in `curves`");
  map.finish();
  return tenant;
}

bool meets(const TenantConfig& tenant, const ContainerIdentity& identity) {
  if (tenant.runtime && *tenant.runtime != identity.runtime) return false;
  // No pattern stands for a container without a pod.
  if (!tenant.pod.empty() && (identity.pod_uid.empty() || !matches_pattern(tenant.pod, identity.pod_uid))) return false;
  return std::all_of(tenant.annotations.begin(), tenant.annotations.end(), [&identity](const auto& wanted) {
    const auto found = identity.annotations.find(wanted.first);
    return found != identity.annotations.end() && matches_pattern(wanted.second, found->second);
  });
}

bool matches_name(const std::string& pattern, const ContainerId& id, const ContainerIdentity& identity) {
  if (pattern.empty() || matches_pattern(pattern, id.value)) return true;
  if (!identity.name.empty() && matches_pattern(pattern, identity.name)) return true;
  return !identity.container_id.empty() && matches_pattern(pattern, identity.container_id);
}

}  // namespace

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

std::string name_problem(const std::string& name) {
  const std::string got = "got \"" + shown_text(name) + "\", want ";
  if (name.empty()) return got + "a container's id or a pattern";
  if (name.size() > kLongestName) return got + "at most 4096 bytes";
  if (std::any_of(name.begin(), name.end(), is_control)) return got + "no control characters";
  if (name.front() == '/') return got + "a path below the cgroup root, without the leading /";
  if (name.back() == '/') return got + "a path without a / at its end";
  return "";
}

void read_tenants(YamlMap& root, Config& config) {
  std::map<Conditions, int> first_line;
  for (YamlMap& map : root.maps("tenants")) {
    config.tenants.push_back(read_tenant(map, config.parameters, config.file_name));
    const TenantConfig& tenant = config.tenants.back();
    if (conditions_of(tenant) == Conditions()) continue;  // an error already
    const auto [first, is_new] = first_line.emplace(conditions_of(tenant), map.line_of("name"));
    if (!is_new)
      map.error("name", "got \"" + shown_text(shown_conditions(tenant)) + "\", a tenant of line " +
                            std::to_string(first->second));
  }
}

std::string shown_conditions(const TenantConfig& tenant) {
  if (!tenant.name.empty()) return tenant.name;
  std::string text;
  const auto add = [&text](const std::string& more) { text += (text.empty() ? "" : ", ") + more; };
  if (tenant.runtime) add("runtime " + std::string(name_of(*tenant.runtime)));
  if (!tenant.pod.empty()) add("pod " + tenant.pod);
  for (const auto& [key, value] : tenant.annotations) add("annotation " + key + " " + value);
  return text;
}

std::string format_tenant(const TenantConfig& tenant) {
  std::string text;
  const auto add = [&text](const std::string& line) { text += (text.empty() ? "  - " : "    ") + line + "\n"; };
  if (!tenant.name.empty()) add("name: " + quoted(tenant.name));
  if (tenant.runtime) add("runtime: " + std::string(name_of(*tenant.runtime)));
  if (!tenant.pod.empty()) add("pod: " + quoted(tenant.pod));
  if (!tenant.annotations.empty()) add("annotation:");
  for (const auto& [key, value] : tenant.annotations) add("  " + quoted(key) + ": " + quoted(value));
  switch (tenant.contract_kind) {
    case ContainerInfo::ContractKind::given: add("contract: " + std::to_string(tenant.contract.count)); break;
    case ContainerInfo::ContractKind::none: add("contract: none"); break;
    case ContainerInfo::ContractKind::cpu_share: break;
  }
  if (tenant.priority != 0) add("priority: " + std::to_string(tenant.priority));
  if (!tenant.counted) add("counted: false");
  if (!tenant.curve.empty()) add("curve: " + quoted(tenant.curve));
  return text;
}

const TenantConfig* find_tenant(const Config& config, const ContainerId& id, const ContainerIdentity& identity) {
  for (const TenantConfig& tenant : config.tenants)
    if (tenant.name == id.value && meets(tenant, identity)) return &tenant;
  for (const TenantConfig& tenant : config.tenants)
    if (meets(tenant, identity) && matches_name(tenant.name, id, identity)) return &tenant;
  return nullptr;
}

const TenantConfig* find_tenant(const Config& config, const ContainerId& id) {
  return config.tenants.empty() ? nullptr : find_tenant(config, id, identify(id));
}

}  // namespace dcat
