#include "hooks/oci/state.h"

#include <algorithm>
#include <cerrno>
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
constexpr std::size_t kMostPath = 4 << 10;      // PATH_MAX of Linux
constexpr std::size_t kMostUnitName = 255;      // systemd's, UNIT_NAME_MAX; a slice's parents grow with its square
constexpr std::size_t kContainerIdDigits = 64;  // what perfmon/container_identity finds in a path
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
  if (slice.size() > kMostUnitName)
    return bad_path(whole, "a slice's name of at most " + std::to_string(kMostUnitName) + " bytes");
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

// crun makes a cgroup within the container's own: the container is the outermost that bears its id. Only where the id
// stands in a path's last component is it looked at as a whole: a path may have thousands of components.
std::string container_of(const std::string& path, const std::string& id) {
  if (id.size() != kContainerIdDigits) return path;
  for (std::size_t at = path.find(id); at != std::string::npos; at = path.find(id, at)) {
    at = std::min(path.find('/', at), path.size());
    const std::string prefix = path.substr(0, at);
    const ContainerIdentity identity = identify(ContainerId{prefix});
    if (identity.container_id == id && identity.kind == ContainerKind::container) return prefix;
  }
  return path;
}

void read_config(const OciState& state, const ReadFile& read_file, ReadContainer& read) {
  if (!state.bundle.starts_with('/')) return;
  const Result<std::string> config = read_file(state.bundle + "/config.json", kMostConfigBytes);
  const auto told = [&read](const Error& error) { add_mistake(read.mistakes, error.what + ": " + error.why); };
  if (!config) {
    if (config.error().sys_errno != ENOENT) told(config.error());  // at poststop it may be gone
    return;
  }
  const Result<ConfigWords> words = read_config_words(*config);
  if (!words) return told(words.error());
  if (!words->cgroup) told(words->cgroup.error());
  if (words->cgroup && read.announcement.cgroup.empty()) read.announcement.cgroup = *words->cgroup;
  if (!words->clos) return told(words->clos.error());
  const std::string& clos = *words->clos;
  std::string& foreign = read.announcement.wishes.foreign;
  if (!clos.empty() && !clos.starts_with(kOurGroups) && foreign.empty()) foreign = "rdt class " + printable_text(clos);
}

Result<std::string> cgroup_of(const std::string& said) {
  if (said.find('\0') != std::string::npos) return bad_path(said, "a path");
  if (said.size() > kMostPath) return bad_path(said, "at most " + std::to_string(kMostPath) + " bytes");
  if (said.starts_with('/')) {
    std::optional<std::string> clean = cleaned(said);
    if (!clean) return bad_path(said, "a path without '..'");
    return *std::move(clean);
  }
  if (said.find('/') == std::string::npos && said.find(':') != std::string::npos) return unit_path(said);
  // Relative to whatever the runtime chooses: not ours to guess.
  return std::string();
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
  if (!is_announceable_id(state.id)) return bad(what + ": id", wanted_id(state.id));
  return state;
}

Result<ConfigWords> read_config_words(std::string_view json) {
  Result<Picked> picked = pick_strings(json, "config.json", {kCgroupsPath, kClosId});
  if (!picked) return std::move(picked).error();
  const auto at = [&picked](const char* path) -> Result<std::string> {
    const auto found = picked->find(path);
    return found == picked->end() ? std::string() : found->second;
  };
  const Result<std::string> said = at(kCgroupsPath);
  return ConfigWords{said ? cgroup_of(*said) : said, at(kClosId)};
}

Result<std::string> cgroup_of_config(std::string_view json) {
  Result<ConfigWords> words = read_config_words(json);
  if (!words) return std::move(words).error();
  return std::move(words->cgroup);
}

Result<std::string> clos_of_config(std::string_view json) {
  Result<ConfigWords> words = read_config_words(json);
  if (!words) return std::move(words).error();
  return std::move(words->clos);
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
  if (const Status bounded = bound_announcement(announcement, container.mistakes); !bounded)
    container.mistakes.push_back(bounded.error().what + ": " + bounded.error().why);
  return container;
}

}  // namespace dcat
