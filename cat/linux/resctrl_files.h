// Reading and writing below a resctrl mount: one system call a command, and every refusal with the kernel's own words
// from info/last_cmd_status. Source: Linux Documentation/arch/x86/resctrl.rst.
//
// last_cmd_status is one text for the whole file system: it is right only while nobody else writes, which enter() sees
// to (flock on the directory, resctrl.rst "Examples for working with resctrl file system: locking").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/units.h"

namespace dcat {

class ResctrlFiles {
 public:
  explicit ResctrlFiles(std::string root) : root_(std::move(root)) {}
  ~ResctrlFiles() { unlock(); }
  ResctrlFiles(const ResctrlFiles&) = delete;
  ResctrlFiles& operator=(const ResctrlFiles&) = delete;

  const std::string& root() const { return root_; }
  // Whether a resctrl file system is there: it has a schemata file and an info directory.
  bool mounted() const;

  // `path` is below the root. sys_errno is the call's.
  Result<std::string> read(const std::string& path) const;
  // The subdirectories of a directory, ascending; "" is the root's.
  Result<std::vector<std::string>> directories(const std::string& path) const;
  bool exists(const std::string& path) const;

  // One write(2). `text` ends in a newline where the file wants one.
  Status write(const std::string& path, std::string_view text) const;
  Status make_group(const std::string& path) const;
  Status remove_group(const std::string& path) const;
  Status rename_group(const std::string& from, const std::string& to) const;

  // flock(LOCK_EX) on the root. Tries for `patience` of real time; then failed with sys_errno EWOULDBLOCK.
  Status lock(Duration patience);
  void unlock();

 private:
  Error refused(const std::string& what, int number, bool with_status) const;

  std::string root_;
  int lock_fd_ = -1;
};

// "EINVAL: mask f5 has non-consecutive 1-bits" or, without the kernel's words, "EINVAL: Invalid argument".
std::string errno_text(int number);

}  // namespace dcat
