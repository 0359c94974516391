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
// pattern to the root.
//
// With all_cgroups there are no patterns: every leaf with processes is a container. A leaf has no cgroup
// below it with processes of its own; threaded cgroups hold threads of the domain above them and are part of
// it. The root is the node, never a container. Processes of a cgroup that is no leaf are in none.
//
// cpu_share: what the container's own limits leave it of the node's CPUs, the smaller of cpu.max (quota /
// period) and cpuset.cpus.effective (CPUs in it, when not all). Without a limit, or where these controllers
// are not in the cgroup2 tree, it is 0: not known. A container without a limit has not bought the whole node.
// Limits further up (a pod's) or further down (a VM's vCPUs) are not its own.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "perfmon/container_source.h"

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
  };

  // bad_input: a pattern is no regular expression.
  static Result<std::unique_ptr<CgroupContainers>> open(Options options);

  ~CgroupContainers() override;

  std::string name() const override { return "cgroups"; }
  // An error only where the root cannot be read; cgroups that go while the tree is walked are passed over.
  Result<std::vector<ContainerInfo>> list() override;

 private:
  class PathPattern;  // a compiled one

  explicit CgroupContainers(Options options);

  void collect_matching(const std::string& path, std::vector<ContainerInfo>& found);
  bool collect_leaves(const std::string& path, std::vector<ContainerInfo>& found);
  bool matches(const std::string& path);
  ContainerInfo describe(const std::string& path) const;
  std::string directory(const std::string& path) const;

  Options options_;
  std::vector<std::unique_ptr<PathPattern>> patterns_;
  // Verdicts of the last walk and of this one: a path is matched once in its life.
  std::map<std::string, bool> known_, seen_;
};

}  // namespace dcat
