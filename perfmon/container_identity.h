// What a container's path below the cgroup root tells about it: who runs it, what it is called, which pod it is in.
//
// Decided by the components of the path, wherever they stand, never by a fixed prefix: kubelets, user sessions and
// daemons in containers put the same names below roots of their own. The outermost component that is a container
// gives the identity, so that crun's `container`, libvirt's `libvirt/vcpu0` or Docker inside a container are the
// container that they are in. Nothing is asked of a runtime. Layouts: runc's and the kubelet's cgroup drivers,
// libpod, CRI-O, Kata Containers' host cgroups, libvirt's cgroups, lxc.container.conf(5), systemd-nspawn(1).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"

namespace dcat {

enum class Runtime { unknown, docker, containerd, cri_o, podman, kata, libvirt, lxc, nspawn, systemd };
enum class ContainerKind {
  container,
  vm,
  pod_sandbox,  // a pod's own cgroup, with its containers below it
  helper,       // works for a container and is none: conmon, lxc.monitor, Kata's overhead
};
enum class QosClass { guaranteed, burstable, besteffort };

// The words of configurations and reports: "cri-o", "pod-sandbox".
std::string_view name_of(Runtime runtime);
std::string_view name_of(ContainerKind kind);
std::string_view name_of(QosClass qos);
const std::vector<std::string_view>& runtime_words();  // in the order of Runtime

struct ContainerIdentity {
  Runtime runtime = Runtime::unknown;
  ContainerKind kind = ContainerKind::container;
  // As people call it: the first 12 digits of a container's id (as docker ps and crictl ps print it), a VM's, an LXC
  // container's or a machine's name, a systemd unit. Where nothing is known, the path's last component.
  std::string name;
  bool name_cut = false;        // libvirt keeps 64 characters of `qemu-ID-NAME`: the VM's name may be longer
  std::string container_id;     // 64 hexadecimal digits, where the path has them
  std::string pod_uid;          // with dashes; Podman: the pod's id
  std::optional<QosClass> qos;  // in a kubelet's pod
  std::string name_space;       // containerd's, where it stands in the path; a pod's never does
  std::map<std::string, std::string> annotations;  // never from a path: a runtime's hook gives them
  bool operator==(const ContainerIdentity&) const = default;
};

ContainerIdentity identify(const ContainerId& id);

// "web\x2d1" is "web-1" (systemd.unit(5), "string escaping"). What is no escape stays; a '-' stays too, for names of
// machines have no '/'.
std::string unescape_unit(std::string_view text);

}  // namespace dcat
