// The emulated tree's directories and files by inode. An inode is never used twice; what is not here (any more) is
// dead.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "emulator/resctrl_tree.h"

namespace dcat::emulator {

inline constexpr int kNoGroup = -1;

// What a node is, for whoever reads and writes it.
enum class NodeKind {
  directory,
  cpus,
  cpus_list,
  tasks,
  schemata,
  mode,
  size,
  ctrl_hw_id,
  mon_hw_id,
  last_cmd_status,
  bit_usage,
  cbm_mask,
  min_cbm_bits,
  num_closids,
  shareable_bits,
  sparse_masks,
  bandwidth_gran,
  delay_linear,
  min_bandwidth,
  thread_throttle_mode,
  max_threshold_occupancy,
  mon_features,
  num_rmids,
  llc_occupancy,
  mbm_total_bytes,
  mbm_local_bytes,
};

struct Node {
  Inode inode = 0;
  Inode parent = 0;
  std::string name;
  NodeKind kind = NodeKind::directory;
  unsigned permissions = 0;
  int group = kNoGroup;    // whose directory or file it is; info has none
  std::size_t schema = 0;  // of info/L3 and the like
  DomainId domain;         // of mon_data/mon_L3_NN
  std::map<std::string, Inode, std::less<>> children;

  bool directory() const { return kind == NodeKind::directory; }
};

class Nodes {
 public:
  // The root is always there.
  explicit Nodes(unsigned root_permissions);

  const Node* find(Inode inode) const;
  const Node* find(Inode directory, std::string_view name) const;
  // REQUIRES: parent lives, is a directory and has no child of this name.
  Node& add(Inode parent, std::string name, NodeKind kind, unsigned permissions, int group);
  // With all below it. REQUIRES: it lives and is not the root.
  void remove(Inode inode);
  // All but the root.
  void clear();
  // REQUIRES: both live, new_parent has no child of this name.
  void move(Inode inode, Inode new_parent, std::string name);
  // Whether `inode` is `top` or lies below it.
  bool below(Inode inode, Inode top) const;

 private:
  void kill(Inode inode);

  std::map<Inode, Node> nodes_;
  Inode next_ = kRootInode + 1;
};

}  // namespace dcat::emulator
