#include "emulator/resctrl_tree.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "emulator/tree_impl.h"

namespace dcat::emulator {
namespace {

constexpr unsigned kRootPermissions = 0555;
// Occupancy is counted in units of this many bytes, as on many Xeons; the threshold is rounded down to it.
constexpr std::uint64_t kOccupancyUnitBytes = 64 * 1024;

struct MountOptions {
  bool cdp = false;
  bool cdpl2 = false;
  bool mba_mbps = false;
  bool debug = false;
};

// nullopt: a word that this kernel does not know.
std::optional<MountOptions> parse_options(std::string_view text, Kernel kernel) {
  MountOptions options;
  std::optional<std::string_view> rest = text;
  while (rest) {
    const std::string_view word = take_part(rest, ',');
    if (word == "cdp") {
      options.cdp = true;
    } else if (word == "cdpl2") {
      options.cdpl2 = true;
    } else if (word == "mba_MBps") {
      options.mba_mbps = true;
    } else if (word == "debug" && kernel == Kernel::linux_6_12) {
      options.debug = true;
    } else if (!word.empty()) {
      return std::nullopt;
    }
  }
  return options;
}

NodeInfo info_of(const Node& node) {
  return {node.inode, node.directory(), node.permissions};
}

}  // namespace

ResctrlTree::Impl::Impl(Machine machine, Tasks& tasks, Usage& usage)
    : machine_(std::move(machine)),
      tasks_(tasks),
      usage_(usage),
      controls_(machine_),
      rmids_(machine_.rmids, machine_.kernel,
             [this](int rmid, DomainId domain) { return usage_.llc_occupancy_bytes(rmid, domain); }),
      nodes_(kRootPermissions) {
  for (const MachineDomain& domain : machine_.domains) {
    online_.insert(domain.cpus.begin(), domain.cpus.end());
    controls_.add_domain(domain.id);
  }
  if (!online_.empty()) cpus_ = static_cast<unsigned>(*online_.rbegin()) + 1;
  groups_[kDefaultGroup].cpus = online_;
  threshold_bytes_ = machine_.max_threshold_occupancy;
  if (threshold_bytes_ == 0) {
    threshold_bytes_ = l3_bytes() / static_cast<std::uint64_t>(std::max(machine_.rmids, 1));
    threshold_bytes_ -= threshold_bytes_ % kOccupancyUnitBytes;
  }
}

std::uint64_t ResctrlTree::Impl::l3_bytes() const {
  return machine_.way_bytes * static_cast<std::uint64_t>(machine_.ways.count);
}

int ResctrlTree::Impl::mount(std::string_view text) {
  const auto options = parse_options(text, machine_.kernel);
  if (!options) return EINVAL;
  if (options->mba_mbps && (!machine_.mba || !machine_.monitoring)) return EINVAL;
  status_.clear();
  if (mounted_) return EBUSY;
  if (options->cdpl2) return EINVAL;  // there is no CAT for L2
  // Machine::cdp says how the node was set up; who mounts again says for himself.
  controls_.mount(options->cdp || (machine_.cdp && !mounted_before_), options->mba_mbps);
  debug_ = options->debug;
  mounted_ = mounted_before_ = true;
  ++generation_;
  add_info();
  add_group_files(groups_.at(kDefaultGroup));
  return 0;
}

void ResctrlTree::Impl::unmount() {
  if (!mounted_) return;
  for (const auto& [id, group] : groups_) {
    if (id == kDefaultGroup) continue;
    move_all(group.monitor ? tasks_.with_class({group.closid, group.rmid}) : tasks_.with_closid(group.closid), {});
    free_rmid(group);
  }
  std::erase_if(groups_, [](const auto& entry) { return entry.first != kDefaultGroup; });
  groups_.at(kDefaultGroup).monitors.clear();
  groups_.at(kDefaultGroup).cpus = online_;
  controls_.mount(false, false);
  nodes_.clear();
  baselines_.clear();
  mounted_ = false;
  ++generation_;
}

int ResctrlTree::Impl::open(Inode file, bool for_writing) const {
  const Node* const node = nodes_.find(file);
  if (node == nullptr) return ENOENT;
  if (!for_writing) return 0;
  if (node->directory()) return EISDIR;
  return (node->permissions & 0222) == 0 ? EACCES : 0;
}

std::vector<GroupView> ResctrlTree::Impl::groups() const {
  std::vector<GroupView> views;
  if (!mounted_) return views;
  for (const auto& [id, group] : groups_) {
    if (group.monitor) continue;
    GroupView view{nodes_.find(group.directory)->name, group.closid, {}, {}};
    const auto closid = static_cast<std::size_t>(group.closid);
    for (const ControlDomain& domain : controls_.domains()) {
      view.masks.emplace_back(domain.id, Cbm(domain.masks[0][closid]));
      // What mba_MBps makes of its limits is its feedback loop's, which is not emulated: nothing is throttled.
      if (machine_.mba) view.bandwidth_percent.emplace_back(domain.id, domain.percent[closid]);
    }
    views.push_back(std::move(view));
  }
  std::sort(views.begin(), views.end(), [](const auto& a, const auto& b) { return a.closid < b.closid; });
  return views;
}

void ResctrlTree::Impl::set_online(int cpu, bool online) {
  const auto domain = std::find_if(machine_.domains.begin(), machine_.domains.end(), [cpu](const auto& d) {
    return std::find(d.cpus.begin(), d.cpus.end(), cpu) != d.cpus.end();
  });
  if (domain == machine_.domains.end() || online_.contains(cpu) == online) return;
  const CpuSet of_domain(domain->cpus.begin(), domain->cpus.end());
  ++generation_;
  if (online) {
    if ((online_ & of_domain).empty()) {
      controls_.add_domain(domain->id);
      add_mon_domain_everywhere(domain->id);
    }
    online_.insert(cpu);
    groups_.at(kDefaultGroup).cpus.insert(cpu);
    return;
  }
  online_.erase(cpu);
  for (auto& [id, group] : groups_) group.cpus.erase(cpu);
  if ((online_ & of_domain).empty()) {
    controls_.remove_domain(domain->id);
    remove_mon_domain_everywhere(domain->id);
    rmids_.forget(domain->id);
  }
}

int ResctrlTree::Impl::write_threshold(std::string_view data) {
  const auto bytes = parse_unsigned(data, 0, std::numeric_limits<std::uint32_t>::max());
  if (bytes.error != 0) return bytes.error;
  if (bytes.value > l3_bytes()) return EINVAL;
  threshold_bytes_ = bytes.value - bytes.value % kOccupancyUnitBytes;
  return 0;
}

ResctrlTree::ResctrlTree(Machine machine, Tasks& tasks, Usage& usage)
    : impl_(std::make_unique<Impl>(std::move(machine), tasks, usage)) {}

ResctrlTree::~ResctrlTree() = default;

const Machine& ResctrlTree::machine() const {
  return impl_->machine();
}

int ResctrlTree::mount(std::string_view options) {
  return impl_->mount(options);
}

void ResctrlTree::unmount() {
  impl_->unmount();
}

bool ResctrlTree::mounted() const {
  return impl_->mounted();
}

std::optional<NodeInfo> ResctrlTree::find(Inode directory, std::string_view name) const {
  const Node* const node = impl_->nodes().find(directory, name);
  if (node == nullptr) return std::nullopt;
  return info_of(*node);
}

std::optional<NodeInfo> ResctrlTree::node(Inode inode) const {
  const Node* const node = impl_->nodes().find(inode);
  if (node == nullptr) return std::nullopt;
  return info_of(*node);
}

std::vector<Entry> ResctrlTree::list(Inode directory) const {
  std::vector<Entry> entries;
  const Node* const node = impl_->nodes().find(directory);
  if (node == nullptr) return entries;
  for (const auto& [name, child] : node->children) entries.push_back({name, info_of(*impl_->nodes().find(child))});
  return entries;
}

int ResctrlTree::open(Inode file, bool for_writing) const {
  return impl_->open(file, for_writing);
}

Answer ResctrlTree::read(Inode file) {
  return impl_->read(file);
}

int ResctrlTree::write(Inode file, std::string_view data, const Writer& writer) {
  return impl_->write(file, data, writer);
}

int ResctrlTree::mkdir(Inode parent, std::string_view name) {
  return impl_->mkdir(parent, name);
}

int ResctrlTree::rmdir(Inode parent, std::string_view name) {
  return impl_->rmdir(parent, name);
}

int ResctrlTree::rename(Inode parent, std::string_view name, Inode new_parent, std::string_view new_name) {
  return impl_->rename(parent, name, new_parent, new_name);
}

int ResctrlTree::create_file(Inode parent, std::string_view name) const {
  const Node* const directory = impl_->nodes().find(parent);
  if (directory == nullptr) return ENOENT;
  if (!directory->directory()) return ENOTDIR;
  return find(parent, name) ? EEXIST : EACCES;
}

int ResctrlTree::unlink(Inode parent, std::string_view name) const {
  const auto node = find(parent, name);
  if (!node) return ENOENT;
  return node->directory ? EISDIR : EPERM;
}

std::optional<NodeInfo> ResctrlTree::walk(std::string_view path) const {
  std::optional<NodeInfo> at = node(kRootInode);
  std::optional<std::string_view> rest = path;
  while (at && rest) {
    const std::string_view name = take_part(rest, '/');
    if (!name.empty()) at = find(at->inode, name);
  }
  return at;
}

std::vector<GroupView> ResctrlTree::groups() const {
  return impl_->groups();
}

std::uint64_t ResctrlTree::generation() const {
  return impl_->generation();
}

void ResctrlTree::check_limbo() {
  impl_->check_limbo();
}

void ResctrlTree::set_online(int cpu, bool online) {
  impl_->set_online(cpu, online);
}

}  // namespace dcat::emulator
