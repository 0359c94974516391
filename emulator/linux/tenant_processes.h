// TenantProcesses: for every tenant a cgroup with one process in it that only sleeps, so that RDT programs find threads
// to move. Where: ROOT/dcat-emulated.PID/TENANT, PID being the emulator's.
//
// The processes end with the emulator, however it ends: each waits for the end of a pipe whose other end the emulator
// alone holds. (A parent-death signal would come when the one thread ends that made them.) What an emulator that was
// killed left of cgroups, the next one removes.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/result.h"

namespace dcat::emulator {

// A name that cgroupfs takes and that is none of its files: letters, digits, '-' and '_' stay, every other byte becomes
// %xx.
std::string cgroup_name(std::string_view tenant);

class TenantProcesses {
 public:
  // `cgroup_root` is a cgroup2 mount or a directory in one; each process has `threads` threads.
  static Result<std::unique_ptr<TenantProcesses>> open(const std::string& cgroup_root, int threads);
  TenantProcesses(const TenantProcesses&) = delete;
  TenantProcesses& operator=(const TenantProcesses&) = delete;
  ~TenantProcesses();  // ends all and removes the directory

  // Error: the first of those that could not be started; nothing is left of them, and the others run.
  Status add(const std::vector<ContainerId>& tenants);
  // Ends everything in the tenant's cgroup and removes it. Error: the cgroup could not be removed; the destructor tries
  // again.
  Status remove(const ContainerId& tenant);
  std::vector<ContainerId> tenants() const;  // ascending
  // Ascending; empty for who is not there.
  const std::vector<int>& threads_of(const ContainerId& tenant) const;
  std::string cgroup_of(const ContainerId& tenant) const;  // "" for who is not there

 private:
  struct Process {
    pid_t pid = 0;
    std::vector<int> threads;
    std::string cgroup;
    int ready = -1;  // says when its threads are there; open while it starts
    Status state;    // of its start
  };

  TenantProcesses(std::string directory, int threads) : directory_(std::move(directory)), threads_(threads) {}
  Status start(Process& process) const;
  Status wait_until_ready(Process& process) const;

  std::string directory_;
  int threads_;
  int alive_read_ = -1;  // the processes wait here
  int alive_write_ = -1;
  std::map<ContainerId, Process> processes_;
};

}  // namespace dcat::emulator
