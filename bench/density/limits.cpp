#include "bench/density/limits.h"

#ifndef DCAT_WITH_LIBCGROUP

namespace dcat::bench {
Status start_limits() {
  return Error{ErrorCode::unsupported, "limits", "built without libcgroup", "install libcgroup-dev and build again"};
}
Status limit(const std::string&, const Limits&, pid_t) {
  return start_limits();
}
Status unlimit(const std::string&) {
  return {};
}
}  // namespace dcat::bench

#else

#include <libcgroup.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>

namespace dcat::bench {

namespace {

constexpr std::int64_t kPeriodUs = 100'000;  // the kernel's default cpu.cfs_period_us
constexpr int kPercent = 100;

struct Freer {
  void operator()(cgroup* group) const { cgroup_free(&group); }
};
using Group = std::unique_ptr<cgroup, Freer>;

Status done(int code, const std::string& what) {
  if (code == 0) return {};
  const int cause = code == ECGOTHER ? cgroup_get_last_errno() : 0;
  return Error{ErrorCode::failed, what, cause != 0 ? std::strerror(cause) : cgroup_strerror(code), "", cause};
}

Result<std::string> root_value(const char* file) {
  char* mount = nullptr;
  if (cgroup_get_subsys_mount_point("cpuset", &mount) != 0)
    return Error{ErrorCode::unsupported, "limit CPUs", "no v1 cpuset hierarchy is mounted", "leave --cpus out"};
  const std::unique_ptr<char, decltype(&std::free)> owned(mount, &std::free);
  std::ifstream input(std::string(mount) + "/" + file);
  std::string value;
  std::getline(input, value);
  return value;
}

// A cpuset takes processes only when it has CPUs and memory nodes, and so has each above it.
Status make_cpuset(const std::string& name, const std::string& cpus) {
  Result<std::string> mems = root_value("cpuset.mems");
  if (!mems) return std::move(mems).error();
  Group group(cgroup_new_cgroup(name.c_str()));
  cgroup_controller* const cpuset = group ? cgroup_add_controller(group.get(), "cpuset") : nullptr;
  if (cpuset == nullptr) return Error{ErrorCode::failed, "make cpuset " + name, "libcgroup refused it", ""};
  cgroup_add_value_string(cpuset, "cpuset.cpus", cpus.c_str());
  cgroup_add_value_string(cpuset, "cpuset.mems", mems->c_str());
  return done(cgroup_create_cgroup(group.get(), 0), "make cpuset " + name);
}

Status make_cpusets(const std::string& name, const std::string& cpus) {
  Result<std::string> all = root_value("cpuset.cpus");
  if (!all) return std::move(all).error();
  for (std::size_t at = name.find('/'); at != std::string::npos; at = name.find('/', at + 1))
    if (Status made = make_cpuset(name.substr(0, at), *all); !made) return made;
  return make_cpuset(name, cpus);
}

Status make_quota(const std::string& name, int pct) {
  Group group(cgroup_new_cgroup(name.c_str()));
  cgroup_controller* const cpu = group ? cgroup_add_controller(group.get(), "cpu") : nullptr;
  if (cpu == nullptr) return Error{ErrorCode::failed, "make cpu group " + name, "libcgroup refused it", ""};
  cgroup_add_value_int64(cpu, "cpu.cfs_period_us", kPeriodUs);
  cgroup_add_value_int64(cpu, "cpu.cfs_quota_us", kPeriodUs * pct / kPercent);
  return done(cgroup_create_cgroup(group.get(), 0), "make cpu group " + name);
}

Status attach(const std::string& name, const char* controller, pid_t process) {
  Group group(cgroup_new_cgroup(name.c_str()));
  if (!group || cgroup_add_controller(group.get(), controller) == nullptr)
    return Error{ErrorCode::failed, "attach to " + name, "libcgroup refused it", ""};
  return done(cgroup_attach_task_pid(group.get(), process), "attach to " + name);
}

}  // namespace

Status start_limits() {
  return done(cgroup_init(), "start libcgroup");
}

Status limit(const std::string& name, const Limits& limits, pid_t process) {
  if (limits.quota_pct > 0) {
    if (Status made = make_quota(name, limits.quota_pct); !made) return made;
    if (Status put = attach(name, "cpu", process); !put) return put;
  }
  if (limits.cpus.empty()) return {};
  if (Status made = make_cpusets(name, limits.cpus); !made) return made;
  return attach(name, "cpuset", process);
}

Status unlimit(const std::string& name) {
  if (cgroup_init() != 0) return {};
  for (const char* controller : {"cpu", "cpuset"}) {
    char* mount = nullptr;
    if (cgroup_get_subsys_mount_point(controller, &mount) != 0) continue;
    const std::unique_ptr<char, decltype(&std::free)> owned(mount, &std::free);
    const std::string root = std::string(mount) + "/";
    if (!std::ifstream(root + name + "/tasks")) continue;
    Group group(cgroup_new_cgroup(name.c_str()));
    if (!group || cgroup_add_controller(group.get(), controller) == nullptr) continue;
    if (Status gone = done(cgroup_delete_cgroup_ext(group.get(), CGFLAG_DELETE_RECURSIVE), "remove " + name); !gone)
      return gone;
    // Those above were made for it; where there is something else in one, it stays, and all above it.
    for (std::size_t at = name.rfind('/'); at != std::string::npos && at > 0; at = name.rfind('/', at - 1))
      if (::rmdir((root + name.substr(0, at)).c_str()) != 0) break;
  }
  return {};
}

}  // namespace dcat::bench

#endif
