#include "cat/linux/resctrl_census.h"

#include <algorithm>
#include <cerrno>
#include <map>

#include "cat/linux/container_tasks.h"
#include "cat/linux/group_names.h"

namespace dcat {

namespace {

// Directories of the root that are no groups.
bool is_furniture(const std::string& directory) {
  return directory == "info" || directory == "mon_groups" || directory == "mon_data";
}

bool gone(const Error& error) {
  return error.sys_errno == ENOENT || error.sys_errno == ENODEV;
}

bool names_any(std::string_view text) {
  return text.find_first_of("0123456789") != std::string_view::npos;
}

void note_tasks(std::string_view text, int group, std::unordered_map<int, int>& group_of) {
  std::vector<int> tids;
  append_tids(text, tids);
  for (const int tid : tids) group_of[tid] = group;
}

bool has_cpus(const ResctrlFiles& files, const std::string& directory) {
  const Result<std::string> cpus = files.read(path_in(directory, "cpus_list"));
  return cpus && names_any(*cpus);
}

void place(SeenContainer& container, const ResctrlCensus& census, int last) {
  std::map<int, std::size_t> count;
  for (const int tid : container.tids) {
    const auto at = census.group_of.find(tid);
    ++count[at == census.group_of.end() ? -1 : at->second];
  }
  container.group = last;
  std::size_t most = count.contains(last) ? count[last] : 0;
  for (const auto& [group, threads] : count) {
    if (threads <= most) continue;
    most = threads;
    container.group = group;
  }
  container.together = most == container.tids.size();
  container.foreign = std::ranges::any_of(container.tids, [&](int tid) { return census.in_foreign_group(tid); });
}

}  // namespace

int ResctrlCensus::foreign_groups() const {
  return static_cast<int>(std::ranges::count_if(groups, [](const SeenGroup& g) { return !g.ours; }));
}

const SeenGroup* ResctrlCensus::find(const std::string& directory) const {
  const auto at = std::ranges::lower_bound(groups, directory, {}, &SeenGroup::directory);
  return at != groups.end() && at->directory == directory ? &*at : nullptr;
}

std::string path_in(const std::string& directory, const std::string& file) {
  return directory.empty() ? file : directory + '/' + file;
}

Result<ResctrlCensus> take_resctrl_census(const ResctrlFiles& files, const ResctrlInfo& info,
                                          const std::vector<std::string>& cgroups,
                                          const std::vector<std::string>& last_directories, ThreadReader& reader) {
  ResctrlCensus census;
  auto masks = read_group_masks(files, info, "");
  if (!masks) return std::move(masks).error();
  census.default_masks = std::move(*masks);
  const Result<std::vector<std::string>> directories = files.directories("");
  if (!directories) return directories.error();
  for (const std::string& directory : *directories) {
    if (is_furniture(directory)) continue;
    auto schemata = read_group_schemata(files, info, directory);
    Result<std::string> tasks = files.read(path_in(directory, "tasks"));
    const bool is_ours = parse_directory_name(directory).has_value();
    // One that is pseudo-locked shows what it has of one cache only, and its tasks to nobody (resctrl.rst, "Cache
    // Pseudo-Locking"): it has no L3 masks then, and no tasks.
    if (!is_ours && !schemata && schemata.error().sys_errno == 0) schemata = GroupSchemata();
    if (!is_ours && !tasks && (tasks.error().sys_errno == EACCES || tasks.error().sys_errno == EPERM))
      tasks = std::string();
    if ((!schemata && gone(schemata.error())) || (!tasks && gone(tasks.error()))) continue;
    if (!schemata) return std::move(schemata).error();
    if (!tasks) return tasks.error();
    SeenGroup group{directory, std::nullopt, std::move(schemata->masks), false, std::move(schemata->bandwidths)};
    if (const auto name = parse_directory_name(directory)) group.ours = GroupId{*name};
    note_tasks(*tasks, static_cast<int>(census.groups.size()), census.group_of);
    group.in_use = names_any(*tasks);  // tasks of another PID namespace, which show as 0, count too
    if (!group.in_use && !group.ours) group.in_use = has_cpus(files, directory);
    census.groups.push_back(std::move(group));
  }
  reader.keep_only(cgroups);
  for (std::size_t i = 0; i < cgroups.size(); ++i) {
    SeenContainer container;
    if (Status read = reader.read(cgroups[i], container.tids); !read) return std::move(read).error();
    const SeenGroup* last = census.find(last_directories[i]);
    place(container, census, last == nullptr ? -1 : static_cast<int>(last - census.groups.data()));
    census.containers.push_back(std::move(container));
  }
  return census;
}

}  // namespace dcat
