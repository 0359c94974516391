#include "perfmon/linux/cgroup_containers.h"

#include <algorithm>

#include "tests/perfmon/linux/temp_tree.h"
#include "tests/support/catch.h"

using namespace dcat;
using dcat::test::TempTree;

namespace {

const std::string kId(64, 'a');
const std::string kUid = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0";

// A cgroup with processes in it or below it.
void populated(const TempTree& tree, const std::string& path, const std::string& type = "domain") {
  std::string prefix;
  for (std::size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    prefix = path.substr(0, end);
    tree.file(prefix + "/cgroup.events", "populated 1\nfrozen 0\n");
  }
  tree.file(path + "/cgroup.type", type + "\n");
}
void empty(const TempTree& tree, const std::string& path) {
  tree.file(path + "/cgroup.events", "populated 0\nfrozen 0\n");
}

std::vector<ContainerInfo> list(const TempTree& tree, std::vector<std::string> patterns = {}, bool all = false,
                                int online_cpus = 0) {
  auto containers = CgroupContainers::open({tree.root(), std::move(patterns), all, online_cpus});
  REQUIRE(containers.ok());
  Result<std::vector<ContainerInfo>> found = (*containers)->list();
  REQUIRE(found.ok());
  return *found;
}

std::vector<std::string> ids(const std::vector<ContainerInfo>& containers) {
  std::vector<std::string> names;
  for (const ContainerInfo& container : containers) names.push_back(container.id.value);
  return names;
}

}  // namespace

TEST_CASE("every known layout is found, once, at the container's own cgroup") {
  const std::string pod = "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0b1c.slice";
  const std::string containers[] = {
      pod + "/cri-containerd-" + kId + ".scope",
      pod + "/crio-" + kId + ".scope",
      "kubepods.slice/kubepods-pod0b1c.slice/docker-" + kId + ".scope",
      "kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod1.slice/cri-containerd-" + kId + ".scope",
      "kubepods/burstable/pod" + kUid + "/" + kId,
      "kubepods/pod" + kUid + "/" + kId,
      "kubepods/besteffort/pod" + kUid + "/crio-" + kId,
      "system.slice/containerd.service/kubepods-burstable-pod0b1c.slice:cri-containerd:" + kId,
      "kubepods-besteffort-pod0b1c.slice:cri-containerd:" + kId,
      "kubepods/pod" + kUid + "/kata_" + kId,
      "system.slice/docker-" + kId + ".scope",
      "docker/" + kId,
      "machine.slice/libpod-" + kId + ".scope",
      "libpod_parent/libpod-" + kId,
      "user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId + ".scope",
      "machine.slice/machine-qemu\\x2d1\\x2dweb.scope",
      "machine.slice/machine-build.scope",
      "machine/qemu-1-web.libvirt-qemu",
      "lxc.payload.web",
      "lxc.payload/db",
      "machine.slice/systemd-nspawn@build.service",
  };
  for (const std::string& container : containers) {
    const TempTree tree;
    populated(tree, container);
    populated(tree, container + "/container");      // crun
    populated(tree, container + "/libvirt/vcpu0");  // libvirt
    populated(tree, container + "/docker/" + kId);  // Docker in a container
    populated(tree, container + "/payload");        // nspawn
    CHECK(ids(list(tree)) == std::vector<std::string>{container});
  }
}

TEST_CASE("helpers, services and pods are no containers") {
  const TempTree tree;
  const std::string others[] = {
      "kubepods.slice/crio-conmon-" + kId + ".scope",
      "machine.slice/libpod-conmon-" + kId + ".scope",
      "libpod_parent/conmon",
      "machine.slice/machine-libpod_pod_" + kId + ".slice",
      "system.slice/docker.service",
      "system.slice/docker-" + kId + ".mount",
      "system.slice/docker-abc.scope",
      "system.slice/docker-" + std::string(64, 'g') + ".scope",
      "system.slice/xcri-containerd-" + kId + ".scope",
      "kubepods/burstable/pod" + kUid,
      "notkubepods/burstable/pod" + kUid + "/" + kId,
      "kata_overhead/x",
      "mydocker/" + kId,
      "docker/" + kId.substr(1),
      "lxc.monitor.web",
      "lxc.payload",
      "user.slice/user-0.slice/session-1.scope",
      "init.scope",
  };
  for (const std::string& other : others) populated(tree, other);
  CHECK(ids(list(tree)) == std::vector<std::string>{});
}

TEST_CASE("a container without processes is not listed, and comes and goes with them") {
  const TempTree tree;
  const std::string path = "docker/" + kId;
  populated(tree, path);
  auto containers = CgroupContainers::open({tree.root(), {}, false, 0});
  REQUIRE(containers.ok());
  CHECK((*containers)->list()->size() == 1);
  empty(tree, path);
  CHECK((*containers)->list()->empty());
  tree.remove(path + "/cgroup.events");  // removed while it was looked at
  CHECK((*containers)->list()->empty());
  populated(tree, path);
  CHECK((*containers)->list()->size() == 1);
}

TEST_CASE("own patterns replace the defaults and match ends of paths at component boundaries") {
  const TempTree tree;
  for (const std::string path : {"tenants/a", "tenants/b/c", "x/tenants/d", "mytenants/e"}) populated(tree, path);
  populated(tree, "docker/" + kId);
  using Ids = std::vector<std::string>;
  CHECK(ids(list(tree, {"tenants/[^/]+"})) == Ids{"tenants/a", "tenants/b", "x/tenants/d"});
  CHECK(ids(list(tree, {"^tenants/[^/]+"})) == Ids{"tenants/a", "tenants/b"});
  CHECK(ids(list(tree, {"^/?tenants/[^/]*"})) == Ids{"tenants/a", "tenants/b"});
  CHECK(ids(list(tree, {"^/?.*/d"})) == Ids{"x/tenants/d"});
  CHECK(ids(list(tree, {"a|d", "e"})) == Ids{"mytenants/e", "tenants/a", "x/tenants/d"});
  CHECK(ids(list(tree, {"tenants/[^/]+/c"})) == Ids{"tenants/b/c"});
  CHECK(ids(list(tree, {"enants/a"})) == Ids{});
  CHECK(ids(list(tree, {"tenants"})) == Ids{"tenants", "x/tenants"});
}

TEST_CASE("a pattern that is no regular expression is refused by name") {
  for (const std::string bad : {"", "(", "*", ")(", "[a", "a{2,1}", "x\\", "[z-a]", "(a", "[[:nothing:]]"}) {
    const auto containers = CgroupContainers::open({"/", {"fine", bad}, false, 0});
    INFO(bad);
    REQUIRE(!containers.ok());
    CHECK(containers.error().code == ErrorCode::bad_input);
    CHECK(containers.error().what == "container pattern \"" + bad + "\"");
  }
}

TEST_CASE("with all cgroups, the leaves with processes are containers and the root is not") {
  const TempTree tree;
  tree.file("cgroup.procs", "1\n2\n");
  populated(tree, "system.slice/a.service");
  populated(tree, "system.slice/b.service/inner");
  populated(tree, "top");
  empty(tree, "top/nobody");
  empty(tree, "idle.slice");
  CHECK(ids(list(tree, {}, true)) ==
        std::vector<std::string>{"system.slice/a.service", "system.slice/b.service/inner", "top"});
}

TEST_CASE("threaded cgroups belong to the domain above them") {
  const TempTree tree;
  const std::string vm = "machine/qemu-1-web.libvirt-qemu";
  populated(tree, vm, "domain threaded");
  for (const std::string part : {"/emulator", "/vcpu0", "/vcpu1"}) populated(tree, vm + part, "threaded");
  CHECK(ids(list(tree, {}, true)) == std::vector<std::string>{vm});
  CHECK(ids(list(tree)) == std::vector<std::string>{vm});
}

TEST_CASE("the CPU share is the smaller of quota and cpuset, and 0 without a limit") {
  struct Row {
    std::string cpu_max, cpuset;
    double share;
  };
  const Row rows[] = {
      {"200000 100000\n", "", 0.25},
      {"50000 100000\n", "0-7\n", 0.0625},
      {"max 100000\n", "0-1,4\n", 0.375},
      {"400000 100000\n", "2-3\n", 0.25},
      {"100000 100000\n", "2-3\n", 0.125},
      {"", "", 0},
      {"max 100000\n", "0-7\n", 0},
      {"900000 100000\n", "0-7\n", 0},  // more than the node has
      {"", "\n", 0},
      {"nonsense\n", "3-1\n", 0},
      {"100000\n", "x\n", 0},
      {"100000 0\n", "1-\n", 0},
      {"-5 100000\n", "1 2\n", 0},
      {"100000 max\n", "1--2\n", 0},
  };
  for (const Row& row : rows) {
    const TempTree tree;
    const std::string path = "docker/" + kId;
    populated(tree, path);
    if (!row.cpu_max.empty()) tree.file(path + "/cpu.max", row.cpu_max);
    if (!row.cpuset.empty()) tree.file(path + "/cpuset.cpus.effective", row.cpuset);
    INFO(row.cpu_max << row.cpuset);
    const std::vector<ContainerInfo> found = list(tree, {}, false, 8);
    REQUIRE(found.size() == 1);
    CHECK(found[0].contract_kind == ContainerInfo::ContractKind::cpu_share);
    CHECK(found[0].cpu_share == Approx(row.share));
    CHECK(list(tree)[0].cpu_share == 0);  // the number of CPUs is not known
  }
}

TEST_CASE("containers are in the order of their ids, not of the walk") {
  const TempTree tree;
  for (const std::string path : {"a/x", "a-b", "a.c/x"}) populated(tree, path);
  const std::vector<ContainerInfo> found = list(tree, {}, true);
  CHECK(ids(found) == std::vector<std::string>{"a-b", "a.c/x", "a/x"});
}

TEST_CASE("links are not followed, and a root that is not there is an error with its path") {
  const TempTree tree;
  populated(tree, "a");
  std::filesystem::create_directory_symlink(tree.root(), tree.root() + "/a/loop");
  CHECK(ids(list(tree, {}, true)) == std::vector<std::string>{"a"});
  auto containers = CgroupContainers::open({tree.root() + "/gone", {}, false, 0});
  REQUIRE(containers.ok());
  const auto found = (*containers)->list();
  REQUIRE(!found.ok());
  CHECK(found.error().to_string() == "list the cgroups below " + tree.root() + "/gone: No such file or directory");
}
