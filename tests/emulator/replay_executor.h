// What a replay of recorded operations asks a resctrl file system for: the port between the list (replay.h) and the
// two ways to perform it, in process on a ResctrlTree and by system calls on a mounted one. Paths are below the mount
// point: "g1/schemata", "" for the root. Task ids are those that the executor's tasks have; task() translates the
// record's.
#pragma once

#include <set>
#include <string>

#include "emulator/resctrl_tree.h"

namespace dcat::emulator {

// What this executor can ask at all. What it cannot is counted under its reason.
struct Abilities {
  bool mount_point = false;    // refusals that are the mount's: in use, a mount point is no directory to remove
  bool empty_writes = false;   // a write of no bytes arrives
  bool cpus_offline = false;   // set_online() works
  bool cache_filling = false;  // fill_cache() works
};

struct Written {
  int error = 0;  // errno
  std::size_t bytes = 0;
};

class Executor {
 public:
  virtual ~Executor() = default;
  virtual Abilities abilities() const = 0;

  // All return 0 or errno. `target` is the whole path.
  virtual int mount(const std::string& target, const std::string& options) = 0;
  virtual int unmount() = 0;
  virtual int mkdir(const std::string& path) = 0;
  virtual int rmdir(const std::string& path) = 0;
  virtual int unlink(const std::string& path) = 0;
  virtual int rename(const std::string& from, const std::string& to) = 0;
  virtual int open(const std::string& path, int flags) = 0;  // and close

  // Each write is a process of its own, which opens the file to write alone and cuts it, as a shell's > does.
  virtual Written write(const std::string& path, const std::string& data) = 0;
  virtual Answer read(const std::string& path) = 0;
  virtual std::set<std::string> list(const std::string& path) = 0;

  // Keeps the file open, with its directory as somebody's working directory, until release().
  virtual void hold(const std::string& path) = 0;
  virtual Answer read_held() = 0;
  virtual void release() = 0;

  // From now on directories are made and files opened and read by a user who is not root.
  virtual void become_user() = 0;
  virtual int task(int recorded) const = 0;
  // Processes that the shell starts, in its group, and their end.
  virtual void start_reader(int recorded) = 0;
  virtual void end_readers() = 0;

  // The kernel has looked for RMIDs that are free again, and does not look again for the next half second.
  virtual void pass_limbo_check() = 0;
  // A task fills so much of a domain's cache. REQUIRES: the ability, as for set_online().
  virtual void fill_cache(int tid, int domain, std::uint64_t bytes) = 0;
  virtual void empty_caches() = 0;
  virtual void set_online(int cpu, bool online) = 0;
};

}  // namespace dcat::emulator
