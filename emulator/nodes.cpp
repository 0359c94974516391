#include "emulator/nodes.h"

#include <utility>

namespace dcat::emulator {

Nodes::Nodes(unsigned root_permissions) {
  Node root;
  root.inode = root.parent = kRootInode;
  root.permissions = root_permissions;
  root.group = 0;
  nodes_.emplace(kRootInode, std::move(root));
}

const Node* Nodes::find(Inode inode) const {
  const auto it = nodes_.find(inode);
  return it == nodes_.end() ? nullptr : &it->second;
}

const Node* Nodes::find(Inode directory, std::string_view name) const {
  const Node* const parent = find(directory);
  if (parent == nullptr) return nullptr;
  const auto it = parent->children.find(name);
  return it == parent->children.end() ? nullptr : find(it->second);
}

Node& Nodes::add(Inode parent, std::string name, NodeKind kind, unsigned permissions, int group) {
  Node node;
  node.inode = next_++;
  node.parent = parent;
  node.name = std::move(name);
  node.kind = kind;
  node.permissions = permissions;
  node.group = group;
  nodes_.at(parent).children.emplace(node.name, node.inode);
  return nodes_.emplace(node.inode, std::move(node)).first->second;
}

void Nodes::remove(Inode inode) {
  const Node& node = nodes_.at(inode);
  nodes_.at(node.parent).children.erase(node.name);
  kill(inode);
}

void Nodes::kill(Inode inode) {
  const auto children = std::move(nodes_.at(inode).children);
  for (const auto& [name, child] : children) kill(child);
  nodes_.erase(inode);
}

void Nodes::clear() {
  while (!nodes_.at(kRootInode).children.empty()) remove(nodes_.at(kRootInode).children.begin()->second);
}

void Nodes::move(Inode inode, Inode new_parent, std::string name) {
  Node& node = nodes_.at(inode);
  nodes_.at(node.parent).children.erase(node.name);
  node.parent = new_parent;
  node.name = std::move(name);
  nodes_.at(new_parent).children.emplace(node.name, inode);
}

bool Nodes::below(Inode inode, Inode top) const {
  while (inode != top && inode != kRootInode) inode = nodes_.at(inode).parent;
  return inode == top;
}

}  // namespace dcat::emulator
