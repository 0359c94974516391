#include "hooks/nri/announce.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "hooks/bound.h"
#include "hooks/oci/state.h"
#include "hooks/wish_values.h"
#include "hooks/wishes.h"

namespace dcat {

namespace {

constexpr std::string_view kOurClasses = "dcat.";

// The same words as in an OCI config, so the same function reads them.
Result<std::string> cgroup_of(const std::string& cgroups_path) {
  if (cgroups_path.empty()) return std::string();
  const nlohmann::json config{{"linux", {{"cgroupsPath", cgroups_path}}}};
  return cgroup_of_config(config.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

// The kubelet gives the whole path of a pod's slice or only its last component; either names the class.
std::optional<QosClass> qos_of(const std::string& cgroup, const NriPod* pod) {
  if (const auto qos = identify(ContainerId{cgroup}).qos) return qos;
  return pod == nullptr ? std::nullopt : identify(ContainerId{pod->cgroup_parent}).qos;
}

}  // namespace

NriArrival arrival_of(const NriPod* pod, const NriContainer& container, Runtime runtime) {
  NriArrival arrival;
  Announcement& told = arrival.announcement;
  told.id = container.id;
  told.name = container.name;
  told.pid = container.pid;
  if (pod != nullptr) {
    told.name_space = pod->name_space;
    told.pod = pod->name;
    told.pod_uid = pod->uid;
  }
  Result<std::string> cgroup = cgroup_of(container.cgroups_path);
  if (cgroup)
    told.cgroup = std::move(*cgroup);
  else
    arrival.mistakes.push_back(cgroup.error().to_string());
  told.runtime = runtime != Runtime::unknown ? runtime : identify(ContainerId{told.cgroup}).runtime;
  told.qos = qos_of(told.cgroup, pod);

  std::map<std::string, std::string> annotations = container.annotations;
  if (pod != nullptr) annotations.insert(pod->annotations.begin(), pod->annotations.end());
  ReadWishes read = read_wishes(annotations, container.name);
  told.wishes = std::move(read.wishes);
  arrival.mistakes.insert(arrival.mistakes.end(), read.mistakes.begin(), read.mistakes.end());
  if (told.wishes.foreign.empty() && !container.rdt_class.empty() && !container.rdt_class.starts_with(kOurClasses))
    told.wishes.foreign = "rdt class " + shown_text(container.rdt_class);
  told.annotations = std::move(annotations);
  if (const Status bounded = bound_announcement(told, arrival.mistakes); !bounded)
    arrival.mistakes.push_back(bounded.error().to_string());
  return arrival;
}

Runtime runtime_of_nri(const std::string& name) {
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (lower == "containerd") return Runtime::containerd;
  if (lower == "cri-o" || lower == "crio") return Runtime::cri_o;
  return Runtime::unknown;
}

}  // namespace dcat
