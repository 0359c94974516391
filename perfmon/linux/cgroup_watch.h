// CgroupWatch: what the kernel tells about cgroups coming, going and being populated, by inotify(7).
//
// A watch is known by its number. One on a directory tells of directories made and removed in it, one on a
// cgroup.events file of changes of `populated` (cgroup-v2.rst, "Core Interface Files"). Watches hold an inode, never a
// cgroup: a removed cgroup is gone though it is watched (tests/system/cgroup_discovery_test.cpp). The kernel drops
// a directory's watch with the directory, but not always a file's of cgroupfs; who watched it has to let go.
//
// Nothing here is lost without a word: an overflow of the kernel's queue is an event, a watch that cannot be had is an
// error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/result.h"

namespace dcat {

class CgroupWatch {
 public:
  enum class What {
    appeared,     // directory `name` in the watched one
    disappeared,  // likewise
    modified,     // the watched file
    ended,        // the watch: its directory or file is gone, or its file system
    overflowed,   // events were dropped, of any watch
  };
  struct News {
    What what = What::overflowed;
    int watch = -1;
    std::string name;
  };

  // At most `most` watches at once, beside the kernel's own limit (fs.inotify.max_user_watches).
  // failed: no inotify instance to be had (max_user_instances, descriptors).
  static Result<std::unique_ptr<CgroupWatch>> open(std::size_t most = std::numeric_limits<std::size_t>::max());
  CgroupWatch(const CgroupWatch&) = delete;
  CgroupWatch& operator=(const CgroupWatch&) = delete;
  ~CgroupWatch();

  // The watch's number; the same again for what is watched already, by whatever path. sys_errno ENOSPC: there are no
  // watches left.
  Result<int> watch_directory(const std::string& path);
  Result<int> watch_file(const std::string& path);
  void let_go(int watch);
  // All that has happened since, oldest first; does not wait.
  std::vector<News> read();

  int fd() const { return fd_; }  // readable when there is news
  std::size_t count() const { return held_.size(); }

 private:
  CgroupWatch(int fd, std::size_t most) : fd_(fd), most_(most) {}
  Result<int> add(const std::string& path, std::uint32_t events);
  void take(const char* buffer, std::size_t size, std::vector<News>& news);

  int fd_;
  std::size_t most_;
  std::unordered_set<int> held_;  // numbers are never used twice: no table of them may only grow
};

}  // namespace dcat
