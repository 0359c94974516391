#include "cat/linux/cache_topology.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "core/cpu_list.h"

namespace dcat {

namespace {

constexpr int kLastLevel = 3;
constexpr int kMostCacheIndices =
    16;                        // index0 (L1 data), index1 (L1 code), index2, index3 on x86; a bound for the walk
constexpr int kMostWays = 64;  // bits of a Cbm

std::optional<std::string> read_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line)) return std::nullopt;
  return line;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (errc != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> read_number(const std::string& path) {
  const std::optional<std::string> line = read_line(path);
  return line ? parse_number(*line) : std::nullopt;
}

// "32768K"; other units have not been seen but are taken too.
std::optional<std::uint64_t> parse_size_bytes(std::string_view text) {
  std::uint64_t unit = 1;
  if (text.ends_with('K')) unit = 1024;
  if (text.ends_with('M')) unit = 1024 * 1024;
  if (unit != 1) text.remove_suffix(1);
  const std::optional<std::uint64_t> number = parse_number(text);
  return number ? std::optional(*number * unit) : std::nullopt;
}

// The directory of a CPU's L3, by its level: a machine with another set of caches numbers them otherwise.
std::optional<std::string> find_l3(const std::string& cpu_root, int cpu) {
  for (int index = 0; index < kMostCacheIndices; ++index) {
    const std::string directory = cpu_root + "/cpu" + std::to_string(cpu) + "/cache/index" + std::to_string(index);
    const std::optional<std::uint64_t> level = read_number(directory + "/level");
    if (!level) return std::nullopt;  // the last index was before
    if (*level == kLastLevel && read_line(directory + "/type") != "Instruction") return directory;
  }
  return std::nullopt;
}

struct FoundId {
  DomainId id;
  bool assumed = false;
};

Result<FoundId> read_id(const std::string& l3) {
  if (const auto id = read_number(l3 + "/id"); id && *id <= 0x7fffffff)
    return FoundId{DomainId{static_cast<int>(*id)}, false};
  const std::optional<std::string> shared = read_line(l3 + "/shared_cpu_list");
  if (shared)
    if (const Result<std::vector<int>> cpus = parse_cpu_list(*shared); cpus && !cpus->empty())
      return FoundId{DomainId{cpus->front()}, true};
  return Error{ErrorCode::unsupported, "read " + l3, "there is neither an id nor a shared_cpu_list",
               "use a kernel of 4.11 or later"};
}

Result<std::vector<int>> read_online(const std::string& cpu_root) {
  const std::string path = cpu_root + "/online";
  errno = 0;
  const std::optional<std::string> line = read_line(path);
  const int why = errno;
  if (!line)
    return Error{ErrorCode::failed, "read " + path, why != 0 ? std::strerror(why) : "it is empty",
                 "mount sysfs on /sys", why};
  Result<std::vector<int>> cpus = parse_cpu_list(*line);
  if (!cpus) return std::move(cpus).error().with_context("read " + path);
  return cpus;
}

L3Cache read_cache(const std::string& l3, DomainId id) {
  L3Cache cache;
  cache.id = id;
  const std::uint64_t ways = read_number(l3 + "/ways_of_associativity").value_or(0);
  if (ways <= 0x7fffffff) cache.ways = Ways(static_cast<int>(ways));
  cache.size_bytes = parse_size_bytes(read_line(l3 + "/size").value_or("")).value_or(0);
  return cache;
}

}  // namespace

Result<CacheTopology> read_cache_topology(const std::string& cpu_root) {
  const Result<std::vector<int>> online = read_online(cpu_root);
  if (!online) return online.error();

  std::map<DomainId, L3Cache> caches;
  CacheTopology topology;
  std::string without;
  bool assumed = false;
  for (const int cpu : *online) {
    const std::optional<std::string> l3 = find_l3(cpu_root, cpu);
    if (!l3) {
      without += (without.empty() ? "" : ",") + std::to_string(cpu);
      continue;
    }
    const Result<FoundId> found = read_id(*l3);
    if (!found) return found.error();
    assumed = assumed || found->assumed;
    auto at = caches.find(found->id);
    if (at == caches.end()) at = caches.emplace(found->id, read_cache(*l3, found->id)).first;
    at->second.cpus.push_back(cpu);
    topology.domain_of_cpu[cpu] = found->id;
  }
  if (caches.empty())
    return Error{ErrorCode::unsupported, "find the L3 caches in " + cpu_root, "no online CPU shows an L3 cache",
                 "dCat needs a shared last-level cache; in a virtual machine, pass the host's caches on"};
  if (!without.empty()) topology.notes.push_back("CPUs without an L3 cache are not counted: " + without);
  if (assumed) topology.notes.push_back("this kernel gives L3 caches no ids: the lowest CPU of each stands for one");
  for (auto& [id, cache] : caches) topology.caches.push_back(std::move(cache));
  return topology;
}

Result<Geometry> assumed_geometry(const CacheTopology& topology) {
  Geometry geometry;
  for (const L3Cache& cache : topology.caches) {
    if (cache.ways.count < 1 || cache.ways.count > kMostWays)
      return Error{ErrorCode::unsupported, "geometry of L3 cache " + std::to_string(cache.id.value),
                   cache.ways.count < 1 ? "its number of ways is not known"
                                        : "it has " + std::to_string(cache.ways.count) + " ways, 64 are the most",
                   "observe works without it"};
    DomainGeometry domain;
    domain.id = cache.id;
    domain.available = Cbm::run(WayIndex(0), cache.ways);
    domain.way_bytes = cache.size_bytes / static_cast<std::uint64_t>(cache.ways.count);
    geometry.domains.push_back(std::move(domain));
    geometry.closids = std::max(geometry.closids, 1 + cache.ways.count);
  }
  return geometry;
}

}  // namespace dcat
