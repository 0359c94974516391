#include "perfmon/container_identity.h"

#include "tests/support/catch.h"

using namespace dcat;

namespace {

const std::string kId(64, 'a');
const std::string kOther(64, 'b');
const std::string kShort(12, 'a');
const std::string kUid = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0";
const std::string kUnitUid = "0b1c2d3e_4f50_6172_8394_a5b6c7d8e9f0";  // as slices write it
const std::string kStaticUid = "0b1c2d3e4f5061728394a5b6c7d8e9f0";    // a static pod's: a hash of its file

ContainerIdentity of(const std::string& path) {
  return identify(ContainerId{path});
}

}  // namespace

TEST_CASE("a kubelet's containers tell runtime, pod and quality of service, whatever the cgroup driver") {
  struct Row {
    std::string path;
    Runtime runtime;
    QosClass qos;
    std::string uid = kUid;
  };
  const std::string one = "kubepods.slice/kubepods-pod" + kUnitUid + ".slice";
  const std::string two = "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + kUnitUid + ".slice";
  const std::string three = "kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + kUnitUid + ".slice";
  const std::string nested = "kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/";
  const Row rows[] = {
      {one + "/cri-containerd-" + kId + ".scope", Runtime::containerd, QosClass::guaranteed},
      {two + "/cri-containerd-" + kId + ".scope", Runtime::containerd, QosClass::burstable},
      {three + "/cri-containerd-" + kId + ".scope", Runtime::containerd, QosClass::besteffort},
      {two + "/crio-" + kId + ".scope", Runtime::cri_o, QosClass::burstable},
      {two + "/crio-" + kId + ".scope/container", Runtime::cri_o, QosClass::burstable},
      {three + "/docker-" + kId + ".scope", Runtime::docker, QosClass::besteffort},
      {"kubepods.slice/kubepods-pod" + kStaticUid + ".slice/cri-containerd-" + kId + ".scope", Runtime::containerd,
       QosClass::guaranteed, kStaticUid},
      {nested + "kubelet-kubepods-burstable-pod" + kUnitUid + ".slice/cri-containerd-" + kId + ".scope",
       Runtime::containerd, QosClass::burstable},
      {"custom.slice/" + one + "/cri-containerd-" + kId + ".scope", Runtime::containerd, QosClass::guaranteed},
      {"kubepods/pod" + kUid + "/" + kId, Runtime::containerd, QosClass::guaranteed},
      {"kubepods/burstable/pod" + kUid + "/" + kId, Runtime::containerd, QosClass::burstable},
      {"kubepods/besteffort/pod" + kUid + "/" + kId, Runtime::containerd, QosClass::besteffort},
      {"kubelet/kubepods/besteffort/pod" + kUid + "/" + kId, Runtime::containerd, QosClass::besteffort},
      {"kubepods/besteffort/pod" + kUid + "/crio-" + kId, Runtime::cri_o, QosClass::besteffort},
      {"kubepods-burstable-pod" + kUnitUid + ".slice:cri-containerd:" + kId, Runtime::containerd, QosClass::burstable},
      {"system.slice/containerd.service/kubepods-besteffort-pod" + kUnitUid + ".slice:cri-containerd:" + kId,
       Runtime::containerd, QosClass::besteffort},
      {"kubepods-pod" + kUnitUid + ".slice:crio:" + kId, Runtime::cri_o, QosClass::guaranteed},
      {"kubelet-kubepods-pod" + kUnitUid + ".slice:docker:" + kId, Runtime::docker, QosClass::guaranteed},
  };
  for (const Row& row : rows) {
    INFO(row.path);
    ContainerIdentity want;
    want.runtime = row.runtime;
    want.name = kShort;
    want.container_id = kId;
    want.pod_uid = row.uid;
    want.qos = row.qos;
    CHECK(of(row.path) == want);
  }
}

TEST_CASE("containers without a kubelet tell their runtime and id") {
  struct Row {
    std::string path;
    Runtime runtime;
    std::string name_space, pod;
  };
  const Row rows[] = {
      {"system.slice/docker-" + kId + ".scope", Runtime::docker, "", ""},
      {"docker/" + kId, Runtime::docker, "", ""},
      {"docker/" + kId + "/docker/" + kOther, Runtime::docker, "", ""},  // Docker in Docker: the outer one
      {"machine.slice/libpod-" + kId + ".scope", Runtime::podman, "", ""},
      {"machine.slice/libpod-" + kId + ".scope/container", Runtime::podman, "", ""},
      {"libpod_parent/libpod-" + kId, Runtime::podman, "", ""},
      {"user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId + ".scope", Runtime::podman, "", ""},
      {"machine.slice/machine-libpod_pod_" + kOther + ".slice/libpod-" + kId + ".scope", Runtime::podman, "", kOther},
      {"user.slice/user-1000.slice/user@1000.service/user.slice/user-libpod_pod_" + kOther + ".slice/libpod-" + kId +
           ".scope/container",
       Runtime::podman, "", kOther},
      {"libpod_parent/" + kOther + "/libpod-" + kId, Runtime::podman, "", kOther},
      {"system.slice/web.service/libpod-payload-" + kId, Runtime::podman, "", ""},
      {"machine.slice:libpod:" + kId, Runtime::podman, "", ""},
      {"system.slice/nerdctl-" + kId + ".scope", Runtime::containerd, "", ""},
      {"default/" + kId, Runtime::containerd, "default", ""},
      {"k8s.io/" + kId, Runtime::containerd, "k8s.io", ""},
      {"jobs/" + kId, Runtime::unknown, "", ""},
      {kId, Runtime::unknown, "", ""},
  };
  for (const Row& row : rows) {
    INFO(row.path);
    ContainerIdentity want;
    want.runtime = row.runtime;
    want.name = kShort;
    want.container_id = kId;
    want.name_space = row.name_space;
    want.pod_uid = row.pod;
    CHECK(of(row.path) == want);
  }
}

TEST_CASE("virtual machines and machines have names, unescaped, without libvirt's numbers") {
  struct Row {
    std::string path;
    Runtime runtime;
    ContainerKind kind;
    std::string name;
    bool cut = false;
  };
  using enum ContainerKind;
  const std::string cut = "qemu-7-" + std::string(57, 'v');  // 64 characters
  const std::string whole = cut.substr(0, 63);
  const Row rows[] = {
      {"machine.slice/machine-qemu\\x2d1\\x2dweb.scope", Runtime::libvirt, vm, "web"},
      {"machine.slice/machine-qemu\\x2d1\\x2dweb.scope/libvirt/vcpu0", Runtime::libvirt, vm, "web"},
      {"machine.slice/machine-qemu\\x2d1\\x2dweb.scope/libvirt/emulator", Runtime::libvirt, vm, "web"},
      {"machine.slice/machine-qemu\\x2d1\\x2dweb.scope/libvirt/iothread1", Runtime::libvirt, vm, "web"},
      {"machine.slice/machine-qemu\\x2d12\\x2dweb\\x2d1.example.scope", Runtime::libvirt, vm, "web-1.example"},
      {"machine.slice/machine-qemu\\x2dold.scope", Runtime::libvirt, vm, "old"},
      {"gold.slice/machine-qemu\\x2d3\\x2ddb.scope", Runtime::libvirt, vm, "db"},
      {"machine/qemu-1-web.libvirt-qemu", Runtime::libvirt, vm, "web"},
      {"machine/qemu-1-web.libvirt-qemu/vcpu1", Runtime::libvirt, vm, "web"},
      {"machine/qemu-10-7.libvirt-qemu", Runtime::libvirt, vm, "7"},
      {"machine/odd.libvirt-qemu", Runtime::libvirt, vm, "odd"},
      {"machine/" + cut + ".libvirt-qemu", Runtime::libvirt, vm, std::string(57, 'v'), true},
      {"machine/" + whole + ".libvirt-qemu", Runtime::libvirt, vm, std::string(56, 'v'), false},
      {"machine.slice/machine-ch\\x2d2\\x2dfast.scope", Runtime::libvirt, vm, "fast"},
      {"machine.slice/machine-lxc\\x2d9\\x2dbox.scope", Runtime::libvirt, container, "box"},
      {"machine/lxc-9-box.libvirt-lxc", Runtime::libvirt, container, "box"},
      {"machine.slice/machine-build.scope", Runtime::systemd, container, "build"},
      {"machine.slice/machine-\\xc3\\xa9t\\xc3\\xa9.scope", Runtime::systemd, container, "été"},
      {"machine.slice/systemd-nspawn@build\\x2d1.service", Runtime::nspawn, container, "build-1"},
      {"machine.slice/systemd-nspawn@build.service/payload", Runtime::nspawn, container, "build"},
      {"machine.slice/systemd-nspawn@build.service/supervisor", Runtime::nspawn, container, "build"},
      {"lxc.payload.web", Runtime::lxc, container, "web"},
      {"lxc.payload.web.example", Runtime::lxc, container, "web.example"},
      {"lxc.payload.web/system.slice/nginx.service", Runtime::lxc, container, "web"},
      {"lxc.payload/db", Runtime::lxc, container, "db"},
  };
  for (const Row& row : rows) {
    INFO(row.path);
    ContainerIdentity want;
    want.runtime = row.runtime;
    want.kind = row.kind;
    want.name = row.name;
    want.name_cut = row.cut;
    CHECK(of(row.path) == want);
  }
}

TEST_CASE("a Kata sandbox is one virtual machine, in its pod") {
  const std::string paths[] = {
      "kubepods/burstable/pod" + kUid + "/kata_" + kId,
      "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + kUnitUid + ".slice/kata_" + kId,
      "kubepods/burstable/pod" + kUid + "/kata_crio-" + kId,
      "system.slice/containerd.service/kata_kubepods-burstable-pod" + kUnitUid + ".slice:cri-containerd:" + kId,
      "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + kUnitUid + ".slice/kata_cri-containerd-" +
          kId + ".scope",
  };
  for (const std::string& path : paths) {
    INFO(path);
    ContainerIdentity want;
    want.runtime = Runtime::kata;
    want.kind = ContainerKind::vm;
    want.name = kShort;
    want.container_id = kId;
    want.pod_uid = kUid;
    want.qos = QosClass::burstable;
    CHECK(of(path) == want);
  }
  CHECK(of("kata_" + kId).kind == ContainerKind::vm);
  CHECK(of("kata_" + kId).pod_uid.empty());
}

TEST_CASE("conmon, monitors and overheads are helpers, and all that is in them") {
  struct Row {
    std::string path;
    Runtime runtime;
    std::string name;
  };
  const Row rows[] = {
      {"kubepods.slice/kubepods-pod1.slice/crio-conmon-" + kId + ".scope", Runtime::cri_o,
       "crio-conmon-" + kId + ".scope"},
      {"machine.slice/libpod-conmon-" + kId + ".scope", Runtime::podman, "libpod-conmon-" + kId + ".scope"},
      {"libpod_parent/conmon", Runtime::podman, "conmon"},
      {"lxc.monitor.web", Runtime::lxc, "lxc.monitor.web"},
      {"lxc.monitor/web", Runtime::lxc, "lxc.monitor"},
      {"lxc.pivot", Runtime::lxc, "lxc.pivot"},
      {"kata_overhead", Runtime::kata, "kata_overhead"},
      {"kata_overhead/" + kId, Runtime::kata, "kata_overhead"},
      {"kata_overhead/kubepods/pod" + kUid + "/" + kId, Runtime::kata, "kata_overhead"},
  };
  for (const Row& row : rows) {
    INFO(row.path);
    const ContainerIdentity identity = of(row.path);
    CHECK(identity.kind == ContainerKind::helper);
    CHECK(identity.runtime == row.runtime);
    CHECK(identity.name == row.name);
    CHECK(identity.container_id.empty());
  }
}

TEST_CASE("a pod's own cgroup is a pod sandbox") {
  struct Row {
    std::string path, uid, name;
    Runtime runtime = Runtime::unknown;
    std::optional<QosClass> qos;
  };
  const Row rows[] = {
      {"kubepods/burstable/pod" + kUid, kUid, kUid, Runtime::unknown, QosClass::burstable},
      {"kubepods.slice/kubepods-pod" + kUnitUid + ".slice", kUid, kUid, Runtime::unknown, QosClass::guaranteed},
      {"kubepods/pod" + kUid + "/inner", kUid, kUid, Runtime::unknown, QosClass::guaranteed},
      {"machine.slice/machine-libpod_pod_" + kId + ".slice", kId, kShort, Runtime::podman, std::nullopt},
      {"libpod_parent/" + kId, kId, kShort, Runtime::podman, std::nullopt},
  };
  for (const Row& row : rows) {
    INFO(row.path);
    ContainerIdentity want;
    want.kind = ContainerKind::pod_sandbox;
    want.runtime = row.runtime;
    want.name = row.name;
    want.pod_uid = row.uid;
    want.qos = row.qos;
    CHECK(of(row.path) == want);
  }
}

TEST_CASE("where the path tells nothing, the name is its last component") {
  struct Row {
    std::string path, name;
    Runtime runtime;
  };
  const Row rows[] = {
      {"tenants/a", "a", Runtime::unknown},
      {"mlr", "mlr", Runtime::unknown},
      {"system.slice/nginx.service", "nginx.service", Runtime::systemd},
      {"system.slice/dev-disk\\x2d1.slice", "dev-disk-1.slice", Runtime::systemd},
      {"user.slice/user-0.slice/session-1.scope", "session-1.scope", Runtime::systemd},
      {"init.scope", "init.scope", Runtime::systemd},
      {"", "", Runtime::unknown},
      {".service", ".service", Runtime::unknown},
      // Almost a container.
      {"docker-" + kId.substr(1) + ".scope", "docker-" + kId.substr(1) + ".scope", Runtime::systemd},
      {"docker-" + std::string(64, 'A') + ".scope", "docker-" + std::string(64, 'A') + ".scope", Runtime::systemd},
      {"xcri-containerd-" + kId + ".scope", "xcri-containerd-" + kId + ".scope", Runtime::systemd},
      {"docker-" + kId + ".mount", "docker-" + kId + ".mount", Runtime::unknown},
      {"a:b:c", "a:b:c", Runtime::unknown},
      {"x:other:" + kId, "x:other:" + kId, Runtime::unknown},
      {":" + kId, ":" + kId, Runtime::unknown},
      {"kata_" + kId.substr(1), "kata_" + kId.substr(1), Runtime::unknown},
      {"podweb", "podweb", Runtime::unknown},
      {"x/burstable/pod1", "pod1", Runtime::unknown},
      {"notkubepods-pod1.slice", "notkubepods-pod1.slice", Runtime::systemd},
      {"kubepods-pod.slice", "kubepods-pod.slice", Runtime::systemd},
      {"kubepods.slice/kubepods-burstable.slice", "kubepods-burstable.slice", Runtime::systemd},
      {"machine-.scope", "machine-.scope", Runtime::systemd},
      {".libvirt-qemu", ".libvirt-qemu", Runtime::unknown},
      {"systemd-nspawn@.service", "systemd-nspawn@.service", Runtime::systemd},
      {"lxc.payload.", "lxc.payload.", Runtime::unknown},
      {"lxc.payload", "lxc.payload", Runtime::unknown},
      {"machine-libpod_pod_1.slice", "machine-libpod_pod_1.slice", Runtime::systemd},
      {"a/conmon", "conmon", Runtime::unknown},
  };
  for (const Row& row : rows) {
    INFO(row.path);
    ContainerIdentity want;
    want.name = row.name;
    want.runtime = row.runtime;
    CHECK(of(row.path) == want);
  }
}

TEST_CASE("escapes of unit names are read, and what is none stays") {
  CHECK(unescape_unit("a\\x2db\\x20c") == "a-b c");
  CHECK(unescape_unit("a-b") == "a-b");
  for (const std::string text : {"\\x2", "\\x", "\\", "\\xg0", "\\x2G", "\\y2d", ""})
    CHECK(unescape_unit(text) == text);
}

TEST_CASE("every runtime has a word of its own") {
  REQUIRE(runtime_words().size() == static_cast<std::size_t>(Runtime::systemd) + 1);
  CHECK(name_of(Runtime::unknown) == "unknown");
  CHECK(name_of(Runtime::cri_o) == "cri-o");
  CHECK(name_of(Runtime::kata) == "kata");
  CHECK(name_of(Runtime::systemd) == "systemd");
  CHECK(name_of(ContainerKind::pod_sandbox) == "pod-sandbox");
  CHECK(name_of(QosClass::besteffort) == "besteffort");
}
