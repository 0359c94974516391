// The threads of a container: of its cgroup and all cgroups below it, from cgroup.threads (cgroup-v2.rst: readable in
// threaded cgroups too, where cgroup.procs is not).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace dcat {

// The ids in a list of threads as the kernel writes it (cgroup.threads, resctrl's tasks), in its order. Ids of 0, of
// tasks in another PID namespace, and what is no number are passed over.
void append_tids(std::string_view text, std::vector<int>& tids);

// Ascending, each once. A cgroup that goes meanwhile has no threads. Appends to `tids`.
// Error: the cgroup is there and cannot be read.
Status read_threads(const std::string& cgroup, std::vector<int>& tids);

// The same for cgroups that are read again and again: they are kept open, for finding a path costs more than reading.
class ThreadReader {
 public:
  // Descriptors are shared with the counters, which need many more; the rest is read by its path.
  static constexpr std::size_t kMostOpen = 1024;

  ThreadReader() = default;
  ~ThreadReader();
  ThreadReader(const ThreadReader&) = delete;
  ThreadReader& operator=(const ThreadReader&) = delete;

  // As read_threads.
  Status read(const std::string& cgroup, std::vector<int>& tids);
  // Closes all others: an open file keeps a cgroup that was removed from going. `cgroups` in any order.
  void keep_only(const std::vector<std::string>& cgroups);

 private:
  struct Open {
    int directory = -1;
    int threads = -1;
    bool wanted = false;
  };
  using Cgroups = std::map<std::string, Open>;

  Cgroups::iterator open(const std::string& cgroup);
  void close(Cgroups::iterator at);

  Cgroups open_;
};

}  // namespace dcat
