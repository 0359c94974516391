#include "perfmon/papi/container_places.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "core/cpu_list.h"

namespace dcat {

namespace {

namespace fs = std::filesystem;

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// False: the cgroup has no such file.
bool add_threads(const fs::path& file, std::set<pid_t>& threads) {
  std::ifstream list(file);
  if (!list) return false;
  for (pid_t thread = 0; list >> thread;)
    if (thread > 0) threads.insert(thread);  // 0: a thread outside our PID namespace
  return true;
}

void add_threads_of(const fs::path& cgroup, std::set<pid_t>& threads) {
  if (!add_threads(cgroup / "cgroup.threads", threads)) add_threads(cgroup / "tasks", threads);
}

std::optional<std::set<int>> read_list(const std::string& path) {
  const std::string text = read_text(path);
  const std::size_t end = text.find_last_not_of(" \n");
  if (end == std::string::npos) return std::nullopt;
  const Result<std::vector<int>> cpus = parse_cpu_list(std::string_view(text).substr(0, end + 1));
  if (!cpus || cpus->empty()) return std::nullopt;
  return std::set<int>(cpus->begin(), cpus->end());
}

std::optional<std::set<int>> read_cpuset_below(const std::string& root, std::string path) {
  for (;;) {
    const std::string directory = path.empty() ? root : root + "/" + path;
    for (const char* file : {"cpuset.cpus.effective", "cpuset.effective_cpus", "cpuset.cpus"})
      if (std::optional<std::set<int>> cpus = read_list(directory + "/" + file)) return cpus;
    if (path.empty()) return std::nullopt;
    const std::size_t slash = path.rfind('/');
    path.resize(slash == std::string::npos ? 0 : slash);
  }
}

bool intersect(const std::set<int>& a, const std::set<int>& b) {
  return std::any_of(a.begin(), a.end(), [&b](int cpu) { return b.contains(cpu); });
}

}  // namespace

Result<std::vector<pid_t>> read_threads(const std::string& cgroup_directory, std::size_t most) {
  std::set<pid_t> threads;
  add_threads_of(cgroup_directory, threads);
  std::error_code error;
  fs::recursive_directory_iterator at(cgroup_directory, error), end;
  // A directory that goes away while it is read ends the walk below it only.
  for (; !error && at != end && threads.size() <= most; at.increment(error))
    if (at->is_directory(error) && !at->is_symlink(error)) add_threads_of(at->path(), threads);
  if (error && error != std::errc::no_such_file_or_directory && error != std::errc::no_such_device)
    return Error{ErrorCode::failed, "read the threads of " + cgroup_directory, error.message(), "", error.value()};
  std::vector<pid_t> list(threads.begin(), threads.end());
  if (list.size() > most + 1) list.resize(most + 1);
  return list;
}

std::optional<std::set<int>> read_cpuset(const std::vector<std::string>& roots, const ContainerId& container) {
  for (const std::string& root : roots)
    if (std::optional<std::set<int>> cpus = read_cpuset_below(root, container.value)) return cpus;
  return std::nullopt;
}

std::map<ContainerId, std::set<int>> own_cpus(const std::map<ContainerId, std::optional<std::set<int>>>& cpusets,
                                              const std::set<int>& online) {
  std::map<ContainerId, std::set<int>> own;
  for (const auto& [container, cpus] : cpusets) {
    if (!cpus || cpus->empty() || std::includes(cpus->begin(), cpus->end(), online.begin(), online.end())) continue;
    const bool is_shared =
        std::any_of(cpusets.begin(), cpusets.end(), [&, id = &container, mine = &*cpus](auto& other) {
          return other.first != *id && (!other.second || intersect(*mine, *other.second));
        });
    const bool is_online = std::includes(online.begin(), online.end(), cpus->begin(), cpus->end());
    if (!is_shared && is_online) own[container] = *cpus;
  }
  return own;
}

std::optional<int> read_last_cpu(const std::string& proc_root, pid_t thread) {
  const std::string text = read_text(proc_root + "/" + std::to_string(thread) + "/stat");
  // The name, field 2, may have spaces and brackets in it.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  constexpr int kFirst = 3, kProcessor = 39;
  std::string field;
  for (int number = kFirst; number < kProcessor; ++number) fields >> field;
  int cpu = -1;
  if (!(fields >> cpu) || cpu < 0) return std::nullopt;
  return cpu;
}

}  // namespace dcat
