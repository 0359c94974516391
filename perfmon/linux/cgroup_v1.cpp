#include "perfmon/linux/cgroup_v1.h"

#ifdef DCAT_WITH_LIBCGROUP
#include <libcgroup.h>
#endif
#include <sys/vfs.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>

#include "core/cpu_list.h"
#include "perfmon/linux/cgroup_files.h"
#include "perfmon/linux/cgroup_mounts.h"

namespace dcat {

namespace {

#ifdef DCAT_WITH_LIBCGROUP
constexpr long kCgroupV1Magic = 0x27e0eb;  // CGROUP_SUPER_MAGIC of linux/magic.h

struct Free {
  void operator()(char* text) const { std::free(text); }
};

std::optional<std::string> libcgroup_mount(const char* controller) {
  char* text = nullptr;
  if (cgroup_get_subsys_mount_point(controller, &text) != 0) return std::nullopt;
  const std::unique_ptr<char, Free> point(text);
  struct statfs system {};
  if (!point || ::statfs(point.get(), &system) != 0 || system.f_type != kCgroupV1Magic) return std::nullopt;
  return std::string(point.get());
}

// Nothing where libcgroup cannot be asked (it refuses where no controller is mounted).
void ask_libcgroup(CgroupV1& v1) {
  if (cgroup_init() != 0) return;
  if (auto cpu = libcgroup_mount("cpu")) v1.cpu = *cpu;
  if (auto cpuset = libcgroup_mount("cpuset")) v1.cpuset = *cpuset;
}
#else
void ask_libcgroup(CgroupV1&) {}
#endif

std::optional<double> parse_number(std::string_view text) {
  double number = 0;
  const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (errc != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> quotient(std::optional<double> quota_us, std::optional<double> period_us) {
  if (!quota_us || !period_us || *quota_us <= 0 || *period_us <= 0) return std::nullopt;  // v1: -1 is no limit
  return *quota_us / *period_us;
}

std::optional<double> read_number(const std::string& path) {
  const std::optional<std::string> text = read_cgroup_file(path);
  return text ? parse_number(first_line(*text)) : std::nullopt;
}

// "max 100000" is no limit, "50000 100000" half a CPU.
std::optional<double> quota_cpus(const std::string& directory, const CgroupV1& v1, const std::string& path) {
  if (const std::optional<std::string> text = read_cgroup_file(directory + "/cpu.max")) {
    const std::string_view line = first_line(*text);
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    return quotient(parse_number(line.substr(0, blank)), parse_number(line.substr(blank + 1)));
  }
  if (v1.cpu.empty()) return std::nullopt;
  const std::string place = v1.cpu + "/" + path;
  return quotient(read_number(place + "/cpu.cfs_quota_us"), read_number(place + "/cpu.cfs_period_us"));
}

std::optional<double> cpuset_cpus(const std::string& directory, const CgroupV1& v1, const std::string& path) {
  std::optional<std::string> text = read_cgroup_file(directory + "/cpuset.cpus.effective");
  if (!text && !v1.cpuset.empty()) text = read_cgroup_file(v1.cpuset + "/" + path + "/cpuset.cpus");
  if (!text) return std::nullopt;
  const Result<std::vector<int>> cpus = parse_cpu_list(*text);
  if (!cpus || cpus->empty()) return std::nullopt;
  return static_cast<double>(cpus->size());
}

}  // namespace

CgroupV1 parse_cgroup_v1(std::string_view mountinfo) {
  return {find_v1_mount(mountinfo, "cpu").value_or(""), find_v1_mount(mountinfo, "cpuset").value_or("")};
}

CgroupV1 find_cgroup_v1() {
  std::ifstream file("/proc/self/mountinfo");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  CgroupV1 v1 = parse_cgroup_v1(text);
  ask_libcgroup(v1);
  return v1;
}

bool built_with_libcgroup() {
#ifdef DCAT_WITH_LIBCGROUP
  return true;
#else
  return false;
#endif
}

double read_cpu_share(const std::string& cgroup_root, const CgroupV1& v1, const std::string& path, int online_cpus) {
  if (online_cpus <= 0) return 0;
  const double all = online_cpus;
  const std::string directory = cgroup_root + "/" + path;
  const double cpus =
      std::min(quota_cpus(directory, v1, path).value_or(all), cpuset_cpus(directory, v1, path).value_or(all));
  return cpus < all ? cpus / all : 0;
}

}  // namespace dcat
