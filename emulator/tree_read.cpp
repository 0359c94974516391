// What the files show.
#include <cerrno>

#include "emulator/tree_impl.h"

namespace dcat::emulator {
namespace {

std::string line(std::uint64_t value) {
  return std::to_string(value) + '\n';
}

}  // namespace

Answer ResctrlTree::Impl::read(Inode file) {
  const Node* const node = nodes_.find(file);
  if (node == nullptr) return {ENODEV, ""};
  if (node->directory()) return {EISDIR, ""};
  return {0, node->group == kNoGroup ? show_info_file(*node) : show_group_file(*node)};
}

std::string ResctrlTree::Impl::show_group_file(const Node& node) {
  const Group& group = group_of(node);
  switch (node.kind) {
    case NodeKind::cpus: return format_cpu_mask(group.cpus, cpus_) + '\n';
    case NodeKind::cpus_list: return format_cpu_list(group.cpus) + '\n';
    case NodeKind::tasks: return show_tasks(group);
    case NodeKind::schemata: return controls_.show_schemata(group.closid);
    case NodeKind::mode: return controls_.mode(group.closid) == GroupMode::exclusive ? "exclusive\n" : "shareable\n";
    case NodeKind::size: return controls_.show_sizes(group.closid);
    case NodeKind::ctrl_hw_id: return line(static_cast<std::uint64_t>(group.closid));
    case NodeKind::mon_hw_id: return line(static_cast<std::uint64_t>(group.rmid));
    case NodeKind::llc_occupancy:
    case NodeKind::mbm_total_bytes:
    case NodeKind::mbm_local_bytes: return show_count(node);
    case NodeKind::directory:
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
    case NodeKind::max_threshold_occupancy:
    case NodeKind::mon_features:
    case NodeKind::num_rmids: break;
  }
  return "";
}

std::string ResctrlTree::Impl::show_info_file(const Node& node) const {
  const auto hex = [](std::uint64_t mask) { return format_cbm(Cbm(mask)) + '\n'; };
  const Schema& schema = controls_.schemas()[node.schema];
  switch (node.kind) {
    case NodeKind::last_cmd_status: return status_.show();
    case NodeKind::bit_usage: return controls_.show_bit_usage(schema);
    case NodeKind::cbm_mask: return hex(controls_.full_mask());
    case NodeKind::min_cbm_bits: return line(static_cast<std::uint64_t>(machine_.min_cbm_bits));
    case NodeKind::num_closids: return line(static_cast<std::uint64_t>(schema.closids));
    case NodeKind::shareable_bits: return hex(machine_.shareable.bits);
    case NodeKind::sparse_masks: return machine_.sparse ? "1\n" : "0\n";
    case NodeKind::bandwidth_gran: return line(static_cast<std::uint64_t>(machine_.throttles.step));
    case NodeKind::delay_linear: return "1\n";
    case NodeKind::min_bandwidth: return line(static_cast<std::uint64_t>(machine_.throttles.least.percent));
    case NodeKind::thread_throttle_mode: return "max\n";
    case NodeKind::max_threshold_occupancy: return line(threshold_bytes_);
    case NodeKind::mon_features: return "llc_occupancy\nmbm_total_bytes\nmbm_local_bytes\n";
    case NodeKind::num_rmids: return line(static_cast<std::uint64_t>(machine_.rmids));
    case NodeKind::directory:
    case NodeKind::cpus:
    case NodeKind::cpus_list:
    case NodeKind::tasks:
    case NodeKind::schemata:
    case NodeKind::mode:
    case NodeKind::size:
    case NodeKind::ctrl_hw_id:
    case NodeKind::mon_hw_id:
    case NodeKind::llc_occupancy:
    case NodeKind::mbm_total_bytes:
    case NodeKind::mbm_local_bytes: break;
  }
  return "";
}

// A control group's tasks include those of its monitoring groups.
std::string ResctrlTree::Impl::show_tasks(const Group& group) {
  std::string text;
  const auto tids = group.monitor ? tasks_.with_class({group.closid, group.rmid}) : tasks_.with_closid(group.closid);
  for (const int tid : tids) text += std::to_string(tid) + '\n';
  return text;
}

std::optional<std::uint64_t> ResctrlTree::Impl::count_of(const Group& group, const Node& node) {
  if (node.kind == NodeKind::llc_occupancy) return usage_.llc_occupancy_bytes(group.rmid, node.domain);
  const bool total = node.kind == NodeKind::mbm_total_bytes;
  const auto count =
      total ? usage_.mbm_total_bytes(group.rmid, node.domain) : usage_.mbm_local_bytes(group.rmid, node.domain);
  if (!count) return std::nullopt;
  const Baseline& baseline = baselines_[{group.rmid, node.domain}];
  const std::uint64_t start = total ? baseline.total : baseline.local;
  // A counter that fell was started anew.
  return *count >= start ? *count - start : *count;
}

// A control group counts what its monitoring groups count, too; what cannot be read is left out, unless nothing can.
std::string ResctrlTree::Impl::show_count(const Node& node) {
  const Group& group = group_of(node);
  std::optional<std::uint64_t> sum = count_of(group, node);
  for (const int monitor : group.monitors) {
    if (const auto count = count_of(groups_.at(monitor), node)) sum = sum.value_or(0) + *count;
  }
  return sum ? line(*sum) : "Unavailable\n";
}

}  // namespace dcat::emulator
