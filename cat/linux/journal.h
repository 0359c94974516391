// The journal: what a run has changed on this node's cache allocation, so that the next start, or `dcat reset`, can
// undo it after a crash. One small JSON file in the runtime directory.
//
// It is written before the first change of a run: to a new file beside it, synced, then renamed over the old one, so
// that a reader finds the old text or the new, never a part. Its time of modification is when the daemon last was
// alive. Groups need no entry: their names say whose they are. libpqos has no names, so its classes are listed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/units.h"

namespace dcat {

struct JournalEntry {
  std::string backend;  // "resctrl", "pqos-os", "pqos-msr"
  std::string root;     // of the resctrl file system; "" without one
  std::string boot_id;  // a reboot undoes everything by itself
  int pid = 0;          // of the daemon
  // The default group's L3 lines as they were before the first change, newlines and all; "" = never changed by us.
  std::string default_schemata;
  std::map<std::string, int> classes;  // libpqos: group -> class of service
  std::vector<std::string> kept;       // pqos-os: the directories of classes that were there before
  bool operator==(const JournalEntry&) const = default;
};

class Journal {
 public:
  // `directory` is made when it is written to.
  explicit Journal(std::string directory) : directory_(std::move(directory)) {}

  std::string path() const { return directory_ + "/journal.json"; }
  // nullopt: there is none, nothing is to be undone. failed: it cannot be read, or is none of ours.
  Result<std::optional<JournalEntry>> read() const;
  Status write(const JournalEntry& entry) const;
  Status remove() const;
  // A damaged one, kept beside for people as PATH.damaged; the one set aside before is replaced.
  Status set_aside() const;
  // The daemon is alive.
  void touch() const;
  // How long ago it was alive; nullopt without a journal. A clock that was set back gives 0.
  std::optional<Duration> age() const;

 private:
  std::string directory_;
};

std::string read_boot_id();

// One daemon a node: holds flock on DIRECTORY/lock until it is destroyed, also by kill -9.
class InstanceLock {
 public:
  // failed: another one holds it (its pid is told), or the directory cannot be made.
  static Result<InstanceLock> take(const std::string& directory);
  InstanceLock(InstanceLock&& other) noexcept;
  InstanceLock& operator=(InstanceLock&&) = delete;
  ~InstanceLock();

 private:
  explicit InstanceLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace dcat
