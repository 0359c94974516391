// A pod and a container as NRI tells them -> what the daemon is told. Pure.
//   cgroup       linux.cgroups_path by the rule of an OCI config's (hooks/oci/state.h); else not known
//   QoS class    from the container's cgroup, else from the pod's cgroup parent, by the kubelet's names
//   annotations  the pod's, and the container's over them; wishes by hooks/wishes.h for the container's name; bounded
//   by hooks/bound.h foreign      also where another plugin or the runtime gave it a class of service that is not ours
//   ("dcat.")
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hooks/announcement.h"

namespace dcat {

struct NriPod {
  std::string id;
  std::string name;
  std::string uid;
  std::string name_space;
  std::string cgroup_parent;
  std::map<std::string, std::string> annotations;
};

struct NriContainer {
  std::string id;
  std::string pod_id;
  std::string name;  // within its pod
  bool stopped = false;
  int pid = 0;
  std::string cgroups_path;  // as the runtime writes it into the OCI config
  std::string rdt_class;     // somebody's, before us
  std::map<std::string, std::string> annotations;
};

struct NriArrival {
  Announcement announcement;  // came; without an id: the runtime gave none that can be used
  std::vector<std::string> mistakes;
};

// `pod` may be null: a container of which the runtime has not told the pod.
NriArrival arrival_of(const NriPod* pod, const NriContainer& container, Runtime runtime);

// As Configure tells it: "containerd", "cri-o".
Runtime runtime_of_nri(const std::string& name);

}  // namespace dcat
