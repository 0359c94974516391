// The controller's configuration: parsed, validated and resolved in one step, immutable afterwards. Every
// mistake of a file is told at once, as `file:line: key: got X, want Y`.
//
// Properties: parse_config(format_config(c)) == c for every valid c; format_config names every setting, given
// or not; what is not given has the built-in default of core/parameters.h. Keys, units, ranges and
// effects are described in configs/dcat.yaml.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/config/counting.h"
#include "controller/config/fallback.h"
#include "controller/config/hooks.h"
#include "controller/config/memory.h"
#include "controller/config/web.h"
#include "controller/config/yaml_reader.h"
#include "core/ids.h"
#include "core/mode.h"
#include "core/parameters.h"
#include "core/result.h"
#include "core/units.h"
#include "perfmon/container_identity.h"
#include "perfmon/container_source.h"

namespace dcat {

// Where a value was written; for messages, and no part of the value.
struct Origin {
  std::string file;
  int line = 0;
  bool operator==(const Origin&) const { return true; }
};

// A rule: whom it is for, all of what is given, and what they get. Patterns as of matches_pattern.
struct TenantConfig {
  std::string name;  // a container's id, or a pattern of ids and of identities' names; empty: any
  ContainerInfo::ContractKind contract_kind = ContainerInfo::ContractKind::cpu_share;
  Ways contract;  // with ContractKind::given
  Origin origin;
  std::optional<Runtime> runtime{};                  // absent: any
  std::string pod{};                                 // a pattern of pods' uids; empty: any, and none
  std::map<std::string, std::string> annotations{};  // each of these keys has to be there, its value to match
  int priority = 0;                                  // greater goes first
  bool counted = true;                               // false: its hardware counters are off
  std::string curve{};  // in the file of Config::curves: what advice may go by; empty: none
  bool operator==(const TenantConfig&) const = default;
};

// What an enforcing run may do to the node, and what it finds there.
struct NodeSettings {
  // Whether the default group is narrowed to the shared region while partitions are in force.
  enum class Root { shared, keep };
  Root root = Root::shared;
  Duration adopt_within = std::chrono::seconds(30);  // a start this soon after a crash goes on with what it finds
  std::string runtime_directory = "/run/dcat";       // of the journal and the lock
  bool operator==(const NodeSettings&) const = default;
};

struct Config {
  Parameters parameters;
  Duration interval = std::chrono::seconds(1);                // the control period
  Duration sample_interval = std::chrono::milliseconds(100);  // divides `interval`
  std::optional<Mode> mode;                                   // absent: the back end's default
  NodeSettings node;
  FallbackSettings fallback;
  MemorySettings memory;
  CountingSettings counting;
  HookSettings hooks;
  NriSettings nri;
  ClusterSettings cluster;
  std::string curves;  // file of measured curves, for advice; empty: none
  WebSettings web;
  std::vector<std::string> containers;  // patterns of the containers to control; empty: all that are found
  std::vector<TenantConfig> tenants;    // in the order written
  std::string file_name;                // where it came from; no part of the value
  bool operator==(const Config& other) const;
};

// All errors in one Error (bad_input), a line each.
Result<Config> parse_config(const std::string& text, const std::string& file_name);

// The same settings as a mapping of another document (a scenario's `controller:`), without `containers`,
// `tenants` and what is of the node. Mistakes become errors of that document; unknown keys too.
void read_controller_section(YamlMap section, Config& config);

// YAML with every setting.
std::string format_config(const Config& config);

// Another control period (the command line's --interval): a sample interval, settling or counting time that does
// not go with it becomes what an empty configuration with this interval has.
Result<Config> with_interval(Config config, Duration interval);

// What can be told only when the number of ways of the smallest domain is known: each contract has to leave
// `shared_ways` to the shared region, and a least partition has to fit beside it.
Status check_contracts(const Config& config, Ways ways);

// The rule for this container, of those whose conditions it meets: the one with its very id as the name, else the
// first; null when there is none. Without an identity: what its path tells.
const TenantConfig* find_tenant(const Config& config, const ContainerId& id, const ContainerIdentity& identity);
const TenantConfig* find_tenant(const Config& config, const ContainerId& id);

// True when `pattern` matches all of `path`: ** stands for any characters, * for any but /, ? for one that is
// not /. Everything else stands for itself, backslashes too (systemd escapes unit names with them).
bool matches_pattern(std::string_view pattern, std::string_view path);

// Every key that the top level of a configuration knows, in the order of format_config.
std::vector<std::string> config_keys();
// How many of them are fields of Parameters (a test compares it with the number of members).
std::size_t parameter_key_count();

}  // namespace dcat
