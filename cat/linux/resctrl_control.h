// ResctrlControl: cache ways through the kernel's resctrl file system, beside whoever else uses it.
//
// Properties: only groups whose directory begins with "dcat." are made, written or removed, and the default group's L3
// masks; never a foreign group's, and its memory bandwidth (MB) in our groups alone. CLOSIDs are taken when a group is
// needed and given back when it is not. No group is ever exclusive. All lines of a group are one write, read back: what
// the machine made of them is a fact of the geometry from then on. The journal is written before the first change of a
// run. Nothing is written when `writes` is false. Sources: Linux Documentation/arch/x86/resctrl.rst;
// docs/decisions/0009-resctrl-beside-others.md. Not thread safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cat/cache_control.h"
#include "cat/linux/container_monitor.h"
#include "cat/linux/container_mover.h"
#include "cat/linux/journal.h"
#include "cat/linux/resctrl_census.h"
#include "cat/linux/resctrl_files.h"
#include "cat/linux/resctrl_info.h"

namespace dcat {

// Which ways of the default group (host processes and whoever has no partition) dCat may take.
enum class RootPolicy {
  shared,  // it is narrowed to the shared region while partitions are in force, and widened again at the end
  keep,    // its masks are never written: its tasks reach into every partition
};

struct ResctrlOptions {
  std::string root = "/sys/fs/resctrl";
  // Absolute path of a container's cgroup; "" when it is gone.
  std::function<std::string(const ContainerId&)> cgroup_of;
  // Who goes first where RMIDs are few; greater goes first. Empty: all alike.
  std::function<int(const ContainerId&)> priority_of;
  RootPolicy root_policy = RootPolicy::shared;
  bool writes = false;
  std::string runtime_directory = "/run/dcat";  // of the journal
  Duration adopt_within = std::chrono::seconds(30);
};

class ResctrlControl : public CacheControl {
 public:
  // With `writes`, what an earlier run left is adopted when that was alive within `adopt_within`, else undone.
  // unsupported: no resctrl is mounted there, or it has no L3 allocation.
  static Result<std::unique_ptr<ResctrlControl>> open(ResctrlOptions options);

  std::string name() const override { return "resctrl"; }
  Status enter(Duration patience) override;
  void leave() override;
  Result<Census> take_census(const std::vector<ContainerId>& containers) override;
  Result<Geometry> read_geometry() override;
  Result<Masks> read_masks() override;
  Status apply(const Change& change) override;
  std::vector<CacheUsage> read_usage() override;
  Neighbours neighbours() const override;
  Status gather() override;
  Status begin_writing() override;
  Status release() override;

  const ContainerMover& mover() const { return mover_; }

 private:
  explicit ResctrlControl(ResctrlOptions options);

  Status inherit();
  Status load_info();
  Status look();  // takes the census, anew if anything was changed since
  void name_groups();
  std::string directory_in_force(const GroupId& group) const;
  void choose_ways();
  void check_throttles();
  Throttle throttle_in(const SeenGroup& group, DomainId domain) const;
  void note_rounded(const WriteMasks& change, const std::string& directory, const GroupSchemata& now);
  void note_news();
  void say(const std::string& topic, const std::string& text);
  Status begin_changes();
  Status create(const CreateGroup& change);
  Status write(const WriteMasks& change);
  Status move(const MoveContainer& change);
  Status move_what_is_ours(const ContainerId& container, const SeenContainer& seen, const std::string& directory);
  Status remove(const RemoveGroup& change);
  Status check_written(const WriteMasks& change, const std::string& directory);
  int spare_rmids() const;
  Status cover();
  Cbm free_ways(DomainId domain) const;

  ResctrlOptions options_;
  ResctrlFiles files_;
  Journal journal_;
  ContainerMonitor monitor_;
  ContainerMover mover_;
  std::optional<InstanceLock> instance_;
  bool changing_ = false;                  // the journal is written
  std::optional<JournalEntry> inherited_;  // or what this run has written to the journal

  std::optional<ResctrlInfo> info_;
  std::vector<ContainerId> containers_;          // ascending
  std::map<ContainerId, std::string> put_into_;  // directory of the last move
  std::set<ContainerId> moved_;                  // in this period
  int periods_without_rmids_ = 0;                // left, after a group was refused for want of one
  std::map<std::string, GroupId> made_;          // directory -> group, of those that this run has made
  ThreadReader threads_;
  std::optional<ResctrlCensus> census_;
  bool changed_ = false;                       // something was applied since the census
  std::map<DomainId, Cbm> run_;                // the ways dCat may hand out
  std::map<DomainId, std::vector<Cbm>> tied_;  // as read back
  // Throttles that read back otherwise than they were written: directory and domain -> asked for, got.
  std::map<std::pair<std::string, DomainId>, std::pair<Throttle, Throttle>> rounded_;
  std::map<DomainId, Cbm> kept_default_;     // RootPolicy::keep: the shared region as it was asked for
  std::map<std::string, std::string> said_;  // topic -> text, so that each is said once
  std::vector<std::string> news_;
};

}  // namespace dcat
