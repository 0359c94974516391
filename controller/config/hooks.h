// The configuration's `hooks:` and `nri:`: where the daemon hears who comes and goes, and what owners may ask for.
// Keys, ranges and effects are described in configs/dcat.yaml.
#pragma once

#include <string>
#include <vector>

#include "controller/config/yaml_reader.h"
#include "core/units.h"

namespace dcat {

// A group that is there before anybody is in it, for containers that have to be created in a class of service.
struct PreparedGroup {
  std::string name;  // its directory is dcat.prepared:NAME
  Ways contract;
  bool operator==(const PreparedGroup&) const = default;
};

struct HookSettings {
  bool enabled = true;
  std::string socket;          // empty: dcat.sock in the runtime directory
  std::string group = "dcat";  // may ask for the status
  bool wishes = true;          // false: what owners ask for is not applied
  Ways most_ways{64};          // that an owner can ask for
  int most_priority = 1000;
  std::vector<PreparedGroup> prepared;
  bool operator==(const HookSettings&) const = default;
};

struct NriSettings {
  bool enabled = false;
  std::string socket = "/var/run/nri/nri.sock";
  std::string index = "50";  // two digits: the order among plugins
  std::string prepared;      // the group that containers with a contract in ways are created in; empty: none
  bool operator==(const NriSettings&) const = default;
};

// What is told to the cluster.
struct ClusterSettings {
  std::string feature_file;  // node-feature-discovery's; empty: none is written
  bool operator==(const ClusterSettings&) const = default;
};

void read_hooks(YamlMap& root, HookSettings& hooks, NriSettings& nri, ClusterSettings& cluster);
// "hooks: {...}", "nri: {...}" and "kubernetes: {...}", a line each.
std::string format_hooks(const HookSettings& hooks, const NriSettings& nri, const ClusterSettings& cluster);

}  // namespace dcat
