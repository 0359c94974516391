#include "controller/shell/contracts.h"

#include <utility>

namespace dcat {

Result<std::vector<ContainerInfo>> ContractedContainers::list() {
  Result<std::vector<ContainerInfo>> found = source_.list();
  if (!found || config_.tenants.empty()) return found;
  std::vector<Ruled> ruled;
  ruled.reserve(found->size());
  auto known = known_.begin();
  for (ContainerInfo& info : *found) {
    while (known != known_.end() && known->id < info.id) ++known;
    const bool seen = known != known_.end() && known->id == info.id;
    const TenantConfig* const tenant = seen ? known->tenant : find_tenant(config_, info.id);
    ruled.push_back({info.id, tenant});
    if (tenant == nullptr) continue;
    info.contract_kind = tenant->contract_kind;
    info.contract = tenant->contract;
    info.priority = tenant->priority;
    info.counted = tenant->counted;
  }
  known_ = std::move(ruled);
  return found;
}

}  // namespace dcat
