#include <array>

#include "controller/policies/aimd.h"
#include "controller/policies/cacheman.h"
#include "controller/policies/dunn.h"
#include "controller/policies/fixed.h"
#include "controller/policies/kpart.h"
#include "controller/policies/lfoc.h"
#include "controller/policies/policy.h"
#include "controller/policies/ucp.h"

namespace dcat {
namespace {

template <class P>
std::unique_ptr<Policy> make() {
  return std::make_unique<P>();
}

struct Named {
  std::string_view name;
  std::unique_ptr<Policy> (*make)();
};

constexpr std::array<Named, 8> kPolicies{{
    {"shared", make<SharedPolicy>},
    {"static", make<StaticPolicy>},
    {"ucp", make<UcpPolicy>},
    {"dunn", make<DunnPolicy>},
    {"lfoc", make<LfocPolicy>},
    {"kpart", make<KpartPolicy>},
    {"cacheman", make<CachemanPolicy>},
    {"aimd", make<AimdPolicy>},
}};

}  // namespace

std::vector<std::string_view> policy_names() {
  std::vector<std::string_view> names;
  for (const Named& policy : kPolicies) names.push_back(policy.name);
  return names;
}

std::unique_ptr<Policy> make_policy(std::string_view name) {
  for (const Named& policy : kPolicies)
    if (policy.name == name) return policy.make();
  return nullptr;
}

}  // namespace dcat
