#include "hooks/oci/state.h"

#include <algorithm>
#include <climits>
#include <initializer_list>
#include <optional>
#include <utility>

#include "controller/trace_json.h"
#include "hooks/bound.h"
#include "hooks/oci/picked.h"
#include "hooks/wish_values.h"
#include "hooks/wishes.h"

namespace dcat {

namespace {

using trace::Fields;
using trace::Node;

constexpr const char* kCgroupsPath = "linux.cgroupsPath";
constexpr const char* kClosId = "linux.intelRdt.closID";
constexpr std::size_t kMostProcBytes = 64 << 10;
// What dCat makes, for containers whose class has to be there before they start.
constexpr std::string_view kOurGroups = "dcat.";

Error bad(const std::string& what, const std::string& why) {
  return {ErrorCode::bad_input, what, why, "give the hook what a runtime gives it: the container's state on stdin"};
}
Error bad_path(std::string_view path, const std::string& want) {
  return {ErrorCode::bad_input, "config.json: linux.cgroupsPath", "got " + shown_text(path) + ", want " + want,
          "the scan finds the container"};
}

// ---- Paths

// Without '/' at its ends, doubled ones and '.'; nullopt: it leads out by "..".
std::optional<std::string> cleaned(std::string_view path) {
  std::string clean;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (part.empty() || part == ".") continue;
    if (part == "..") return std::nullopt;
    clean += (clean.empty() ? "" : "/") + std::string(part);
  }
  return clean;
}

// systemd.slice(5): a-b.slice is in a.slice, "-.slice" is the root. Ends with '/' unless it is the root.
Result<std::string> slice_path(std::string_view slice, std::string_view whole) {
  constexpr std::string_view kSuffix = ".slice";
  if (slice == "-.slice") return std::string();
  if (!slice.ends_with(kSuffix) || slice.size() == kSuffix.size())
    return bad_path(whole, "a slice before its first ':'");
  const std::string_view name = slice.substr(0, slice.size() - kSuffix.size());
  std::string path;
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('-', at), name.size());
    if (end == at) return bad_path(whole, "a slice's name without '-' at its ends or twice");
    path += std::string(name.substr(0, end)) + ".slice/";
    at = end + 1;
  }
  return path;
}

Result<std::string> unit_path(std::string_view text) {
  const std::size_t first = text.find(':');
  const std::size_t second = text.find(':', first + 1);
  if (second == std::string_view::npos || text.find(':', second + 1) != std::string_view::npos)
    return bad_path(text, "slice:prefix:name");
  const std::string_view slice = text.substr(0, first);
  const std::string_view prefix = text.substr(first + 1, second - first - 1);
  const std::string name(text.substr(second + 1));
  if (name.empty()) return bad_path(text, "slice:prefix:name");
  // Where no slice is said runc and crun take this one.
  Result<std::string> path = slice_path(slice.empty() ? "system.slice" : slice, text);
  if (!path || name.ends_with(".slice")) return path ? *path + name : path;
  return *path + (prefix.empty() ? "" : std::string(prefix) + "-") + name + ".scope";
}

// A path in /proc/PID/cgroup, below the root; empty: it tells nothing of a container.
std::string path_in_proc(std::string_view path) {
  if (path.ends_with(" (deleted)")) return "";
  return cleaned(path).value_or("");
}

// ---- What a state's annotations tell

std::string first_of(const OciState& state, std::initializer_list<const char*> keys) {
  for (const char* const key : keys) {
    const auto at = state.annotations.find(key);
    if (at != state.annotations.end() && !at->second.empty()) return at->second;
  }
  return "";
}

Runtime runtime_of(const OciState& state) {
  const std::string manager = first_of(state, {"io.container.manager"});
  if (manager == "libpod") return Runtime::podman;
  if (manager == "cri-o" || !first_of(state, {"io.kubernetes.cri-o.ContainerType"}).empty()) return Runtime::cri_o;
  if (!first_of(state, {"io.kubernetes.cri.container-type"}).empty()) return Runtime::containerd;
  return Runtime::unknown;
}

bool is_sandbox(const OciState& state) {
  return first_of(state, {"io.kubernetes.cri-o.ContainerType", "io.kubernetes.cri.container-type"}) == "sandbox";
}

// A pod's annotations are its containers'; the pause container that holds its namespaces asks for nothing.
void read_owner(const OciState& state, ReadContainer& read) {
  Announcement& announcement = read.announcement;
  announcement.name = first_of(
      state, {"io.kubernetes.container.name", "io.kubernetes.cri.container-name", "io.kubernetes.cri-o.ContainerName"});
  announcement.pod = first_of(state, {"io.kubernetes.pod.name", "io.kubernetes.cri.sandbox-name"});
  announcement.name_space = first_of(state, {"io.kubernetes.pod.namespace", "io.kubernetes.cri.sandbox-namespace"});
  announcement.pod_uid = first_of(state, {"io.kubernetes.pod.uid", "io.kubernetes.cri.sandbox-uid"});
  announcement.annotations = state.annotations;
  if (is_sandbox(state)) {
    announcement.wishes.contract = Wishes::Contract::none;
    return;
  }
  ReadWishes wishes = read_wishes(state.annotations, announcement.pod.empty() ? "" : announcement.name);
  announcement.wishes = std::move(wishes.wishes);
  for (std::string& mistake : wishes.mistakes) add_mistake(read.mistakes, std::move(mistake));
}

// crun makes a cgroup within the container's own: the container is the outermost that bears its id.
std::string container_of(const std::string& path, const std::string& id) {
  for (std::size_t end = path.find('/'); end != std::string::npos; end = path.find('/', end + 1)) {
    const std::string prefix = path.substr(0, end);
    const ContainerIdentity identity = identify(ContainerId{prefix});
    if (identity.container_id == id && identity.kind == ContainerKind::container) return prefix;
  }
  return path;
}

void read_config(const OciState& state, const ReadFile& read_file, ReadContainer& read) {
  if (!state.bundle.starts_with('/')) return;
  const Result<std::string> config = read_file(state.bundle + "/config.json", kMostConfigBytes);
  if (!config) return;  // at poststop it may be gone
  const auto told = [&read](const Error& error) { add_mistake(read.mistakes, error.what + ": " + error.why); };
  const Result<std::string> cgroup = cgroup_of_config(*config);
  if (!cgroup) told(cgroup.error());
  if (cgroup && read.announcement.cgroup.empty()) read.announcement.cgroup = *cgroup;
  const Result<std::string> clos = clos_of_config(*config);
  if (!clos && cgroup) told(clos.error());
  std::string& foreign = read.announcement.wishes.foreign;
  if (clos && !clos->empty() && !clos->starts_with(kOurGroups) && foreign.empty())
    foreign = "rdt class " + printable_text(*clos);
}

Result<std::string> string_at(std::string_view json, const char* path) {
  Result<std::map<std::string, std::string>> picked = pick_strings(json, "config.json", {path});
  if (!picked) return std::move(picked).error();
  return (*picked)[path];
}

}  // namespace

Result<OciState> parse_oci_state(std::string_view json) {
  const std::string what = "OCI state";
  if (json.size() > kMostStateBytes)
    return bad(what,
               "got " + std::to_string(json.size()) + " bytes, want " + std::to_string(kMostStateBytes) + " at most");
  if (json.empty()) return bad(what, "there is none");
  const Result<trace::Json> tree = trace::parse_json(json, what);
  if (!tree) return bad(tree.error().what, tree.error().why);
  trace::Fault fault(what);
  const Node root(*tree, fault);
  Fields fields(root);
  OciState state;
  const auto text = [](std::string& out) { return [&out](const Node& node) { out = node.text(); }; };
  fields.need_with("id", text(state.id));
  fields.need_with("status", text(state.status));
  fields.may_with("pid", [&state](const Node& node) { state.pid = static_cast<int>(node.integer(0, INT_MAX)); });
  fields.may_with("bundle", text(state.bundle));
  // Go writes null for a map that was never made.
  fields.may_with("annotations", [&state](const Node& node) {
    if (node.value().is_null()) return;
    if (!node.value().is_object()) return node.expected("an object");
    for (const auto& [key, value] : node.value().items()) state.annotations.emplace(key, Node(node, key, value).text());
  });
  // Keys that we do not know are a later version's.
  if (fault.any()) return bad(fault.error().what, fault.error().why);
  if (state.id.empty()) return bad(what + ": id", "got '', want the container's id");
  return state;
}

Result<std::string> cgroup_of_config(std::string_view json) {
  Result<std::string> path = string_at(json, kCgroupsPath);
  if (!path || path->empty()) return path;
  if (path->find('\0') != std::string::npos) return bad_path(*path, "a path");
  if (path->starts_with('/')) {
    std::optional<std::string> clean = cleaned(*path);
    if (!clean) return bad_path(*path, "a path without '..'");
    return *std::move(clean);
  }
  if (path->find('/') == std::string::npos && path->find(':') != std::string::npos) return unit_path(*path);
  // Relative to whatever the runtime chooses: not ours to guess.
  return std::string();
}

Result<std::string> clos_of_config(std::string_view json) {
  return string_at(json, kClosId);
}

std::string cgroup_of_proc(std::string_view text) {
  std::string of_perf_event, of_cgroup2;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t first = line.find(':');
    if (first == std::string_view::npos) continue;
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string controllers = "," + std::string(line.substr(first + 1, second - first - 1)) + ",";
    const std::string_view path = line.substr(second + 1);
    if (line.starts_with("0::")) of_cgroup2 = path_in_proc(path);
    if (controllers.find(",perf_event,") != std::string::npos) of_perf_event = path_in_proc(path);
  }
  return of_cgroup2.empty() ? of_perf_event : of_cgroup2;
}

ReadContainer read_container(const OciState& state, bool gone, const ReadFile& read) {
  ReadContainer container;
  Announcement& announcement = container.announcement;
  announcement.event = gone ? Announcement::Event::gone : Announcement::Event::came;
  announcement.id = state.id;
  announcement.pid = gone ? 0 : state.pid;
  read_owner(state, container);
  if (announcement.pid > 0) {
    const Result<std::string> proc = read("/proc/" + std::to_string(announcement.pid) + "/cgroup", kMostProcBytes);
    if (proc) announcement.cgroup = cgroup_of_proc(*proc);
  }
  read_config(state, read, container);
  announcement.cgroup = container_of(announcement.cgroup, announcement.id);
  const ContainerIdentity identity = identify(ContainerId{announcement.cgroup});
  announcement.runtime = runtime_of(state);
  if (announcement.runtime == Runtime::unknown && identity.container_id == announcement.id)
    announcement.runtime = identity.runtime;
  announcement.qos = identity.qos;
  if (announcement.pod_uid.empty()) announcement.pod_uid = identity.pod_uid;
  bound_announcement(announcement, container.mistakes);
  return container;
}

}  // namespace dcat
