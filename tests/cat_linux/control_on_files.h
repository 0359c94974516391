// A resctrl back end on plain files, and what it says of them as text.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "cat/linux/resctrl_control.h"
#include "cat/schemata.h"
#include "tests/cat_linux/resctrl_tree.h"
#include "tests/support/catch.h"

namespace dcat::test {

using Ids = std::vector<ContainerId>;

inline ResctrlOptions options_of(const ResctrlTree& tree, bool writes, RootPolicy policy = RootPolicy::shared) {
  ResctrlOptions options;
  options.root = tree.root();
  options.cgroup_of = [base = tree.base()](const ContainerId& id) { return base + "/cgroup/" + id.value; };
  options.root_policy = policy;
  options.writes = writes;
  options.runtime_directory = tree.runtime();
  return options;
}
inline std::unique_ptr<ResctrlControl> opened(ResctrlOptions options) {
  auto control = ResctrlControl::open(std::move(options));
  if (!control) FAIL(control.error().to_string());
  return *std::move(control);
}
inline Census census_of(ResctrlControl& control, const Ids& containers = {}) {
  Result<Census> census = control.take_census(containers);
  if (!census) FAIL(census.error().to_string());
  return *std::move(census);
}
inline std::string geometry_of(ResctrlControl& control) {
  const Result<Geometry> geometry = control.read_geometry();
  if (!geometry) return geometry.error().to_string();
  std::string text = std::to_string(geometry->closids) + ":";
  for (const DomainGeometry& d : geometry->domains)
    text += " " + std::to_string(d.id.value) + "=" + format_cbm(d.available) + "/" + format_cbm(d.shareable);
  return text;
}
inline std::string masks_of(ResctrlControl& control) {
  const Result<Masks> masks = control.read_masks();
  if (!masks) return masks.error().to_string();
  std::string text;
  for (const DomainMasks& domain : masks->domains) {
    text += std::to_string(domain.id.value) + "=" + format_cbm(domain.shared);
    for (const GroupMask& group : domain.groups) text += " " + group.group.value + "=" + format_cbm(group.mask);
    text += "; ";
  }
  for (const Member& member : masks->members) text += member.container.value + ":" + member.group.value + " ";
  return text;
}
inline Journal journal_of(const ResctrlTree& tree) {
  return Journal(tree.runtime());
}
inline JournalEntry left_behind(const ResctrlTree& tree, const std::string& default_schemata) {
  JournalEntry entry;
  entry.backend = "resctrl";
  entry.root = tree.root();
  entry.boot_id = read_boot_id();
  entry.pid = 4711;
  entry.default_schemata = default_schemata;
  return entry;
}
inline void make_old(const Journal& journal, std::time_t seconds_ago) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const timespec times[] = {{now.tv_sec - seconds_ago, 0}, {now.tv_sec - seconds_ago, 0}};
  REQUIRE(::utimensat(AT_FDCWD, journal.path().c_str(), times, 0) == 0);
}
inline bool said(const Census& census, const std::string& part) {
  return std::ranges::any_of(census.news, [&](const std::string& n) { return n.find(part) != std::string::npos; });
}
inline const WriteMasks kNarrow{GroupId{}, {{DomainId{0}, Cbm(0xc0)}, {DomainId{3}, Cbm(0xc0)}}};

}  // namespace dcat::test
