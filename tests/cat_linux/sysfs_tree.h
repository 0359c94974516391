// /sys/devices/system/cpu in a temporary directory.
#pragma once

#include <string>

#include "tests/perfmon/linux/temp_tree.h"

namespace dcat::test {

struct SysfsTree : TempTree {
  void online(const std::string& cpus) const { file("online", cpus + "\n"); }
  // The L1s and the L2 of a CPU.
  void inner_caches(int cpu) const {
    for (const auto& [index, level, type] :
         {std::tuple{0, 1, "Data"}, std::tuple{1, 1, "Instruction"}, std::tuple{2, 2, "Unified"}}) {
      set(cpu, index, "level", std::to_string(level));
      set(cpu, index, "type", type);
      set(cpu, index, "id", std::to_string(cpu));
    }
  }
  void l3(int cpu, int id, int ways, const std::string& size, const std::string& shared, int index = 3) const {
    inner_caches(cpu);
    set(cpu, index, "level", "3");
    set(cpu, index, "type", "Unified");
    set(cpu, index, "id", std::to_string(id));
    set(cpu, index, "ways_of_associativity", std::to_string(ways));
    set(cpu, index, "size", size);
    set(cpu, index, "shared_cpu_list", shared);
  }
  void set(int cpu, int index, const std::string& name, const std::string& value) const {
    file(path(cpu, index, name), value + "\n");
  }
  void unset(int cpu, int index, const std::string& name) const { remove(path(cpu, index, name)); }
  static std::string path(int cpu, int index, const std::string& name) {
    return "cpu" + std::to_string(cpu) + "/cache/index" + std::to_string(index) + "/" + name;
  }
};

}  // namespace dcat::test
