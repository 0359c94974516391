// The configuration's rules, applied to the containers that a source finds: the first rule that is for a container
// gives its contract, its priority and whether it is counted. Whom a rule is for is asked once in a container's life;
// what is remembered is of the containers of the last list only.
#pragma once

#include <string>
#include <vector>

#include "controller/config/config.h"
#include "perfmon/container_source.h"

namespace dcat {

class ContractedContainers : public ContainerSource {
 public:
  // REQUIRES: `source` and `config` outlive this, and the configuration's tenants stay as they are.
  ContractedContainers(ContainerSource& source, const Config& config) : source_(source), config_(config) {}
  std::string name() const override { return source_.name(); }
  Result<std::vector<ContainerInfo>> list() override;
  bool has_news() const override { return source_.has_news(); }

 private:
  struct Ruled {
    ContainerId id;
    const TenantConfig* tenant = nullptr;  // null: no rule
  };

  ContainerSource& source_;
  const Config& config_;
  std::vector<Ruled> known_;  // of the last list, ascending
};

}  // namespace dcat
