// Real cgroups for the tests on the real machine: a directory of this process's own below the root, gone with the
// object, and nothing written elsewhere. A machine that cannot do it ends the program with 77 and the reason.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "core/units.h"
#include "perfmon/linux/cgroup_mounts.h"
#include "tests/support/catch.h"

namespace dcat::test {

[[noreturn]] inline void skip(const std::string& why) {
  std::fprintf(stderr, "skipped: %s\n", why.c_str());
  std::exit(77);
}

inline void wait_for(Duration time) {
  std::this_thread::sleep_for(time);
}

// A parent cgroup of this process's own and what is made below it.
class Cgroups {
 public:
  Cgroups() {
    if (::geteuid() != 0) skip("making cgroups needs root");
    const Result<CgroupMounts> mounts = read_cgroup_mounts("/proc/self/mountinfo");
    if (!mounts) skip(mounts.error().to_string());
    root = mounts->unified;
    counts = !mounts->perf_event_v1;
    name = "dcat-test-" + std::to_string(::getpid());
    std::error_code error;
    if (!std::filesystem::create_directory(directory(), error))
      skip("cannot make " + directory() + ": " + error.message());
  }
  Cgroups(const Cgroups&) = delete;
  Cgroups& operator=(const Cgroups&) = delete;
  ~Cgroups() { remove_below(directory()); }

  std::string directory() const { return root + "/" + name; }
  std::string directory(const std::string& child) const { return directory() + "/" + child; }
  ContainerId make(const std::string& child) const {
    REQUIRE(std::filesystem::create_directories(directory(child)));
    return ContainerId{name + "/" + child};
  }
  bool remove(const std::string& child) const { return ::rmdir(directory(child).c_str()) == 0; }
  std::uint64_t id(const std::string& child) const {
    struct stat info {};
    REQUIRE(::stat(directory(child).c_str(), &info) == 0);
    return info.st_ino;
  }
  // CPU time of everything in it, from the kernel's own account.
  Duration used(const std::string& child) const {
    return std::chrono::microseconds(value_of(directory(child) + "/cpu.stat", "usage_usec"));
  }
  // Removed cgroups that something still holds, below our own only.
  std::int64_t dying() const { return value_of(directory() + "/cgroup.stat", "nr_dying_descendants"); }
  bool dying_becomes(std::int64_t count) const {
    for (int i = 0; i < 100 && dying() != count; ++i) wait_for(std::chrono::milliseconds(50));
    return dying() == count;
  }

  std::string root, name;
  bool counts = false;  // perf_event is of this hierarchy, not of a v1 one

 private:
  static std::int64_t value_of(const std::string& file, const std::string& wanted) {
    std::ifstream stat(file);
    std::string key;
    std::int64_t value = 0;
    while (stat >> key >> value)
      if (key == wanted) return value;
    return -1;
  }
  static void remove_below(const std::string& path) {
    std::error_code ignored;
    std::vector<std::string> below;
    for (const auto& entry : std::filesystem::directory_iterator(path, ignored))
      if (entry.is_directory(ignored)) below.push_back(entry.path());
    for (const std::string& child : below) remove_below(child);
    for (int i = 0; i < 20 && ::rmdir(path.c_str()) != 0; ++i) wait_for(std::chrono::milliseconds(10));
  }
};

}  // namespace dcat::test
