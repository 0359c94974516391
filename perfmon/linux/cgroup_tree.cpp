#include "perfmon/linux/cgroup_tree.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "perfmon/linux/cgroup_files.h"

namespace dcat {

CgroupTree::CgroupTree(std::string root, std::function<Interest(const std::string& path)> interest,
                       std::unique_ptr<CgroupWatch> watch)
    : root_path_(std::move(root)), interest_(std::move(interest)), watch_(std::move(watch)) {
  root_.interest.below = true;
  missing_ = 1;
}

Status CgroupTree::update(bool everything) {
  out_of_watches_ = false;
  // News first: they tell of cgroups that took the place of others under the same name.
  if (watch_)
    for (const CgroupWatch::News& news : watch_->read()) hear(news);
  if (!everything && !lost_ && !again_ && missing_ == 0) return {};
  again_ = false;
  return walk();
}

Status CgroupTree::walk() {
  ++walks_;
  changed_ = true;
  const std::optional<std::int64_t> file_system = file_system_of(root_path_);
  if (!file_system_) file_system_ = file_system;
  if (file_system_ && file_system && *file_system != *file_system_) {
    forget(root_);
    root_.inode = 0;
    missing_ = 1;
    lost_ = true;
    return Error{ErrorCode::failed, "list the cgroups below " + root_path_,
                 "the cgroup tree is not mounted there any more",
                 "mount it again: mount -t cgroup2 cgroup2 " + root_path_};
  }
  const std::optional<std::uint64_t> inode = inode_of_directory(root_path_);
  if (inode != root_.inode) {  // mounted anew, or gone
    forget(root_);
    root_.inode = inode.value_or(0);
    missing_ = 1;
  }
  if (!read_below(root_)) {
    forget(root_);
    missing_ = 1;
    lost_ = true;
    Result<std::vector<SubDirectory>> why = sub_directories(root_path_);
    if (!why) return std::move(why).error();
    return Error{ErrorCode::failed, "list the cgroups below " + root_path_, "it came and went", ""};
  }
  lost_ = false;
  return {};
}

void CgroupTree::hear(const CgroupWatch::News& news) {
  if (news.what == CgroupWatch::What::overflowed) {
    lost_ = true;  // and with it any watch may have ended
    return;
  }
  const auto found = watched_.find(news.watch);
  if (found == watched_.end()) return;
  Node& node = *found->second;
  switch (news.what) {
    case CgroupWatch::What::appeared: appeared(node, news.name); return;
    case CgroupWatch::What::disappeared: drop(node, news.name); return;
    case CgroupWatch::What::modified: read_itself(node); return;
    case CgroupWatch::What::ended: break;
    case CgroupWatch::What::overflowed: return;
  }
  unwatch(node, node.directory_watch == news.watch ? &Node::directory_watch : &Node::file_watch);
  if (node.parent != nullptr && !still_there(node)) drop(*node.parent, node.path.substr(node.path.rfind('/') + 1));
}

void CgroupTree::appeared(Node& parent, const std::string& name) {
  const std::optional<std::uint64_t> inode =
      inode_of_directory(root_path_ + "/" + (parent.path.empty() ? "" : parent.path + "/") + name);
  if (!inode) return;  // and gone again
  const auto known = parent.children.find(name);
  if (known != parent.children.end() && known->second->inode == *inode) return;  // a walk was faster
  drop(parent, name);
  if (!read(add(parent, name, *inode))) drop(parent, name);
}

bool CgroupTree::read(Node& node) {
  if (node.interest.itself) {
    // Watched before it is read: what happens in between is told.
    if (!watch(node, &Node::file_watch) && !still_there(node)) return false;
    read_itself(node);
  }
  return !node.interest.below || read_below(node);
}

void CgroupTree::read_itself(Node& node) {
  changed_ = true;
  if (const std::optional<bool> populated = is_populated(directory(node)))
    node.populated = *populated;
  else
    again_ = true;
  // Only a cgroup that is looked below can be mistaken for one of its own.
  if (node.interest.below) node.threaded = is_threaded(directory(node));
}

bool CgroupTree::read_below(Node& node) {
  if (!watch(node, &Node::directory_watch)) return false;
  const Result<std::vector<SubDirectory>> found = sub_directories(directory(node));
  if (!found && is_absence(found.error().sys_errno)) return false;
  if (!found) return again_ = true;
  std::vector<std::string> gone;
  for (const auto& [name, child] : node.children) {
    const auto at = std::lower_bound(found->begin(), found->end(), name,
                                     [](const SubDirectory& sub, const std::string& n) { return sub.name < n; });
    if (at == found->end() || at->name != name || at->inode != child->inode) gone.push_back(name);
  }
  for (const std::string& name : gone) drop(node, name);
  for (const SubDirectory& sub : *found) {
    const auto known = node.children.find(sub.name);
    if (!read(known != node.children.end() ? *known->second : add(node, sub.name, sub.inode))) drop(node, sub.name);
  }
  return true;
}

CgroupTree::Node& CgroupTree::add(Node& parent, const std::string& name, std::uint64_t inode) {
  auto node = std::make_unique<Node>();
  node->path = parent.path.empty() ? name : parent.path + "/" + name;
  node->inode = inode;
  node->interest = interest_(node->path);
  node->parent = &parent;
  missing_ += (node->interest.itself ? 1U : 0U) + (node->interest.below ? 1U : 0U);
  changed_ = true;
  return *(parent.children[name] = std::move(node));
}

void CgroupTree::drop(Node& parent, const std::string& name) {
  const auto at = parent.children.find(name);
  if (at == parent.children.end()) return;
  forget(*at->second);
  parent.children.erase(at);
}

// Its watches and all below; the node itself is its parent's.
void CgroupTree::forget(Node& node) {
  for (const auto& [name, child] : node.children) forget(*child);
  node.children.clear();
  for (int Node::*slot : {&Node::directory_watch, &Node::file_watch}) {
    if (node.*slot >= 0) watch_->let_go(node.*slot);
    unwatch(node, slot);
  }
  missing_ -= (node.interest.itself ? 1U : 0U) + (node.interest.below ? 1U : 0U);
  changed_ = true;
}

bool CgroupTree::still_there(const Node& node) const {
  return inode_of_directory(directory(node)) == node.inode;
}

bool CgroupTree::watch(Node& node, int Node::*slot) {
  const bool had = node.*slot >= 0;
  if (!watch_ || (had ? !lost_ : out_of_watches_)) return true;
  const bool of_file = slot == &Node::file_watch;
  const Result<int> number =
      of_file ? watch_->watch_file(directory(node) + "/cgroup.events") : watch_->watch_directory(directory(node));
  if (number && *number == node.*slot) return true;
  if (had) watch_->let_go(node.*slot);  // it ended unheard
  unwatch(node, slot);
  if (number) {
    hold(node, slot, *number);
    return true;
  }
  if (is_absence(number.error().sys_errno)) return false;
  out_of_watches_ = true;  // the next update tries again
  if (!noticed_) notice_ = number.error();
  noticed_ = true;
  return true;
}

void CgroupTree::hold(Node& node, int Node::*slot, int number) {
  // The same inode under another path: a directory that was moved. The watch is this node's from now on.
  if (const auto other = watched_.find(number); other != watched_.end()) {
    Node& before = *other->second;
    unwatch(before, before.directory_watch == number ? &Node::directory_watch : &Node::file_watch);
  }
  node.*slot = number;
  watched_[number] = &node;
  --missing_;
}

void CgroupTree::unwatch(Node& node, int Node::*slot) {
  if (node.*slot < 0) return;
  watched_.erase(node.*slot);
  node.*slot = -1;
  ++missing_;
}

std::string CgroupTree::directory(const Node& node) const {
  return node.path.empty() ? root_path_ : root_path_ + "/" + node.path;
}

bool CgroupTree::take_changed() {
  return std::exchange(changed_, false);
}

std::optional<Error> CgroupTree::take_notice() {
  return std::exchange(notice_, std::nullopt);
}

}  // namespace dcat
