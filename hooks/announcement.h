// What a hook tells the daemon: who came or went, and what its owner asks for. The wire format is docs/api.md's.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/units.h"
#include "perfmon/container_identity.h"

namespace dcat {

// What an owner may ask for, from annotations, a domain's metadata or a flavor's extra specs. Absent: nothing is said,
// and the node's configuration decides.
struct Wishes {
  enum class Contract { ways, cpu_share, none };
  std::optional<Contract> contract;
  Ways ways;                     // with Contract::ways
  std::optional<int> priority;   // greater goes first where there is not enough for all
  std::optional<bool> managed;   // false: watched and left alone (dcat.dev/mode: observe)
  std::optional<bool> isolated;  // dcat.dev/isolation: strict
  std::string foreign;           // who else decides ("libvirt cachetune", "rdt class NAME"); empty: nobody
  bool operator==(const Wishes&) const = default;
};

struct Announcement {
  enum class Event { came, gone };
  Event event = Event::came;
  Runtime runtime = Runtime::unknown;
  // The runtime's own id: a container's 64 digits, a VM's uuid. Never empty.
  std::string id;
  std::string name;        // as people call it; empty: not told
  std::string name_space;  // a pod's
  std::string pod;         // its name
  std::string pod_uid;
  std::optional<QosClass> qos;
  std::string cgroup;  // below the cgroup root, without a leading '/'; empty: not known, and the scan finds it
  int pid = 0;         // 0: not known
  Wishes wishes;
  std::map<std::string, std::string> annotations;  // all that were there, for the configuration's rules; bounded
  bool operator==(const Announcement&) const = default;
};

}  // namespace dcat
