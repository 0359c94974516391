#include "cat/linux/pqos_undo.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <sstream>
#include <utility>

#include "cat/linux/resctrl_info.h"
#include "cat/schemata.h"

namespace dcat {

namespace {

constexpr std::string_view kPrefix = "COS";

Status empty_class(const ResctrlFiles& files, const std::string& directory) {
  const Result<std::string> tasks = files.read(directory + "/tasks");
  if (!tasks) return tasks.error();
  std::istringstream lines(*tasks);
  for (std::string tid; std::getline(lines, tid);) {
    Status moved = files.write("tasks", tid + "\n");
    if (!moved && moved.error().sys_errno != ESRCH) return moved;  // ended meanwhile
  }
  return {};
}

Status widen_class(const ResctrlFiles& files, const ResctrlInfo& info, const std::string& directory) {
  const auto masks = read_group_masks(files, info, directory);
  if (!masks) return masks.error();
  std::vector<std::pair<DomainId, Cbm>> full = *masks;
  for (auto& [id, mask] : full) mask = info.cbm_mask;
  if (full == *masks) return {};
  std::string text;
  for (const std::string& resource : info.lines) text += format_schemata(resource, full) + '\n';
  return files.write(directory + "/schemata", text);
}

Status free_kept_class(const ResctrlFiles& files, const std::string& directory) {
  if (Status emptied = empty_class(files, directory); !emptied) return emptied;
  const Result<ResctrlInfo> info = read_resctrl_info(files);
  if (!info) return info.error();
  return widen_class(files, *info, directory);
}

}  // namespace

std::optional<int> parse_class_directory(std::string_view directory) {
  if (!directory.starts_with(kPrefix)) return std::nullopt;
  const std::string_view digits = directory.substr(kPrefix.size());
  int class_id = 0;
  const auto [end, errc] = std::from_chars(digits.data(), digits.data() + digits.size(), class_id);
  if (errc != std::errc{} || class_directory(class_id) != directory || class_id < 1) return std::nullopt;
  return class_id;
}

std::string class_directory(int class_id) {
  return std::string(kPrefix) + std::to_string(class_id);
}

Result<Undone> undo_pqos_os(const ResctrlFiles& files, const JournalEntry& entry) {
  const Result<std::vector<std::string>> directories = files.directories("");
  if (!directories) return directories.error();
  std::optional<Error> first;
  int removed = 0;
  for (const std::string& directory : *directories) {
    const std::optional<int> class_id = parse_class_directory(directory);
    if (!class_id) continue;
    Status done;
    if (std::ranges::find(entry.kept, directory) == entry.kept.end()) {
      done = files.remove_group(directory);
      if (done) ++removed;
    } else if (std::ranges::any_of(entry.classes, [&](const auto& c) { return c.second == *class_id; })) {
      done = free_kept_class(files, directory);
    }
    if (!done && done.error().sys_errno != ENOENT && !first) first = std::move(done).error();
  }
  Result<Undone> rest = undo_resctrl(files, entry);
  if (first) return *std::move(first);
  if (rest) rest->groups += removed;
  return rest;
}

}  // namespace dcat
