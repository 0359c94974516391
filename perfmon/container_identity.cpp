#include "perfmon/container_identity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace dcat {

namespace {

constexpr std::size_t kIdLength = 64;         // of a container's id
constexpr std::size_t kShortLength = 12;      // of what ps commands print of it
constexpr std::size_t kMachineNameMost = 64;  // where libvirt cuts a machine's name: a host name's length

const std::vector<std::string_view>& words_of_runtimes() {
  static const std::vector<std::string_view> words{"unknown", "docker",  "containerd", "cri-o",  "podman",
                                                   "kata",    "libvirt", "lxc",        "nspawn", "systemd"};
  return words;
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
bool is_id(std::string_view text) {
  return text.size() == kIdLength && is_hex(text);
}

// `text` without `prefix` and `suffix`, if it has both.
std::optional<std::string_view> between(std::string_view text, std::string_view prefix, std::string_view suffix) {
  if (text.size() < prefix.size() + suffix.size() || !text.starts_with(prefix) || !text.ends_with(suffix))
    return std::nullopt;
  return text.substr(prefix.size(), text.size() - prefix.size() - suffix.size());
}

std::vector<std::string_view> components_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) parts.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

void name_by_id(ContainerIdentity& identity, std::string_view id) {
  identity.container_id = id;
  identity.name = id.substr(0, kShortLength);
}

// ---- Pods

void set_pod(ContainerIdentity& identity, std::string_view uid, std::string_view before) {
  identity.pod_uid = uid;
  std::replace(identity.pod_uid.begin(), identity.pod_uid.end(), '_', '-');
  identity.qos = before.find("besteffort") != std::string_view::npos  ? QosClass::besteffort
                 : before.find("burstable") != std::string_view::npos ? QosClass::burstable
                                                                      : QosClass::guaranteed;
}

// kubepods-burstable-pod<uid>.slice, with whatever a nested kubelet puts before it.
bool read_pod_slice(ContainerIdentity& identity, std::string_view slice) {
  const std::optional<std::string_view> body = between(slice, "", ".slice");
  if (!body) return false;
  const std::size_t root = body->rfind("kubepods-");
  if (root == std::string_view::npos || (root > 0 && (*body)[root - 1] != '-')) return false;
  const std::string_view rest = body->substr(root + std::string_view("kubepods-").size());
  for (const std::string_view qos : {"", "burstable-", "besteffort-"}) {
    const auto uid = between(rest, std::string(qos) + "pod", "");
    if (!uid || uid->empty()) continue;
    set_pod(identity, *uid, qos);
    return true;
  }
  return false;
}

// kubepods/burstable/pod<uid>: `parts` up to and with the pod.
bool read_pod_directory(ContainerIdentity& identity, const std::vector<std::string_view>& parts, std::size_t at) {
  const auto uid = between(parts[at], "pod", "");
  if (!uid || uid->empty() || at == 0) return false;
  const std::string_view parent = parts[at - 1];
  const bool has_qos = parent == "burstable" || parent == "besteffort";
  if (has_qos ? at < 2 || parts[at - 2] != "kubepods" : parent != "kubepods") return false;
  set_pod(identity, *uid, has_qos ? parent : "");
  return true;
}

// machine-libpod_pod_<id>.slice, user-libpod_pod_<id>.slice.
bool read_podman_pod(ContainerIdentity& identity, std::string_view part) {
  constexpr std::string_view kMark = "libpod_pod_";
  const std::size_t at = part.find(kMark);
  if (at == std::string_view::npos) return false;
  const std::string_view id = part.substr(at + kMark.size(), kIdLength);
  const std::string_view rest = part.substr(at + kMark.size() + id.size());
  if (!is_id(id) || (!rest.empty() && rest != ".slice")) return false;
  identity.runtime = Runtime::podman;
  identity.pod_uid = id;
  return true;
}

bool read_pod(ContainerIdentity& identity, const std::vector<std::string_view>& parts, std::size_t at) {
  if (!read_pod_slice(identity, parts[at]) && !read_pod_directory(identity, parts, at) &&
      !read_podman_pod(identity, parts[at]))
    return false;
  identity.kind = ContainerKind::pod_sandbox;
  identity.name = identity.pod_uid.substr(0, is_id(identity.pod_uid) ? kShortLength : std::string::npos);
  return true;
}

// ---- Containers

struct Prefix {
  std::string_view text;
  Runtime runtime;
};
// Of a scope's name, `docker-<id>.scope`, and of its middle field where a kubelet and its runtime disagree about the
// cgroup driver, `kubepods-pod<uid>.slice:docker:<id>`.
constexpr std::array<Prefix, 6> kScopes{{{"cri-containerd", Runtime::containerd},
                                         {"nerdctl", Runtime::containerd},
                                         {"crio", Runtime::cri_o},
                                         {"docker", Runtime::docker},
                                         {"libpod", Runtime::podman},
                                         {"libpod-payload", Runtime::podman}}};
// Helpers of the same make.
constexpr std::array<std::string_view, 2> kConmons{"crio-conmon-", "libpod-conmon-"};

// docker-<id>.scope, or without .scope as the cgroupfs driver writes it.
bool read_scope(ContainerIdentity& identity, std::string_view part) {
  for (const Prefix& prefix : kScopes) {
    const auto rest = between(part, prefix.text, "");
    if (!rest || !rest->starts_with('-')) continue;
    std::string_view id = rest->substr(1);
    if (id.ends_with(".scope")) id.remove_suffix(std::string_view(".scope").size());
    if (!is_id(id)) continue;
    identity.runtime = prefix.runtime;
    name_by_id(identity, id);
    return true;
  }
  return false;
}

// <slice>:<prefix>:<id>, in one directory.
bool read_mismatch(ContainerIdentity& identity, std::string_view part) {
  const std::size_t first = part.find(':');
  const std::size_t last = part.rfind(':');
  if (first == std::string_view::npos || first == last || !is_id(part.substr(last + 1))) return false;
  const std::string_view prefix = part.substr(first + 1, last - first - 1);
  const auto* const known =
      std::find_if(kScopes.begin(), kScopes.end(), [&](const Prefix& p) { return p.text == prefix; });
  if (known == kScopes.end()) return false;
  read_pod_slice(identity, part.substr(0, first));
  identity.runtime = known->runtime;
  name_by_id(identity, part.substr(last + 1));
  return true;
}

// kata_<sandbox>: the threads of a sandbox's vCPUs. Kata puts its prefix before whatever the container's own directory
// would have been called.
bool read_kata(ContainerIdentity& identity, std::string_view part) {
  auto rest = between(part, "kata_", "");
  if (!rest) return false;
  if (rest->ends_with(".scope")) rest->remove_suffix(std::string_view(".scope").size());
  if (rest->size() < kIdLength || !is_id(rest->substr(rest->size() - kIdLength))) return false;
  read_mismatch(identity, *rest);
  identity.runtime = Runtime::kata;
  identity.kind = ContainerKind::vm;
  name_by_id(identity, rest->substr(rest->size() - kIdLength));
  return true;
}

// A directory that is called by an id alone: whose it is, its parent tells.
bool read_bare_id(ContainerIdentity& identity, const std::vector<std::string_view>& parts, std::size_t at) {
  if (!is_id(parts[at])) return false;
  const std::string_view parent = at == 0 ? std::string_view() : parts[at - 1];
  if (parent == "docker") {
    identity.runtime = Runtime::docker;
  } else if (identity.qos) {
    identity.runtime = Runtime::containerd;  // cri-dockerd's look the same, but are rare
  } else if (parent == "default" || parent == "k8s.io") {
    identity.runtime = Runtime::containerd;
    identity.name_space = parent;
  } else if (parent == "libpod_parent") {
    identity.runtime = Runtime::podman;  // a pod's directory
    identity.kind = ContainerKind::pod_sandbox;
    identity.pod_uid = parts[at];
    identity.name = identity.pod_uid.substr(0, kShortLength);
    return true;
  }
  name_by_id(identity, parts[at]);
  return true;
}

// qemu-12-web of libvirt's drivers qemu, ch (VMs) and lxc; a VM's number goes with each of its lives.
bool read_libvirt_machine(ContainerIdentity& identity, std::string_view machine) {
  for (const std::string_view driver : {"qemu-", "ch-", "lxc-"}) {
    const auto rest = between(machine, driver, "");
    if (!rest || rest->empty()) continue;
    const std::size_t digits = rest->find_first_not_of("0123456789");
    const bool numbered = digits != 0 && digits != std::string_view::npos && (*rest)[digits] == '-';
    const std::string_view name = numbered ? rest->substr(digits + 1) : *rest;
    if (name.empty()) continue;
    identity.runtime = Runtime::libvirt;
    identity.kind = driver == "lxc-" ? ContainerKind::container : ContainerKind::vm;
    identity.name = name;
    identity.name_cut = machine.size() >= kMachineNameMost;
    return true;
  }
  return false;
}

// machine-<escaped name>.scope of systemd-machined, <name>.libvirt-qemu without it.
bool read_machine(ContainerIdentity& identity, std::string_view part) {
  for (const std::string_view suffix : {".libvirt-qemu", ".libvirt-lxc"})
    if (const auto machine = between(part, "", suffix); machine && !machine->empty()) {
      if (!read_libvirt_machine(identity, *machine)) identity.name = *machine;
      identity.runtime = Runtime::libvirt;
      identity.kind = suffix == ".libvirt-qemu" ? ContainerKind::vm : ContainerKind::container;
      return true;
    }
  if (const auto escaped = between(part, "machine-", ".scope"); escaped && !escaped->empty()) {
    const std::string machine = unescape_unit(*escaped);
    if (!read_libvirt_machine(identity, machine)) {
      identity.runtime = Runtime::systemd;
      identity.name = machine;
    }
    return true;
  }
  if (const auto instance = between(part, "systemd-nspawn@", ".service"); instance && !instance->empty()) {
    identity.runtime = Runtime::nspawn;
    identity.name = unescape_unit(*instance);
    return true;
  }
  return false;
}

// lxc.payload.<name>, and lxc.payload/<name> of other settings of lxc.cgroup.pattern.
bool read_lxc(ContainerIdentity& identity, const std::vector<std::string_view>& parts, std::size_t at) {
  auto name = between(parts[at], "lxc.payload.", "");
  if (!name && at > 0 && parts[at - 1] == "lxc.payload") name = parts[at];
  if (!name || name->empty()) return false;
  identity.runtime = Runtime::lxc;
  identity.name = *name;
  return true;
}

bool read_container(ContainerIdentity& identity, const std::vector<std::string_view>& parts, std::size_t at) {
  const std::string_view part = parts[at];
  return read_kata(identity, part) || read_scope(identity, part) || read_mismatch(identity, part) ||
         read_machine(identity, part) || read_lxc(identity, parts, at) || read_bare_id(identity, parts, at);
}

// ---- Helpers

std::optional<Runtime> helper_of(const std::vector<std::string_view>& parts, std::size_t at) {
  const std::string_view part = parts[at];
  for (const std::string_view conmon : kConmons)
    if (part.starts_with(conmon)) return conmon == kConmons[0] ? Runtime::cri_o : Runtime::podman;
  const bool podmans = at > 0 && parts[at - 1] == "libpod_parent";
  if (part == "conmon" && podmans) return Runtime::podman;
  if (part == "kata_overhead") return Runtime::kata;
  if (part.starts_with("lxc.monitor") || part == "lxc.pivot") return Runtime::lxc;
  return std::nullopt;
}

// Nothing of the path is a container: a unit of systemd, or somebody's own directory.
void name_by_leaf(ContainerIdentity& identity, std::string_view leaf) {
  identity.name = leaf;
  for (const std::string_view suffix : {".service", ".scope", ".slice"}) {
    if (!leaf.ends_with(suffix) || leaf.size() == suffix.size()) continue;
    identity.runtime = Runtime::systemd;
    identity.name = unescape_unit(leaf);
  }
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

const std::vector<std::string_view>& runtime_words() {
  return words_of_runtimes();
}

std::string_view name_of(Runtime runtime) {
  return words_of_runtimes()[static_cast<std::size_t>(runtime)];
}

std::string_view name_of(ContainerKind kind) {
  switch (kind) {
    case ContainerKind::container: return "container";
    case ContainerKind::vm: return "vm";
    case ContainerKind::pod_sandbox: return "pod-sandbox";
    case ContainerKind::helper: return "helper";
  }
  return "";
}

std::string_view name_of(QosClass qos) {
  switch (qos) {
    case QosClass::guaranteed: return "guaranteed";
    case QosClass::burstable: return "burstable";
    case QosClass::besteffort: return "besteffort";
  }
  return "";
}

std::string unescape_unit(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x' && hex_value(text[i + 2]) >= 0 &&
                        hex_value(text[i + 3]) >= 0;
    plain += escape ? static_cast<char>(hex_value(text[i + 2]) * 16 + hex_value(text[i + 3])) : text[i];
    if (escape) i += 3;
  }
  return plain;
}

ContainerIdentity identify(const ContainerId& id) {
  const std::vector<std::string_view> parts = components_of(id.value);
  ContainerIdentity identity;
  std::optional<ContainerIdentity> pod;  // the innermost so far, if nothing below it is a container
  for (std::size_t at = 0; at < parts.size(); ++at) {
    if (const std::optional<Runtime> runtime = helper_of(parts, at)) {
      identity.runtime = *runtime;
      identity.kind = ContainerKind::helper;
      identity.name = parts[at];
      return identity;
    }
    if (read_pod(identity, parts, at)) {
      pod = identity;
      continue;
    }
    ContainerIdentity found = identity;
    found.kind = ContainerKind::container;
    if (!read_container(found, parts, at)) continue;
    if (found.kind != ContainerKind::pod_sandbox) return found;
    pod = identity = std::move(found);
  }
  if (pod) return *pod;
  if (!parts.empty()) name_by_leaf(identity, parts.back());
  return identity;
}

}  // namespace dcat
