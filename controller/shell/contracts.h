// The configuration's tenants, applied to the containers that a source finds: the first rule whose name matches gives
// the contract.
#pragma once

#include <string>
#include <vector>

#include "controller/config/config.h"
#include "perfmon/container_source.h"

namespace dcat {

class ContractedContainers : public ContainerSource {
 public:
  // REQUIRES: `source` outlives this.
  ContractedContainers(ContainerSource& source, const Config& config) : source_(source), config_(config) {}
  std::string name() const override { return source_.name(); }
  Result<std::vector<ContainerInfo>> list() override;

 private:
  ContainerSource& source_;
  const Config& config_;
};

}  // namespace dcat
