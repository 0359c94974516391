// Annotations -> Wishes. The same words for OCI, CRI and libvirt (docs/hooks.md):
//   dcat.dev/contract-ways: "3" | "cpu-share" | "none"      dcat.dev/priority: "-1000".."1000"
//   dcat.dev/mode: "manage" | "observe"                     dcat.dev/isolation: "strict" | "none"
// For one container of a pod: dcat.dev/contract-ways.container.NAME goes before the pod's. Somebody else's decision
// (rdt.resources.beta.kubernetes.io/*, pod or container) makes the container foreign.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hooks/announcement.h"

namespace dcat {

struct ReadWishes {
  Wishes wishes;
  // A line each: "dcat.dev/priority: got 'high', want a whole number of -1000..1000"
  std::vector<std::string> mistakes;
};

// A value that cannot be read counts as not there, and is told: a typing error must not keep a container from starting.
// `container`: its name within the pod, "" outside of pods.
ReadWishes read_wishes(const std::map<std::string, std::string>& annotations, const std::string& container);

}  // namespace dcat
