// PqosOsControl: cache ways through libpqos over resctrl, for nodes whose RDT is ours alone: libpqos takes every class
// of service there is (COS1, COS2... are made when it starts) and sees no other group.
//
// Properties: nothing is made where somebody else has a group, or a class with tasks, CPUs or less than every way. The
// journal is on the disk before libpqos starts, and again before a class is used. Directories of classes that libpqos
// made go at the end, those that were there before stay, empty and with every way. Nothing is written, and libpqos is
// not started, when `writes` is false: masks are read from the files then. A class whose directory somebody removes is
// made again, its group is gone for the next period to see. Monitoring is not libpqos' business here, see
// pqos_library.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "cat/linux/pqos_control.h"
#include "cat/linux/resctrl_files.h"
#include "cat/linux/resctrl_info.h"

namespace dcat {

class PqosOsControl : public PqosControl {
 public:
  static constexpr int kMostRounds = 10;  // of moving threads that a container makes meanwhile

  // With `writes`, what an earlier run left is adopted when that was alive within `adopt_within`, else undone.
  // unsupported: no resctrl with L3 allocation there, somebody else uses it (the error says who), or libpqos numbers
  // the caches otherwise than the kernel.
  static Result<std::unique_ptr<PqosOsControl>> open(ResctrlOptions options);

  std::string name() const override { return "pqos-os"; }
  Result<Census> take_census(const std::vector<ContainerId>& containers) override;
  Status gather() override;
  Status begin_writing() override;
  Status release() override;

 private:
  struct Seen {
    std::vector<int> tids;  // ascending
    int class_id = 0;       // where most of its threads are; kForeign
    bool together = true;
  };

  explicit PqosOsControl(ResctrlOptions options);

  Status start() override;
  Status look() override;
  int class_count() const override;
  std::vector<Member> members() const override;
  Status put(const ContainerId& container, int class_id) override;
  Status vacate(int class_id) override;

  Status inherit();
  Status begin_journal(std::optional<JournalEntry> adopted);
  Status init_library();
  Status check_domains() const;
  Status load_info();
  Status make_missing_classes(const std::vector<std::string>& directories);
  Status look_at_tasks();
  Status look_at_foreign_tasks(const std::vector<std::string>& directories);
  Status look_at_containers();
  Status read_files_only();
  void note_strangers();

  ResctrlOptions options_;
  ResctrlFiles files_;
  std::optional<InstanceLock> instance_;
  std::optional<ResctrlInfo> info_;
  std::vector<ContainerId> containers_;    // ascending
  std::unordered_map<int, int> class_of_;  // tid -> class; not listed = class 0; kForeign
  std::vector<Seen> seen_;                 // by container
};

}  // namespace dcat
