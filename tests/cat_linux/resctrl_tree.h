// Plain files that look like a resctrl file system of one machine, and cgroups beside it. A plain directory has none of
// the kernel's life: what is written overwrites the beginning of a file, and a new group has no files.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "cat/linux/resctrl_files.h"
#include "tests/perfmon/linux/temp_tree.h"

namespace dcat::test {

class ResctrlTree {
 public:
  // 8 ways in the domains 0 and 3, 4 CLOSIDs, no monitoring.
  ResctrlTree() {
    file("schemata", "    L3:0=ff;3=ff\n");
    file("size", "    L3:0=8388608;3=8388608\n");
    file("tasks", "1\n2\n");
    file("info/last_cmd_status", "ok\n");
    file("info/L3/cbm_mask", "ff\n");
    file("info/L3/min_cbm_bits", "1\n");
    file("info/L3/shareable_bits", "c0\n");
    file("info/L3/num_closids", "4\n");
  }
  void group(const std::string& name, const std::string& schemata, const std::string& tasks = "") const {
    file(name + "/schemata", schemata);
    file(name + "/tasks", tasks);
    file(name + "/cpus_list", "\n");
  }
  void monitoring(int rmids) const {
    file("info/L3_MON/num_rmids", std::to_string(rmids) + "\n");
    file("info/L3_MON/mon_features", "llc_occupancy\nmbm_total_bytes\nmbm_local_bytes\n");
    directory("mon_groups");
  }
  // Returns the cgroup's path.
  std::string cgroup(const std::string& name, const std::string& threads) const {
    tree_.file("cgroup/" + name + "/cgroup.threads", threads);
    return tree_.root() + "/cgroup/" + name;
  }
  void file(const std::string& path, const std::string& text) const { tree_.file("resctrl/" + path, text); }
  void directory(const std::string& path) const { tree_.directory("resctrl/" + path); }
  void remove(const std::string& path) const { tree_.remove("resctrl/" + path); }
  // Every write to it is refused with ENOSPC; reading it has no end.
  void refuse_writes(const std::string& path) const {
    remove(path);
    std::filesystem::create_symlink("/dev/full", root() + "/" + path);
  }
  bool exists(const std::string& path) const { return std::filesystem::exists(root() + "/" + path); }
  std::string text(const std::string& path) const {
    std::ifstream in(root() + "/" + path);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  std::string root() const { return tree_.root() + "/resctrl"; }
  std::string base() const { return tree_.root(); }
  std::string runtime() const { return tree_.root() + "/run"; }

 private:
  TempTree tree_;
};

}  // namespace dcat::test
