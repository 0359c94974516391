// PqosMsrControl: cache ways through libpqos and model-specific registers, for pinned VMs and kernels without resctrl.
// A class of service is given to cores, so a container is told from the others by its CPUs alone.
//
// Properties: libpqos is not started where CPUID shows no cache allocation or resctrl is mounted (two hands on the same
// registers). It starts from registers as after a reset, all cores in class 0 and every mask full; anything else is
// somebody's and refused. A container is controlled when its CPUs (container_cpus.h) are some of the node's, not all,
// and no other listed one may run on them; the others are left in class 0, which is said once. What was changed goes
// back to class 0 and full masks at the end. What an earlier run left is always undone, never adopted: registers do not
// say whose they are.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cat/linux/pqos_control.h"
#include "cat/linux/pqos_cpuid.h"
#include "cat/linux/undo.h"

namespace dcat {

struct PqosMsrOptions {
  std::string resctrl_root = "/sys/fs/resctrl";
  std::string cpu_root = "/sys/devices/system/cpu";
  // Absolute path of a container's cgroup; "" when it is gone.
  std::function<std::string(const ContainerId&)> cgroup_of;
  RootPolicy root_policy = RootPolicy::shared;
  bool writes = false;
  std::string runtime_directory = "/run/dcat";  // of the journal
  ReadCpuid cpuid = read_cpuid;
};

class PqosMsrControl : public PqosControl {
 public:
  // unsupported: no cache allocation, resctrl is mounted, somebody else uses the registers, or libpqos numbers the
  // caches so that they cannot be told from the kernel's.
  static Result<std::unique_ptr<PqosMsrControl>> open(PqosMsrOptions options);
  // Of a run that has ended, on registers that nobody else has touched since. unsupported as above.
  static Result<Undone> undo(const JournalEntry& entry, const PqosMsrOptions& options);

  std::string name() const override { return "pqos-msr"; }
  Result<Census> take_census(const std::vector<ContainerId>& containers) override;
  Status gather() override;
  Status begin_writing() override;
  Status release() override;

 private:
  explicit PqosMsrControl(PqosMsrOptions options);

  Status take_instance();
  Status start() override;
  Status look() override;
  int class_count() const override { return library_->facts().classes; }
  std::vector<Member> members() const override;
  Status put(const ContainerId& container, int class_id) override;
  Status vacate(int class_id) override;

  Status init_library();
  Status name_domains();
  Status inherit();
  Status check_untouched();
  Status look_at_cores();
  Status look_at_containers();

  PqosMsrOptions options_;
  std::optional<InstanceLock> instance_;
  std::vector<ContainerId> containers_;              // ascending
  std::map<ContainerId, std::vector<int>> cpus_of_;  // of those that can be controlled
  std::map<int, int> class_of_core_;
};

}  // namespace dcat
