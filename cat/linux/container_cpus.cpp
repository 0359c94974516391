#include "cat/linux/container_cpus.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "cat/linux/container_tasks.h"
#include "core/cpu_list.h"

namespace dcat {

namespace {

constexpr int kMostCpus = 8192;  // CONFIG_NR_CPUS with MAXSMP on x86

void add_affinity(int tid, std::set<int>& cpus) {
  cpu_set_t* const set = CPU_ALLOC(kMostCpus);
  if (set == nullptr) return;
  const std::size_t size = CPU_ALLOC_SIZE(kMostCpus);
  if (::sched_getaffinity(tid, size, set) == 0)  // else it has ended meanwhile
    for (int cpu = 0; cpu < kMostCpus; ++cpu)
      if (CPU_ISSET_S(static_cast<std::size_t>(cpu), size, set)) cpus.insert(cpu);
  CPU_FREE(set);
}

std::vector<int> present(const std::vector<int>& all, const std::vector<int>& cpus) {
  std::vector<int> both;
  std::ranges::set_intersection(cpus, all, std::back_inserter(both));
  return both;
}

}  // namespace

Result<std::vector<int>> read_container_cpus(const std::string& cgroup, const std::vector<int>& all) {
  if (cgroup.empty()) return std::vector<int>();
  std::ifstream file(cgroup + "/cpuset.cpus.effective");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const Result<std::vector<int>> listed = parse_cpu_list(text);
  if (!listed) return Error(listed.error()).with_context("read " + cgroup + "/cpuset.cpus.effective");
  const std::vector<int> limited = present(all, *listed);
  if (!limited.empty() && limited != all) return limited;
  std::vector<int> tids;
  if (Status read = read_threads(cgroup, tids); !read) return std::move(read).error();
  std::set<int> cpus;
  for (const int tid : tids) add_affinity(tid, cpus);
  return present(all, {cpus.begin(), cpus.end()});
}

}  // namespace dcat
