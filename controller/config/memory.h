// The configuration's `memory:`: what a run keeps of what it learned for the next one. Keys, ranges and effects are
// described in configs/dcat.yaml.
#pragma once

#include <string>

#include "controller/config/yaml_reader.h"
#include "core/units.h"

namespace dcat {

struct MemorySettings {
  bool enabled = true;
  std::string directory = "/var/lib/dcat";
  Duration write_every = std::chrono::seconds(30);  // at most
  Duration forget_after = std::chrono::hours(168);  // who is gone for longer
  int most_containers = 4096;                       // the longest gone go first
  bool operator==(const MemorySettings&) const = default;
};

void read_memory(YamlMap& root, MemorySettings& settings);

// "memory: {...}", one line.
std::string format_memory_settings(const MemorySettings& settings);

}  // namespace dcat
