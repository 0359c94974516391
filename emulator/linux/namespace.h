// The private mount namespace in which the emulated node's programs live.
//
// Nothing of it is seen outside, and it goes with its last process: sources of bind mounts lie in a tmpfs that is
// detached at once, and directories that do not exist outside are made in a tmpfs that covers the old directory, whose
// other entries are bound again.
#pragma once

#include <string>

#include "core/result.h"
#include "emulator/machine.h"

namespace dcat::emulator {

inline constexpr const char* kResctrlMountPoint = "/sys/fs/resctrl";
inline constexpr const char* kRuntimeDirectory = "/run/dcat";
inline constexpr const char* kStateDirectory = "/var/lib/dcat";

// Moves this process into it. Private inside: /proc/cpuinfo, /proc/filesystems, /sys/fs with an empty resctrl,
// /sys/devices/system/cpu, /run with an empty lock (mode 1777) and an empty dcat,
// /var/lib with an empty dcat (mode 0700).
// unsupported: not root, or mount namespaces are not allowed here. REQUIRES: one thread.
Status enter_private_namespace(const Machine& machine);

// tracefs, mounted where nobody else sees it for as long as the object lives. REQUIRES: a private namespace.
class MountedTracefs {
 public:
  MountedTracefs();
  ~MountedTracefs();
  MountedTracefs(const MountedTracefs&) = delete;
  MountedTracefs& operator=(const MountedTracefs&) = delete;
  const Status& status() const { return status_; }
  static constexpr const char* kDirectory = kRuntimeDirectory;

 private:
  Status status_;
};

}  // namespace dcat::emulator
