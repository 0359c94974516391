// Who else uses a resctrl file system that libpqos is to have for itself.
#pragma once

#include <string>
#include <vector>

#include "cat/linux/resctrl_files.h"
#include "cat/linux/resctrl_info.h"

namespace dcat {

// Directories of the root that are no groups.
bool is_resctrl_furniture(const std::string& directory);

// In words, "group theirs", "COS2 has tasks": every group that is no class of libpqos', and every class that has tasks,
// CPUs, less than every way, or is not shareable. `ours` are directories of classes that a journal says are ours.
std::vector<std::string> find_foreigners(const ResctrlFiles& files, const ResctrlInfo& info,
                                         const std::vector<std::string>& ours);

}  // namespace dcat
