// Port: which containers and VMs are on this node. Implementations: cgroups (linux/), simulated.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "core/units.h"

namespace dcat {

struct ContainerInfo {
  enum class ContractKind {
    given,      // `contract` ways
    cpu_share,  // the share of the node's CPUs, in ways, rounded down, at least 1
    none,       // lives in the shared region by choice
  };

  ContainerId id;
  ContractKind contract_kind = ContractKind::cpu_share;
  Ways contract;         // with ContractKind::given
  double cpu_share = 0;  // of the node's CPUs, 0..1, with ContractKind::cpu_share; 0 = not known
  int priority = 0;      // greater goes first where there is not enough for all
  bool counted = true;   // false: its hardware counters are left to itself (a guest with a virtual PMU)
  // false: watched and judged, never moved, no part of the plan: somebody else decides about its cache, or its owner
  // asks for mode observe.
  bool managed = true;
  // Its ways are never shared with anybody: not in the shared region, not in a cluster, not by overlapping masks of
  // policies, and no mask of another group overlaps them while masks move.
  bool isolated = false;
  // It was announced with a contract: it has its ways before it runs, in every domain, until it is seen where it runs.
  bool starting = false;
  bool operator==(const ContainerInfo&) const = default;
};

class ContainerSource {
 public:
  virtual ~ContainerSource() = default;
  virtual std::string name() const = 0;  // "cgroups", "sim"
  // Ascending by id.
  virtual Result<std::vector<ContainerInfo>> list() = 0;
  // Somebody may have come or gone since the last list(); costs next to nothing. false where nobody can tell.
  virtual bool has_news() const { return false; }
  // Readable when somebody was announced who should not wait for the next period; -1: nobody announces.
  virtual int news_fd() const { return -1; }
  // What the last list() gave is in force, or cannot be.
  virtual void settled() {}
};

}  // namespace dcat
