#include "perfmon/linux/cgroup_containers.h"

#include <regex.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

namespace dcat {

namespace {

namespace fs = std::filesystem;

std::optional<std::string> read_text(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

// Directories in `directory`, ascending; nothing where it cannot be read (it may just have been removed).
std::vector<std::string> sub_directories(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    std::error_code ignored;
    if (at->is_directory(ignored) && !at->is_symlink(ignored)) names.push_back(at->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Processes are in it or in a cgroup below it (cgroup-v2.rst, "populated"); unlike cgroup.procs this can be
// read of threaded cgroups too.
bool populated(const std::string& directory) {
  const std::optional<std::string> events = read_text(directory + "/cgroup.events");
  return events && (events->starts_with("populated 1") || events->find("\npopulated 1") != std::string::npos);
}

bool threaded(const std::string& directory) {
  const std::optional<std::string> type = read_text(directory + "/cgroup.type");
  return type && first_line(*type) == "threaded";
}

// "max 100000" is no limit, "50000 100000" half a CPU.
std::optional<double> quota_cpus(const std::string& directory) {
  const std::optional<std::string> text = read_text(directory + "/cpu.max");
  if (!text) return std::nullopt;
  const std::string_view line = first_line(*text);
  double quota_us = 0, period_us = 0;
  const auto [end, errc] = std::from_chars(line.data(), line.data() + line.size(), quota_us);
  if (errc != std::errc{} || end == line.data() + line.size() || *end != ' ') return std::nullopt;
  const auto last = std::from_chars(end + 1, line.data() + line.size(), period_us);
  if (last.ec != std::errc{} || period_us <= 0 || quota_us <= 0) return std::nullopt;
  return quota_us / period_us;
}

// How many CPUs a list such as "0-3,8" names; nothing for what is no such list.
std::optional<int> count_cpus(std::string_view list) {
  int count = 0;
  const char* at = list.data();
  const char* const end = at + list.size();
  while (at < end) {
    int first = 0, last = 0;
    auto parsed = std::from_chars(at, end, first);
    if (parsed.ec != std::errc{}) return std::nullopt;
    last = first;
    if (parsed.ptr < end && *parsed.ptr == '-') parsed = std::from_chars(parsed.ptr + 1, end, last);
    if (parsed.ec != std::errc{} || last < first || (parsed.ptr < end && *parsed.ptr != ',')) return std::nullopt;
    count += last - first + 1;
    at = parsed.ptr + 1;
  }
  return count;
}

std::optional<double> cpuset_cpus(const std::string& directory, int online_cpus) {
  const std::optional<std::string> text = read_text(directory + "/cpuset.cpus.effective");
  if (!text) return std::nullopt;
  const std::optional<int> cpus = count_cpus(first_line(*text));
  if (!cpus || *cpus == 0 || *cpus >= online_cpus) return std::nullopt;
  return *cpus;
}

}  // namespace

class CgroupContainers::PathPattern {
 public:
  PathPattern() = default;
  PathPattern(const PathPattern&) = delete;
  PathPattern& operator=(const PathPattern&) = delete;
  ~PathPattern() {
    if (compiled_) ::regfree(&regex_);
  }
  // Empty, or what is wrong with it.
  std::string compile(const std::string& regex) {
    const int error = ::regcomp(&regex_, regex.c_str(), REG_EXTENDED | REG_NOSUB);
    compiled_ = error == 0;
    if (compiled_) return {};
    char text[256];
    ::regerror(error, &regex_, text, sizeof(text));
    return text;
  }
  bool matches(const std::string& path) const { return ::regexec(&regex_, path.c_str(), 0, nullptr, 0) == 0; }

 private:
  regex_t regex_{};
  bool compiled_ = false;
};

CgroupContainers::CgroupContainers(Options options) : options_(std::move(options)) {}
CgroupContainers::~CgroupContainers() = default;

const std::vector<ContainerPattern>& default_container_patterns() {
  static const std::vector<ContainerPattern> patterns{
      {R"(cri-containerd-[0-9a-f]{64}\.scope)", "Kubernetes: containerd, systemd driver"},
      {R"([^/]*kubepods[^/]*:cri-containerd:[0-9a-f]{64})", "Kubernetes: containerd, drivers that disagree"},
      {R"(crio-[0-9a-f]{64}\.scope)", "Kubernetes: CRI-O, systemd driver"},
      {R"(kubepods/((burstable|besteffort)/)?pod[^/]+/(crio-)?[0-9a-f]{64})", "Kubernetes: cgroupfs driver"},
      {R"(kata_[0-9a-f]{64})", "Kata Containers: a sandbox's virtual machine"},
      {R"(docker-[0-9a-f]{64}\.scope)", "Docker, systemd driver"},
      {R"(docker/[0-9a-f]{64})", "Docker, cgroupfs driver"},
      {R"(libpod-[0-9a-f]{64}(\.scope)?)", "Podman, both drivers, rootless too"},
      {R"(machine\.slice/machine-[^/]+\.scope)", "virtual machines and containers registered with systemd-machined"},
      {R"(qemu-[0-9]+-[^/]+\.libvirt-qemu)", "libvirt without systemd"},
      {R"(lxc\.payload[./][^/]+)", "LXC"},
      {R"(systemd-nspawn@[^/]+\.service)", "systemd-nspawn"},
  };
  return patterns;
}

Result<std::unique_ptr<CgroupContainers>> CgroupContainers::open(Options options) {
  std::vector<std::string> texts = options.patterns;
  if (texts.empty())
    for (const ContainerPattern& pattern : default_container_patterns()) texts.emplace_back(pattern.regex);
  std::unique_ptr<CgroupContainers> containers(new CgroupContainers(std::move(options)));
  for (const std::string& text : texts) {
    // Alone first, so that it cannot be legal only by what is put around it.
    std::string wrong = text.empty() ? "it is empty" : PathPattern().compile(text);
    containers->patterns_.push_back(std::make_unique<PathPattern>());
    if (wrong.empty()) wrong = containers->patterns_.back()->compile("(^|/)(" + text + ")$");
    if (!wrong.empty())
      return Error{ErrorCode::bad_input, "container pattern \"" + text + "\"", wrong,
                   "give an extended regular expression that matches the end of a cgroup's path"};
  }
  return containers;
}

Result<std::vector<ContainerInfo>> CgroupContainers::list() {
  std::error_code error;
  const fs::directory_iterator root(options_.cgroup_root, error);
  if (error)
    return Error{ErrorCode::failed, "list the cgroups below " + options_.cgroup_root, error.message(), "",
                 error.value()};
  std::vector<ContainerInfo> found;
  seen_.clear();
  for (const std::string& name : sub_directories(options_.cgroup_root)) {
    if (options_.all_cgroups)
      collect_leaves(name, found);
    else
      collect_matching(name, found);
  }
  std::swap(known_, seen_);
  std::sort(found.begin(), found.end(), [](const ContainerInfo& a, const ContainerInfo& b) { return a.id < b.id; });
  return found;
}

void CgroupContainers::collect_matching(const std::string& path, std::vector<ContainerInfo>& found) {
  if (!populated(directory(path))) return;
  if (matches(path)) {
    found.push_back(describe(path));
    return;
  }
  for (const std::string& name : sub_directories(directory(path))) collect_matching(path + "/" + name, found);
}

// True when `path` has processes: then what is above it is no leaf.
bool CgroupContainers::collect_leaves(const std::string& path, std::vector<ContainerInfo>& found) {
  if (!populated(directory(path)) || threaded(directory(path))) return false;
  bool leaf = true;
  for (const std::string& name : sub_directories(directory(path)))
    if (collect_leaves(path + "/" + name, found)) leaf = false;
  if (leaf) found.push_back(describe(path));
  return true;
}

bool CgroupContainers::matches(const std::string& path) {
  const auto known = known_.find(path);
  const bool match = known != known_.end()
                         ? known->second
                         : std::any_of(patterns_.begin(), patterns_.end(),
                                       [&path](const auto& pattern) { return pattern->matches(path); });
  seen_[path] = match;
  return match;
}

ContainerInfo CgroupContainers::describe(const std::string& path) const {
  ContainerInfo info;
  info.id = ContainerId{path};
  info.contract_kind = ContainerInfo::ContractKind::cpu_share;
  if (options_.online_cpus <= 0) return info;
  const double all = options_.online_cpus;
  const std::string place = directory(path);
  const double cpus = std::min(quota_cpus(place).value_or(all), cpuset_cpus(place, options_.online_cpus).value_or(all));
  info.cpu_share = cpus < all ? cpus / all : 0;
  return info;
}

std::string CgroupContainers::directory(const std::string& path) const {
  return options_.cgroup_root + "/" + path;
}

}  // namespace dcat
