#include "emulator/linux/faces.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>

namespace dcat::emulator {

namespace {

const std::set<std::string> kRdtFlags{"cat_l2", "cat_l3",  "cdp_l2",        "cdp_l3",        "mba",
                                      "cqm",    "cqm_llc", "cqm_occup_llc", "cqm_mbm_total", "cqm_mbm_local",
                                      "rdt_a",  "smba",    "bmec",          "abmc"};

std::vector<std::string> flags_of(const Machine& machine) {
  std::vector<std::string> flags{"cat_l3", "cdp_l3"};
  if (machine.mba) flags.push_back("mba");
  if (machine.monitoring)
    flags.insert(flags.end(), {"cqm", "cqm_llc", "cqm_occup_llc", "cqm_mbm_total", "cqm_mbm_local"});
  flags.push_back("rdt_a");
  return flags;
}

using Files = std::vector<std::pair<std::string, std::string>>;

struct CacheFace {
  int index;
  int level;
  const char* type;
  std::uint64_t bytes;
  int ways;
};

// The caches' mask of CPUs, in words of 32 bits from the highest down.
std::string format_cpu_map(const std::vector<int>& cpus, int count) {
  std::string text;
  for (int word = (count - 1) / 32; word >= 0; --word) {
    std::uint32_t bits = 0;
    for (const int cpu : cpus)
      if (cpu / 32 == word) bits |= std::uint32_t{1} << (cpu % 32);
    text += fmt::format("{:08x}{}", bits, word > 0 ? "," : "");
  }
  return text;
}

void add_cache(Files& files, const std::string& cpu_directory, const CacheFace& cache, int id,
               const std::vector<int>& shared, int cpus) {
  constexpr std::uint64_t kLine = 64;
  const std::string directory = fmt::format("{}/cache/index{}/", cpu_directory, cache.index);
  const auto add = [&](const char* name, const std::string& text) {
    files.emplace_back(directory + name, text + "\n");
  };
  add("id", std::to_string(id));
  add("level", std::to_string(cache.level));
  add("type", cache.type);
  add("size", fmt::format("{}K", cache.bytes / 1024));
  add("ways_of_associativity", std::to_string(cache.ways));
  add("coherency_line_size", std::to_string(kLine));
  add("physical_line_partition", "1");
  add("number_of_sets", std::to_string(cache.bytes / kLine / static_cast<std::uint64_t>(cache.ways)));
  add("shared_cpu_list", format_cpu_list(shared));
  add("shared_cpu_map", format_cpu_map(shared, cpus));
}

void add_cpu(Files& files, const Machine& machine, std::size_t package, int cpu, int cpus) {
  const MachineDomain& domain = machine.domains[package];
  const std::string directory = fmt::format("cpu{}", cpu);
  const auto add = [&](const char* name, const std::string& text) {
    files.emplace_back(fmt::format("{}/{}", directory, name), text + "\n");
  };
  const auto core = std::find(domain.cpus.begin(), domain.cpus.end(), cpu) - domain.cpus.begin();
  add("online", "1");
  add("topology/physical_package_id", std::to_string(package));
  add("topology/die_id", "0");
  add("topology/core_id", std::to_string(core));
  add("topology/thread_siblings_list", std::to_string(cpu));
  add("topology/thread_siblings", format_cpu_map({cpu}, cpus));
  add("topology/core_cpus_list", std::to_string(cpu));
  add("topology/core_siblings_list", format_cpu_list(domain.cpus));
  add("topology/core_siblings", format_cpu_map(domain.cpus, cpus));
  add("topology/package_cpus_list", format_cpu_list(domain.cpus));
  add(fmt::format("node{}/cpulist", package).c_str(), format_cpu_list(domain.cpus));
  add(fmt::format("node{}/cpumap", package).c_str(), format_cpu_map(domain.cpus, cpus));
  const std::uint64_t l3_bytes = machine.way_bytes * static_cast<std::uint64_t>(machine.ways.count);
  add_cache(files, directory, {0, 1, "Data", 32 << 10, 8}, cpu, {cpu}, cpus);
  add_cache(files, directory, {1, 1, "Instruction", 32 << 10, 8}, cpu, {cpu}, cpus);
  add_cache(files, directory, {2, 2, "Unified", 1 << 20, 16}, cpu, {cpu}, cpus);
  add_cache(files, directory, {3, 3, "Unified", l3_bytes, machine.ways.count}, domain.id.value, domain.cpus, cpus);
}

}  // namespace

std::string face_of_cpuinfo(const std::string& host, const Machine& machine) {
  std::istringstream lines(host);
  std::string face;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(':');
    if (line.starts_with("flags") && colon != std::string::npos) {
      std::string flags;
      std::istringstream words(line.substr(colon + 1));
      for (std::string word; words >> word;)
        if (!kRdtFlags.contains(word)) flags += " " + word;
      for (const std::string& flag : flags_of(machine)) flags += " " + flag;
      line = line.substr(0, colon + 1) + flags;
    }
    face += line + "\n";
  }
  return face;
}

std::string face_of_filesystems(const std::string& host) {
  const std::string line = "nodev\tresctrl\n";
  return host.find(line) != std::string::npos ? host : host + line;
}

Files cpu_tree(const Machine& machine) {
  Files files;
  std::vector<int> all;
  for (const MachineDomain& domain : machine.domains) all.insert(all.end(), domain.cpus.begin(), domain.cpus.end());
  std::sort(all.begin(), all.end());
  const std::string list = format_cpu_list(all) + "\n";
  for (const char* name : {"possible", "present", "online"}) files.emplace_back(name, list);
  files.emplace_back("offline", "\n");
  files.emplace_back("kernel_max", "8191\n");
  const int cpus = all.empty() ? 0 : all.back() + 1;
  for (std::size_t package = 0; package < machine.domains.size(); ++package)
    for (const int cpu : machine.domains[package].cpus) add_cpu(files, machine, package, cpu, cpus);
  return files;
}

std::vector<MachineDomain> spread_cpus(const std::vector<DomainId>& ids, int cpus) {
  const int count = static_cast<int>(ids.size());
  cpus = std::max(cpus, count);
  std::vector<MachineDomain> domains;
  int next = 0;
  for (int i = 0; i < count; ++i) {
    MachineDomain domain{ids[static_cast<std::size_t>(i)], {}};
    for (const int end = cpus * (i + 1) / count; next < end; ++next) domain.cpus.push_back(next);
    domains.push_back(std::move(domain));
  }
  return domains;
}

std::string format_cpu_list(const std::vector<int>& cpus) {
  std::string text;
  for (std::size_t i = 0; i < cpus.size();) {
    std::size_t last = i;
    while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ",", cpus[i]);
    if (last > i) text += fmt::format("-{}", cpus[last]);
    i = last + 1;
  }
  return text;
}

}  // namespace dcat::emulator
