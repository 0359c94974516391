// Box: cgroups below one directory of the cgroup2 tree with processes in them, and their removal, also of what an
// earlier run left when it crashed.
//
// The first component of a box's name has to start with "dcat-bench", so that a slip of the command line removes
// nobody else's cgroups. Nothing is written to the root of the tree and no controller is switched on: v2 cgroups are
// plain directories, what is asked of v1 controllers goes through libcgroup (limits.h).
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "core/result.h"

namespace dcat::bench {

class Box {
 public:
  // `name` below the cgroup2 mount: "dcat-bench.42/fleet". bad_input: it may not be a box. Makes the directory and
  // those above it.
  static Result<Box> make(const std::string& name);

  const std::string& name() const { return name_; }
  const std::string& path() const { return path_; }

  // Makes `name()/member` and starts `body` in it as a child of this process; the child never was anywhere else, and is
  // killed when this process ends. `body` must not return. When it cannot be started nothing is left.
  Result<pid_t> start(const std::string& member, const std::function<void()>& body) const;
  // After its process was waited for. An error only where it is still there.
  Status remove(const std::string& member) const;

 private:
  Box(std::string name, std::string path) : name_(std::move(name)), path_(std::move(path)) {}

  std::string name_;
  std::string path_;
};

// Kills every process in the box and removes it with everything below it; the directories above it too where nothing
// else is in them. No error where there is no such box.
Status clean(const std::string& name);

// Where the cgroup2 tree is.
Result<std::string> cgroup_root();

// `dcat-bench...: why` on stderr, and the exit code.
int report(const char* program, const Error& error);

}  // namespace dcat::bench
