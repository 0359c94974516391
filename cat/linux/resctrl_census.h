// One look at a resctrl file system: every control group with its masks and tasks, ours and foreign, and which group
// the threads of our containers are in.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cat/cbm.h"
#include "cat/linux/container_tasks.h"
#include "cat/linux/resctrl_files.h"
#include "cat/linux/resctrl_info.h"
#include "core/ids.h"
#include "core/result.h"

namespace dcat {

struct SeenGroup {
  std::string directory;
  std::optional<GroupId> ours;                                   // absent: foreign
  std::vector<std::pair<DomainId, Cbm>> masks;                   // ascending by domain
  bool in_use = false;                                           // it has tasks or CPUs
  std::vector<std::pair<DomainId, std::uint32_t>> bandwidths{};  // its MB line, ascending by domain
  bool operator==(const SeenGroup&) const = default;
};

struct SeenContainer {
  std::vector<int> tids;  // ascending
  int group = -1;         // where most of its threads are: index into groups, -1 = the default group
  bool together = true;   // all of them are there
  bool foreign = false;   // one at least is in a group of somebody else's
};

struct ResctrlCensus {
  std::vector<std::pair<DomainId, Cbm>> default_masks;
  std::vector<SeenGroup> groups;          // ascending by directory
  std::unordered_map<int, int> group_of;  // tid -> index into groups; not listed = the default group
  std::vector<SeenContainer> containers;  // in the order asked for

  int foreign_groups() const;
  // The thread is in a group that is not ours.
  bool in_foreign_group(int tid) const {
    const auto at = group_of.find(tid);
    return at != group_of.end() && !groups[static_cast<std::size_t>(at->second)].ours;
  }
  const SeenGroup* find(const std::string& directory) const;
};

// Below the directory of a group: "tasks" of the default group, "dcat.web/tasks".
std::string path_in(const std::string& directory, const std::string& file);

// `cgroups` are the containers' absolute paths. A group that goes meanwhile is left out. `last_directories` says
// where each of them was put last: that decides where its threads are spread evenly, or it has none.
Result<ResctrlCensus> take_resctrl_census(const ResctrlFiles& files, const ResctrlInfo& info,
                                          const std::vector<std::string>& cgroups,
                                          const std::vector<std::string>& last_directories, ThreadReader& reader);

}  // namespace dcat
