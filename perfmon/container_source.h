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
  bool operator==(const ContainerInfo&) const = default;
};

class ContainerSource {
 public:
  virtual ~ContainerSource() = default;
  virtual std::string name() const = 0;  // "cgroups", "sim"
  // Ascending by id.
  virtual Result<std::vector<ContainerInfo>> list() = 0;
};

}  // namespace dcat
