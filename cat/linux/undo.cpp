#include "cat/linux/undo.h"

#include <algorithm>
#include <utility>

#include "cat/linux/group_names.h"
#include "cat/linux/pqos_undo.h"
#include "cat/linux/resctrl_info.h"
#include "cat/schemata.h"

namespace dcat {

namespace {

bool is_l3(const std::string& resource) {
  return resource == "L3" || resource == "L3CODE" || resource == "L3DATA";
}

class Undo {
 public:
  explicit Undo(const ResctrlFiles& files) : files_(files) {}

  void remove_groups(const std::string& directory) {
    const Result<std::vector<std::string>> names = files_.directories(directory);
    if (!names) {
      keep(names.error());
      return;
    }
    for (const std::string& name : *names) {
      if (!parse_directory_name(name)) continue;
      const std::string group = directory.empty() ? name : directory + '/' + name;
      Status removed = files_.remove_group(group);
      // This may be the last time that anybody looks: what was busy for a moment is tried once more.
      if (!removed && removed.error().sys_errno != ENOENT) removed = files_.remove_group(group);
      if (removed)
        ++undone_.groups;
      else if (removed.error().sys_errno != ENOENT)
        keep(std::move(removed).error());
    }
  }

  // Domains that are not there any more (CPUs went) are left out: the kernel takes a line whole or not at all. Domains
  // and lines that came later (CPUs came, or it was mounted anew with cdp) came with every way.
  void restore(const std::string& wanted) {
    const Result<std::string> now = files_.read("schemata");
    if (!now) return keep(now.error());
    auto lines = parse_schemata(wanted);
    const auto present = parse_schemata(*now);
    if (!lines) return keep(std::move(lines).error());
    if (!present) return keep(present.error());
    if (Status completed = add_what_came_later(*lines, *present); !completed) keep(std::move(completed).error());
    std::string text;
    for (SchemataLine& line : *lines) {
      const SchemataLine* there = find_line(*present, line.resource);
      if (there == nullptr) continue;
      std::string values;
      for (const auto& [id, value] : line.values) {
        const auto at = std::ranges::find(there->values, id, [](const auto& v) { return v.first; });
        if (at == there->values.end() || same_mask(at->second, value)) continue;
        values += (values.empty() ? "" : ";") + std::to_string(id.value) + '=' + value;
      }
      if (!values.empty()) text += line.resource + ':' + values + '\n';
    }
    if (text.empty()) return;
    if (Status written = files_.write("schemata", text); !written) return keep(std::move(written).error());
    undone_.default_masks = true;
  }

  void widen() {
    const Result<ResctrlInfo> info = read_resctrl_info(files_);
    if (!info) return keep(info.error());
    std::string text;
    for (const std::string& resource : info->lines) {
      std::vector<std::pair<DomainId, Cbm>> masks;
      for (const DomainId id : info->domains) masks.emplace_back(id, info->cbm_mask);
      text += format_schemata(resource, masks) + '\n';
    }
    restore(text);
  }

  int groups() const { return undone_.groups; }
  Result<Undone> result() && {
    if (first_) return *std::move(first_);
    return undone_;
  }

 private:
  Status add_what_came_later(std::vector<SchemataLine>& lines, const std::vector<SchemataLine>& present) const {
    std::string every_way;
    for (const SchemataLine& there : present) {
      if (!is_l3(there.resource)) continue;
      auto line = std::ranges::find(lines, there.resource, &SchemataLine::resource);
      if (line == lines.end()) line = lines.insert(lines.end(), {there.resource, {}});
      for (const auto& [id, value] : there.values) {
        if (std::ranges::find(line->values, id, [](const auto& v) { return v.first; }) != line->values.end()) continue;
        if (every_way.empty()) {
          const Result<ResctrlInfo> info = read_resctrl_info(files_);
          if (!info) return info.error();
          every_way = format_cbm(info->cbm_mask);
        }
        line->values.emplace_back(id, every_way);
      }
    }
    return {};
  }

  static bool same_mask(const std::string& a, const std::string& b) {
    const auto significant = [](const std::string& digits) {
      return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
    };
    return significant(a) == significant(b);
  }
  void keep(Error error) {
    if (!first_) first_ = std::move(error);
  }

  const ResctrlFiles& files_;
  Undone undone_;
  std::optional<Error> first_;
};

}  // namespace

Result<std::string> read_default_schemata(const ResctrlFiles& files) {
  const Result<std::string> text = files.read("schemata");
  if (!text) return text.error();
  const auto lines = parse_schemata(*text);
  if (!lines) return lines.error();
  std::string kept;
  for (const SchemataLine& line : *lines) {
    if (!is_l3(line.resource)) continue;
    std::string values;
    for (const auto& [id, value] : line.values)
      values += (values.empty() ? "" : ";") + std::to_string(id.value) + '=' + value;
    kept += line.resource + ':' + values + '\n';
  }
  return kept;
}

Result<Undone> undo_resctrl(const ResctrlFiles& files, const std::optional<JournalEntry>& entry) {
  Undo undo(files);
  // Our monitoring groups in the default group, then our control groups with those in them.
  if (files.exists("mon_groups")) undo.remove_groups("mon_groups");
  undo.remove_groups("");
  if (entry && !entry->default_schemata.empty())
    undo.restore(entry->default_schemata);
  else if (!entry && undo.groups() > 0)
    undo.widen();
  return std::move(undo).result();
}

Result<Undone> undo_node(const ResctrlFiles& files, const std::optional<JournalEntry>& entry) {
  if (entry && entry->backend == "pqos-os") return undo_pqos_os(files, *entry);
  if (entry && entry->backend == "pqos-msr")
    return Error{ErrorCode::failed, "undo what pqos-msr left", "it changed registers, which resctrl does not show",
                 "unmount " + files.root() + ", then `dcat reset`"};
  return undo_resctrl(files, entry);
}

}  // namespace dcat
