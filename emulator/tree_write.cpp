// What writing to the files does. One write is one command; more than a page is refused before anybody looks at it.
#include <algorithm>
#include <cerrno>

#include "emulator/kernel_text.h"
#include "emulator/schemata_text.h"
#include "emulator/tree_impl.h"

namespace dcat::emulator {
namespace {

constexpr std::size_t kPageBytes = 4096;

}  // namespace

int ResctrlTree::Impl::write(Inode file, std::string_view data, const Writer& writer) {
  const Node* const node = nodes_.find(file);
  if (node == nullptr) return ENODEV;
  if (node->directory()) return EISDIR;
  if (data.size() > kPageBytes) return E2BIG;
  switch (node->kind) {
    case NodeKind::schemata: return write_schemata_file(group_of(*node), data);
    case NodeKind::mode: return write_mode(group_of(*node), data);
    case NodeKind::tasks: return write_tasks(group_of(*node), data, writer);
    case NodeKind::cpus: return write_cpus(group_of(*node), data, false);
    case NodeKind::cpus_list: return write_cpus(group_of(*node), data, true);
    case NodeKind::max_threshold_occupancy: return write_threshold(data);
    case NodeKind::directory:
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
    case NodeKind::mbm_local_bytes: break;
  }
  return EINVAL;
}

int ResctrlTree::Impl::write_schemata_file(Group& group, std::string_view data) {
  // Without its newline it is no command at all: last_cmd_status stays.
  if (!data.ends_with('\n')) return EINVAL;
  data.remove_suffix(1);
  status_.clear();
  const int error = write_schemata(data, group.closid, controls_, status_);
  if (error == 0 || controls_.mba_mbps()) ++generation_;
  return error;
}

int ResctrlTree::Impl::write_mode(Group& group, std::string_view data) {
  if (!data.ends_with('\n')) return EINVAL;
  data.remove_suffix(1);
  data = until_nul(data);
  status_.clear();
  const GroupMode mode = controls_.mode(group.closid);
  if (data == (mode == GroupMode::exclusive ? "exclusive" : "shareable")) return 0;
  if (data == "shareable") {
    controls_.set_mode(group.closid, GroupMode::shareable);
  } else if (data == "exclusive") {
    if (!controls_.may_be_exclusive(group.closid)) {
      status_.put("Schemata overlaps\n");
      return EINVAL;
    }
    controls_.set_mode(group.closid, GroupMode::exclusive);
  } else {
    if (data != "pseudo-locksetup") {
      status_.put("Unknown or unsupported mode\n");
    } else if (group.id == kDefaultGroup) {
      status_.put("Cannot pseudo-lock default group\n");
    } else {
      status_.put(controls_.cdp() ? "CDP enabled\n" : "Pseudo-locking not supported\n");
    }
    return EINVAL;
  }
  ++generation_;
  return 0;
}

int ResctrlTree::Impl::write_tasks(const Group& group, std::string_view data, const Writer& writer) {
  data = until_nul(data);
  return machine_.kernel == Kernel::linux_6_1 ? write_task(group, data, writer) : write_task_list(group, data, writer);
}

// 6.1: one id. What is none is refused before last_cmd_status is cleared.
int ResctrlTree::Impl::write_task(const Group& group, std::string_view data, const Writer& writer) {
  const auto tid = parse_int(trimmed(data));
  if (tid.error != 0 || tid.value < 0) return EINVAL;
  status_.clear();
  return move_task(group, tid.value, writer);
}

// 6.12: a list. The first that fails ends it; those before it have moved.
int ResctrlTree::Impl::write_task_list(const Group& group, std::string_view data, const Writer& writer) {
  status_.clear();
  std::optional<std::string_view> rest = data;
  while (rest && !rest->empty() && rest->front() != '\n') {
    const std::string_view word = trimmed(take_part(rest, ','));
    const auto tid = parse_int(word);
    if (tid.error != 0) {
      status_.put_formatted("Task list parsing error pid " + std::string(word) + '\n');
      return EINVAL;
    }
    if (tid.value < 0) {
      status_.put_formatted("Invalid pid " + std::to_string(tid.value) + '\n');
      return EINVAL;
    }
    if (const int error = move_task(group, tid.value, writer); error != 0) {
      status_.put_formatted("Error while processing task " + std::to_string(tid.value) + '\n');
      return error;
    }
  }
  return 0;
}

int ResctrlTree::Impl::move_task(const Group& group, int tid, const Writer& writer) {
  if (tid == 0) {
    tid = writer.tid;
  } else if (!tasks_.exists(tid)) {
    status_.put_formatted("No task " + std::to_string(tid) + '\n');
    return ESRCH;
  }
  if (!tasks_.may_move(tid, writer.uid)) {
    status_.put_formatted("No permission to move task " + std::to_string(tid) + '\n');
    return EPERM;
  }
  const TaskClass task_class{group.closid, group.rmid};
  const TaskClass before = tasks_.class_of(tid);
  if (before == task_class) return 0;
  if (group.monitor && before.closid != group.closid) {
    status_.put("Can't move task to different control group\n");
    return EINVAL;
  }
  tasks_.set_class(tid, task_class);
  ++generation_;
  return 0;
}

// Neither clears last_cmd_status nor wants a newline.
int ResctrlTree::Impl::write_cpus(Group& group, std::string_view data, bool list) {
  const auto cpus = list ? parse_cpu_list(data, cpus_) : parse_cpu_mask(data, cpus_);
  if (cpus.error != 0) {
    status_.put("Bad CPU list/mask\n");
    return cpus.error;
  }
  if (!(cpus.value - online_).empty()) {
    status_.put("Can only assign online CPUs\n");
    return EINVAL;
  }
  const int error = group.monitor ? write_monitor_cpus(group, cpus.value) : write_control_cpus(group, cpus.value);
  if (error == 0) ++generation_;
  return error;
}

int ResctrlTree::Impl::write_control_cpus(Group& group, const CpuSet& cpus) {
  const CpuSet dropped = group.cpus - cpus;
  if (!dropped.empty()) {
    if (group.id == kDefaultGroup) {
      status_.put("Can't drop CPUs from default group\n");
      return EINVAL;
    }
    Group& root = groups_.at(kDefaultGroup);
    root.cpus = root.cpus | dropped;
  }
  const CpuSet added = cpus - group.cpus;
  for (auto& [id, other] : groups_) {
    // A monitoring group loses what its control group loses; the others' CPUs were never its own.
    if (id != group.id) other.cpus = other.cpus - added;
  }
  group.cpus = cpus;
  for (const int monitor : group.monitors) groups_.at(monitor).cpus.clear();
  return 0;
}

int ResctrlTree::Impl::write_monitor_cpus(Group& group, const CpuSet& cpus) {
  Group& parent = groups_.at(group.parent);
  if (!(cpus - parent.cpus).empty()) {
    status_.put("Can only add CPUs to mongroup that belong to parent\n");
    return EINVAL;
  }
  for (const int monitor : parent.monitors) {
    if (monitor != group.id) groups_.at(monitor).cpus = groups_.at(monitor).cpus - cpus;
  }
  group.cpus = cpus;
  return 0;
}

}  // namespace dcat::emulator
