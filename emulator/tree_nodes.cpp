// Which directories and files the tree has, and their permissions.
#include "emulator/kernel_text.h"
#include "emulator/tree_impl.h"

namespace dcat::emulator {
namespace {

// What the kernel makes by itself: the root is read-only even for its owner, who may write nevertheless.
constexpr unsigned kOwnDirectory = 0555;
// What mkdir makes, and what stands in it.
constexpr unsigned kMadeDirectory = 0755;
constexpr unsigned kReadOnly = 0444;
constexpr unsigned kWritable = 0644;

unsigned permissions_of(NodeKind kind) {
  switch (kind) {
    case NodeKind::cpus:
    case NodeKind::cpus_list:
    case NodeKind::tasks:
    case NodeKind::schemata:
    case NodeKind::mode:
    case NodeKind::max_threshold_occupancy: return kWritable;
    case NodeKind::directory: return kMadeDirectory;
    case NodeKind::size:
    case NodeKind::ctrl_hw_id:
    case NodeKind::mon_hw_id:
    case NodeKind::last_cmd_status:
    case NodeKind::bit_usage:
    case NodeKind::cbm_mask:
    case NodeKind::min_cbm_bits:
    case NodeKind::num_closids:
    case NodeKind::shareable_bits:
    case NodeKind::sparse_masks:
    case NodeKind::bandwidth_gran:
    case NodeKind::delay_linear:
    case NodeKind::min_bandwidth:
    case NodeKind::thread_throttle_mode:
    case NodeKind::mon_features:
    case NodeKind::num_rmids:
    case NodeKind::llc_occupancy:
    case NodeKind::mbm_total_bytes:
    case NodeKind::mbm_local_bytes: return kReadOnly;
  }
  return kReadOnly;
}

std::string mon_domain_name(DomainId domain) {
  return "mon_L3_" + zero_padded(static_cast<std::uint64_t>(domain.value), 2);
}

}  // namespace

Node& ResctrlTree::Impl::add_file(Inode parent, std::string_view name, NodeKind kind, int group) {
  return nodes_.add(parent, std::string(name), kind, permissions_of(kind), group);
}

void ResctrlTree::Impl::add_info() {
  const Inode info = nodes_.add(kRootInode, "info", NodeKind::directory, kOwnDirectory, kNoGroup).inode;
  add_file(info, "last_cmd_status", NodeKind::last_cmd_status, kNoGroup);
  for (std::size_t schema = 0; schema < controls_.schemas().size(); ++schema) add_control_info(schema);
  if (!machine_.monitoring) return;
  const Inode mon = nodes_.add(info, "L3_MON", NodeKind::directory, kOwnDirectory, kNoGroup).inode;
  add_file(mon, "max_threshold_occupancy", NodeKind::max_threshold_occupancy, kNoGroup);
  add_file(mon, "mon_features", NodeKind::mon_features, kNoGroup);
  add_file(mon, "num_rmids", NodeKind::num_rmids, kNoGroup);
}

void ResctrlTree::Impl::add_control_info(std::size_t schema) {
  const Inode info = nodes_.find(kRootInode, "info")->inode;
  const Schema& of = controls_.schemas()[schema];
  const Inode directory = nodes_.add(info, of.name, NodeKind::directory, kOwnDirectory, kNoGroup).inode;
  const auto add = [&](std::string_view name, NodeKind kind) {
    add_file(directory, name, kind, kNoGroup).schema = schema;
  };
  add("num_closids", NodeKind::num_closids);
  if (of.bandwidth) {
    add("bandwidth_gran", NodeKind::bandwidth_gran);
    add("delay_linear", NodeKind::delay_linear);
    add("min_bandwidth", NodeKind::min_bandwidth);
    add("thread_throttle_mode", NodeKind::thread_throttle_mode);
    return;
  }
  add("bit_usage", NodeKind::bit_usage);
  add("cbm_mask", NodeKind::cbm_mask);
  add("min_cbm_bits", NodeKind::min_cbm_bits);
  add("shareable_bits", NodeKind::shareable_bits);
  if (machine_.kernel == Kernel::linux_6_12) add("sparse_masks", NodeKind::sparse_masks);
}

void ResctrlTree::Impl::add_group_files(const Group& group) {
  const Inode directory = group.directory;
  const unsigned inside = nodes_.find(directory)->permissions;
  add_file(directory, "cpus", NodeKind::cpus, group.id);
  add_file(directory, "cpus_list", NodeKind::cpus_list, group.id);
  add_file(directory, "tasks", NodeKind::tasks, group.id);
  if (debug_ && machine_.monitoring) add_file(directory, "mon_hw_id", NodeKind::mon_hw_id, group.id);
  if (!group.monitor) {
    add_file(directory, "mode", NodeKind::mode, group.id);
    add_file(directory, "schemata", NodeKind::schemata, group.id);
    add_file(directory, "size", NodeKind::size, group.id);
    if (debug_) add_file(directory, "ctrl_hw_id", NodeKind::ctrl_hw_id, group.id);
  }
  if (!machine_.monitoring) return;
  if (!group.monitor) nodes_.add(directory, "mon_groups", NodeKind::directory, inside, group.id);
  add_mon_data(group);
}

void ResctrlTree::Impl::add_mon_data(const Group& group) {
  const unsigned inside = nodes_.find(group.directory)->permissions;
  const Inode data = nodes_.add(group.directory, "mon_data", NodeKind::directory, inside, group.id).inode;
  for (const DomainId domain : controls_.domain_ids()) add_mon_domain(group, data, domain);
}

void ResctrlTree::Impl::add_mon_domain(const Group& group, Inode mon_data, DomainId domain) {
  const unsigned inside = nodes_.find(mon_data)->permissions;
  Node& directory = nodes_.add(mon_data, mon_domain_name(domain), NodeKind::directory, inside, group.id);
  directory.domain = domain;
  add_file(directory.inode, "llc_occupancy", NodeKind::llc_occupancy, group.id).domain = domain;
  add_file(directory.inode, "mbm_total_bytes", NodeKind::mbm_total_bytes, group.id).domain = domain;
  add_file(directory.inode, "mbm_local_bytes", NodeKind::mbm_local_bytes, group.id).domain = domain;
  baselines_[{group.rmid, domain}] = {usage_.mbm_total_bytes(group.rmid, domain).value_or(0),
                                      usage_.mbm_local_bytes(group.rmid, domain).value_or(0)};
}

void ResctrlTree::Impl::add_mon_domain_everywhere(DomainId domain) {
  for (const auto& [id, group] : groups_) {
    const Node* const data = nodes_.find(group.directory, "mon_data");
    if (data != nullptr) add_mon_domain(group, data->inode, domain);
  }
}

void ResctrlTree::Impl::remove_mon_domain_everywhere(DomainId domain) {
  for (const auto& [id, group] : groups_) {
    const Node* const data = nodes_.find(group.directory, "mon_data");
    if (data == nullptr) continue;
    const Node* const directory = nodes_.find(data->inode, mon_domain_name(domain));
    if (directory != nullptr) nodes_.remove(directory->inode);
  }
}

}  // namespace dcat::emulator
