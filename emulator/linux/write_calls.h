// Counts the system calls that would change the emulated resctrl or what is below /run/dcat, and kills the process that
// is about to make the N-th: nothing of that call is done. So a test can let a program die before each of its writes.
//
// Counted: write, pwrite64, writev, pwritev, sendfile, copy_file_range, fsync, fdatasync, ftruncate, truncate, mkdir,
// rmdir, unlink, rename, and open where it may create or truncate; each also in its *at forms. A file is where its name
// leads by its words alone: symbolic links are not followed, but for /var/run.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "emulator/linux/stopped_calls.h"

namespace dcat::emulator {

class WriteCallCounter {
 public:
  explicit WriteCallCounter(std::uint64_t kill_at) : kill_at_(kill_at) {}  // 0: never
  Verdict judge(const seccomp_notif& call, const std::function<bool()>& still_there);
  std::uint64_t counted() const { return counted_; }

 private:
  std::uint64_t kill_at_;
  std::atomic<std::uint64_t> counted_ = 0;
};

// "/a/./b/../c" is "/a/c". REQUIRES: absolute.
std::string tidy_path(const std::string& path);
// True for the emulated resctrl's and our runtime directory's files, and for the two directories. REQUIRES: tidy.
bool is_watched(const std::string& path);

}  // namespace dcat::emulator
