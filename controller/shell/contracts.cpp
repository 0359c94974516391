#include "controller/shell/contracts.h"

namespace dcat {

Result<std::vector<ContainerInfo>> ContractedContainers::list() {
  Result<std::vector<ContainerInfo>> found = source_.list();
  if (!found) return found;
  for (ContainerInfo& info : *found) {
    const TenantConfig* tenant = find_tenant(config_, info.id);
    if (tenant == nullptr) continue;
    info.contract_kind = tenant->contract_kind;
    info.contract = tenant->contract;
  }
  return found;
}

}  // namespace dcat
