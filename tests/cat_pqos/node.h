// A node for the contract of PqosOsControl: the stand-in's (fake_node.cpp), or the emulated one with the real libpqos
// (emulated_node.cpp). Two domains, 0 and 1, at least four classes, eight ways or more. Containers are directories with
// a cgroup.threads file, their threads this machine's.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "cat/linux/pqos_os_control.h"
#include "tests/perfmon/linux/temp_tree.h"

namespace dcat::test {

// A process that sleeps until the object goes.
class Sleeper {
 public:
  Sleeper();
  ~Sleeper() { end(); }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  int pid() const { return pid_; }
  void end();

 private:
  pid_t pid_;
};

class TestNode {
 public:
  virtual ~TestNode() = default;
  virtual std::string root() const = 0;
  // Somebody else's doing.
  virtual void put_task(int pid, const std::string& directory) = 0;
  // A class' masks appear in its files, where that takes doing.
  virtual void mirror_class(int class_id) { (void)class_id; }
  // The node's files, as text: which groups there are, with masks and modes where they have any.
  std::string tree() const;

  const TempTree& cgroups() const { return cgroups_; }
  std::string runtime() const { return cgroups_.root() + "/run"; }
  void container(const std::string& name, const std::vector<int>& tids) const;
  ResctrlOptions options(Duration adopt_within = Duration(0)) const;
  std::unique_ptr<PqosOsControl> open(Duration adopt_within = Duration(0)) const;

 private:
  TempTree cgroups_;
};

// Nobody is on it and no group is there.
std::unique_ptr<TestNode> make_node();

}  // namespace dcat::test
