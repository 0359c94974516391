#include "cat/linux/pqos_foreign.h"

#include <algorithm>
#include <optional>

#include "cat/linux/pqos_undo.h"

namespace dcat {

namespace {

// Of a task list, or of a CPU mask in hexadecimal.
bool has_any(const Result<std::string>& text) {
  return text && text->find_first_of("123456789abcdef") != std::string::npos;
}

// What somebody does with it; "" = nothing.
std::string use_of(const ResctrlFiles& files, const ResctrlInfo& info, const std::string& directory) {
  if (has_any(files.read(directory + "/tasks"))) return "has tasks";
  if (has_any(files.read(directory + "/cpus"))) return "has CPUs";
  const auto masks = read_group_masks(files, info, directory);
  if (masks && std::ranges::any_of(*masks, [&](const auto& m) { return m.second != info.cbm_mask; }))
    return "has less than every way";
  const Result<std::string> mode = files.read(directory + "/mode");
  if (mode && !mode->starts_with("shareable")) return "is not shareable";
  return "";
}

}  // namespace

bool is_resctrl_furniture(const std::string& directory) {
  return directory == "info" || directory == "mon_groups" || directory == "mon_data";
}

std::vector<std::string> find_foreigners(const ResctrlFiles& files, const ResctrlInfo& info,
                                         const std::vector<std::string>& ours) {
  const Result<std::vector<std::string>> directories = files.directories("");
  if (!directories) return {directories.error().to_string()};
  std::vector<std::string> found;
  for (const std::string& directory : *directories) {
    if (is_resctrl_furniture(directory) || std::ranges::find(ours, directory) != ours.end()) continue;
    const std::optional<int> class_id = parse_class_directory(directory);
    if (!class_id || *class_id >= info.closids) {
      found.push_back("group " + directory);
      continue;
    }
    const std::string use = use_of(files, info, directory);
    if (!use.empty()) found.push_back(directory + ' ' + use);
  }
  return found;
}

}  // namespace dcat
