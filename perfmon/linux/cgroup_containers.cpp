#include "perfmon/linux/cgroup_containers.h"

#include <regex.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/linux/descriptor.h"
#include "perfmon/container_identity.h"

namespace dcat {

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
bool CgroupContainers::has_news() const {
  return is_readable(news_fd());
}

std::uint64_t CgroupContainers::inode_of(const ContainerId& container) const {
  const auto at = std::ranges::lower_bound(nodes_, container.value, {}, [](const auto* node) { return node->path; });
  return at != nodes_.end() && (*at)->path == container.value ? (*at)->inode : 0;
}

CgroupContainers::~CgroupContainers() = default;

const std::vector<ContainerPattern>& default_container_patterns() {
  static const std::vector<ContainerPattern> patterns{
      {R"(cri-containerd-[0-9a-f]{64}\.scope)", "Kubernetes: containerd, systemd driver"},
      {R"([^/:]+:(cri-containerd|crio|docker|libpod|nerdctl):[0-9a-f]{64})",
       "drivers of kubelet or runtime that disagree"},
      {R"(crio-[0-9a-f]{64}\.scope)", "Kubernetes: CRI-O, systemd driver"},
      {R"(kubepods/((burstable|besteffort)/)?pod[^/]+/(crio-)?[0-9a-f]{64})", "Kubernetes: cgroupfs driver"},
      {R"(kata_[^/]*[0-9a-f]{64}(\.scope)?)", "Kata Containers: a sandbox's virtual machine"},
      {R"(docker-[0-9a-f]{64}\.scope)", "Docker, systemd driver"},
      {R"(docker/[0-9a-f]{64})", "Docker, cgroupfs driver"},
      {R"(libpod-(payload-)?[0-9a-f]{64}(\.scope)?)", "Podman, both drivers, rootless too, in units of systemd"},
      {R"(nerdctl-[0-9a-f]{64}\.scope)", "containerd without Kubernetes, systemd driver"},
      {R"(^/?(default|k8s\.io)/[0-9a-f]{64})", "containerd without Kubernetes, cgroupfs driver"},
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
  Result<std::unique_ptr<CgroupWatch>> watch = CgroupWatch::open(containers->options_.most_watches);
  if (!watch && containers->options_.notice) containers->options_.notice(watch.error());
  containers->tree_ = std::make_unique<CgroupTree>(
      containers->options_.cgroup_root,
      [self = containers.get()](const std::string& path) { return self->interest_in(path); },
      watch ? std::move(*watch) : nullptr);
  return containers;
}

Result<std::vector<ContainerInfo>> CgroupContainers::list() {
  const std::optional<TimePoint> now = options_.clock ? std::optional(options_.clock->now()) : std::nullopt;
  const bool due = !now || !scanned_ || *now - *scanned_ >= options_.full_scan_every;
  if (Status updated = tree_->update(due); !updated) {
    scanned_.reset();
    return std::move(updated).error();
  }
  if (due) scanned_ = now;
  if (const std::optional<Error> notice = tree_->take_notice(); notice && options_.notice) options_.notice(*notice);
  const bool changed = tree_->take_changed();
  if (changed || young_) rebuild();
  refresh_shares(now);
  return listing_;
}

void CgroupContainers::rebuild() {
  nodes_.clear();
  for (const auto& [name, node] : tree_->root().children) {
    if (options_.all_cgroups)
      collect_leaves(*node);
    else
      collect_matching(*node);
  }
  std::sort(nodes_.begin(), nodes_.end(), [](const auto* a, const auto* b) { return a->path < b->path; });
  listing_.clear();
  young_ = false;
  for (CgroupTree::Node* const node : nodes_) {
    if (!node->cpu_share || !node->settled) read_share(*node);
    young_ = young_ || !node->settled;
    ContainerInfo info;
    info.id = ContainerId{node->path};
    info.contract_kind = ContainerInfo::ContractKind::cpu_share;
    info.cpu_share = *node->cpu_share;
    listing_.push_back(std::move(info));
  }
}

// The first reading of a container's limits is followed by another.
void CgroupContainers::read_share(CgroupTree::Node& node) const {
  node.settled = node.seen;
  node.seen = true;
  node.cpu_share = read_cpu_share(options_.cgroup_root, options_.v1, node.path, options_.online_cpus);
}

// As many as are due of those that come next, round and round.
void CgroupContainers::refresh_shares(std::optional<TimePoint> now) {
  const std::size_t all = nodes_.size();
  std::size_t due = all;
  if (now) {
    const Duration since = refreshed_ ? *now - *refreshed_ : Duration(0);
    refreshed_ = now;
    if (since < options_.limits_every)
      due = static_cast<std::size_t>(
          std::ceil(static_cast<double>(all) * seconds(since) / seconds(options_.limits_every)));
  }
  auto at = std::upper_bound(nodes_.begin(), nodes_.end(), refreshed_to_,
                             [](const std::string& path, const auto* node) { return path < node->path; });
  for (; due > 0; --due, ++at) {
    if (at == nodes_.end()) at = nodes_.begin();
    read_share(**at);
    listing_[static_cast<std::size_t>(at - nodes_.begin())].cpu_share = *(*at)->cpu_share;
    refreshed_to_ = (*at)->path;
  }
}

CgroupTree::Interest CgroupContainers::interest_in(const std::string& path) const {
  if (options_.all_cgroups) return {true, true};
  const bool helper = options_.patterns.empty() && identify(ContainerId{path}).kind == ContainerKind::helper;
  if (helper) return {};
  const bool match =
      std::any_of(patterns_.begin(), patterns_.end(), [&path](const auto& pattern) { return pattern->matches(path); });
  return match ? CgroupTree::Interest{true, false} : CgroupTree::Interest{false, true};
}

void CgroupContainers::collect_matching(CgroupTree::Node& node) {
  if (node.interest.itself && node.populated) nodes_.push_back(&node);
  for (const auto& [name, child] : node.children) collect_matching(*child);
}

// True when `node` has processes: then what is above it is no leaf.
bool CgroupContainers::collect_leaves(CgroupTree::Node& node) {
  if (!node.populated || node.threaded) return false;
  bool leaf = true;
  for (const auto& [name, child] : node.children)
    if (collect_leaves(*child)) leaf = false;
  if (leaf) nodes_.push_back(&node);
  return true;
}

}  // namespace dcat
