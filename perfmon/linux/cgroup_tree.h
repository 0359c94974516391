// CgroupTree: a mirror of a cgroup tree, kept by what the kernel tells (CgroupWatch) and corrected by full walks.
//
// Properties:
//   1. After update() the mirror is what a walk would have found at some moment since the last update.
//   2. Without news an update reads nothing of the tree; with news, only what they are about.
//   3. Nothing is missed: an update walks everything where the caller asks, where the kernel dropped news, and as long
//      as any watch is missing (none left, or a tree that has no cgroup.events to watch).
//   4. What is gone is forgotten, its watches with it, and no descriptor outlives a call.
// A directory that has another inode than before is another cgroup.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/result.h"
#include "perfmon/linux/cgroup_watch.h"

namespace dcat {

class CgroupTree {
 public:
  // What to follow of a cgroup; neither: it is passed over with all that is below.
  struct Interest {
    bool itself = false;  // whether it is populated and threaded
    bool below = false;   // the cgroups in it
  };
  struct Node {
    std::string path;  // below the root, without a leading '/'; the root's is empty
    std::uint64_t inode = 0;
    Interest interest;
    bool populated = false, threaded = false;  // with Interest::itself
    std::optional<double> cpu_share;           // the owner's to fill in; forgotten with what it was populated by
    bool seen = false, settled = false;        // likewise
    std::map<std::string, std::unique_ptr<Node>, std::less<>> children;
    int directory_watch = -1, file_watch = -1;
    Node* parent = nullptr;
  };

  // `interest` is asked once in a cgroup's life. `watch` may be null: then every update walks.
  CgroupTree(std::string root, std::function<Interest(const std::string& path)> interest,
             std::unique_ptr<CgroupWatch> watch);

  // An error only where the root cannot be read; the mirror is empty then.
  Status update(bool everything);

  Node& root() { return root_; }
  // Whether anything of the mirror is new since the last call of this.
  bool take_changed();
  // Once: why the tree has to be walked at each update, while it has.
  std::optional<Error> take_notice();

  std::size_t walks() const { return walks_; }
  std::size_t watches() const { return watch_ ? watch_->count() : 0; }
  int news_fd() const { return watch_ ? watch_->fd() : -1; }

 private:
  Status walk();
  void hear(const CgroupWatch::News& news);
  void appeared(Node& parent, const std::string& name);
  // False: it is not there any more.
  bool read(Node& node);
  void read_itself(Node& node);
  bool read_below(Node& node);
  Node& add(Node& parent, const std::string& name, std::uint64_t inode);
  void drop(Node& parent, const std::string& name);
  void forget(Node& node);
  bool still_there(const Node& node) const;
  // Watches what is not watched yet. False: the directory or file is not there.
  bool watch(Node& node, int Node::*slot);
  void hold(Node& node, int Node::*slot, int number);
  void unwatch(Node& node, int Node::*slot);
  std::string directory(const Node& node) const;

  std::string root_path_;
  std::optional<std::int64_t> file_system_;  // of the root, as first seen: another one is no cgroup tree
  std::function<Interest(const std::string&)> interest_;
  std::unique_ptr<CgroupWatch> watch_;
  Node root_;
  std::unordered_map<int, Node*> watched_;  // by a watch's number
  std::size_t missing_ = 0;                 // watches that are wanted and not had
  std::optional<Error> notice_;
  bool noticed_ = false, out_of_watches_ = false, changed_ = true;
  bool lost_ = true;    // news were: nothing is believed, not even that watches are still there
  bool again_ = false;  // something could not be read for want of descriptors or memory: what was known stands
  std::size_t walks_ = 0;
};

}  // namespace dcat
