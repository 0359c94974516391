// CgroupContainers: which containers and VMs are on this node, by their cgroups; needs no runtime and no
// daemon.
//
// A container is a cgroup below the cgroup2 root whose path a pattern matches, with everything below it: its
// own sub-cgroups (crio's `container`, libvirt's `libvirt/vcpu0`, systemd inside it) are never counted apart.
// Its id is the path without the leading '/'. Only cgroups with processes in them are listed. dCat itself is
// listed if it matches.
//
// Patterns are POSIX extended regular expressions (as of grep -E) for the *end* of a path, from the start of
// a path component: `tenants/[^/]+` matches /tenants/a and /x/tenants/a but not /mytenants/a nor
// /tenants/a/b. They are no globs, for runtimes tell containers from their helpers only by the 64 hexadecimal
// digits of a container's id (libpod-<id>.scope but not libpod-conmon-<id>.scope). A leading ^ binds a
// pattern to the root. The patterns of default_container_patterns() never match what is in a helper's cgroup
// (ContainerKind::helper), such as a copy of a container's path below kata_overhead.
//
// With all_cgroups there are no patterns: every leaf with processes is a container. A leaf has no cgroup
// below it with processes of its own; threaded cgroups hold threads of the domain above them and are part of
// it. The root is the node, never a container. Processes of a cgroup that is no leaf are in none.
//
// list() walks nothing between full scans: the tree is mirrored and kept by the kernel's news (cgroup_tree.h), so that
// it costs what has changed, and a container that came since the last call is in the next. A full scan every
// `full_scan_every` misses nothing even so, and where watches cannot be had each list() is one; that is said once.
//
// cpu_share: what the container's own limits leave it of the node's CPUs (read_cpu_share of cgroup_v1.h). Without a
// limit, or where no hierarchy has these controllers, it is 0: not known. A container without a limit has not bought
// the whole node. Limits further up (a pod's) or further down (a VM's vCPUs) are not its own. They are read when a
// container is found, by the next list() again, as runtimes set them just after, and once every `limits_every`, a
// few at each list(), for reading all at once costs as much as a full scan.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "perfmon/container_source.h"
#include "perfmon/linux/cgroup_tree.h"
#include "perfmon/linux/cgroup_v1.h"

namespace dcat {

struct ContainerPattern {
  std::string_view regex;
  std::string_view what;  // for people
};
// The layouts of Kubernetes, containerd, CRI-O, Docker, Podman, Kata, libvirt, LXC and systemd-nspawn.
const std::vector<ContainerPattern>& default_container_patterns();

class CgroupContainers : public ContainerSource {
 public:
  struct Options {
    std::string cgroup_root;            // the cgroup2 mount
    std::vector<std::string> patterns;  // empty: default_container_patterns()
    bool all_cgroups = false;
    int online_cpus = 0;  // 0: cpu_share stays not known
    CgroupV1 v1{};        // for limits that the cgroup2 tree has no files for
    // REQUIRES: outlives the containers. Null: no time is known, and every list() is a full scan.
    Clock* clock = nullptr;
    Duration full_scan_every = std::chrono::seconds(10);
    Duration limits_every = std::chrono::minutes(1);                     // how long it takes to read all limits again
    std::size_t most_watches = std::numeric_limits<std::size_t>::max();  // beside the kernel's limit
    std::function<void(const Error&)> notice{};                          // told what makes discovery dearer, once
  };

  // bad_input: a pattern is no regular expression.
  static Result<std::unique_ptr<CgroupContainers>> open(Options options);

  ~CgroupContainers() override;

  std::string name() const override { return "cgroups"; }
  // An error only where the root cannot be read; cgroups that go while the tree is walked are passed over.
  Result<std::vector<ContainerInfo>> list() override;

  bool has_news() const override;
  // The inode of a container of the last list(): another one is another cgroup. 0: not listed.
  std::uint64_t inode_of(const ContainerId& container) const;
  // Readable when something may have changed; -1: there are no news to wait for.
  int news_fd() const { return tree_->news_fd(); }
  std::size_t full_scans() const { return tree_->walks(); }
  std::size_t watches() const { return tree_->watches(); }

 private:
  class PathPattern;  // a compiled one

  explicit CgroupContainers(Options options);

  CgroupTree::Interest interest_in(const std::string& path) const;
  void collect_matching(CgroupTree::Node& node);
  bool collect_leaves(CgroupTree::Node& node);
  void read_share(CgroupTree::Node& node) const;
  void rebuild();
  void refresh_shares(std::optional<TimePoint> now);

  Options options_;
  std::vector<std::unique_ptr<PathPattern>> patterns_;
  std::unique_ptr<CgroupTree> tree_;
  std::vector<CgroupTree::Node*> nodes_;  // of the containers, ascending by path; anew with each change of the mirror
  std::vector<ContainerInfo> listing_;    // of the same
  bool young_ = false;                    // some are in it for the first time
  std::optional<TimePoint> refreshed_;    // when limits were read again,
  std::string refreshed_to_;              // and up to which path
  std::optional<TimePoint> scanned_;
};

}  // namespace dcat
