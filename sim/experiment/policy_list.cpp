#include "sim/experiment/policy_list.h"

#include <algorithm>
#include <sstream>

#include "controller/policies/policy.h"

namespace dcat::sim {

std::vector<std::string> simulated_policies() {
  std::vector<std::string> names;
  for (const std::string_view name : policy_names()) names.emplace_back(name);
  const auto after_fixed = std::find(names.begin(), names.end(), "static") + 1;
  names.insert(after_fixed, {std::string(kDcatFair), std::string(kDcatMax), std::string(kAdaptive)});
  names.emplace_back(kOracle);
  names.emplace_back(kOracleClusters);
  return names;
}

Result<std::vector<std::string>> parse_policies(const std::string& list) {
  const std::vector<std::string> known = simulated_policies();
  std::vector<std::string> chosen;
  const auto add = [&](const std::string& name) {
    if (std::find(chosen.begin(), chosen.end(), name) == chosen.end()) chosen.push_back(name);
  };
  std::istringstream names(list);
  for (std::string name; std::getline(names, name, ',');) {
    if (name == "all") {
      for (const std::string& each : known)
        if (each != kOracleClusters) add(each);
      continue;
    }
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      std::string all;
      for (const std::string& each : known) all += each + ", ";
      return Error{ErrorCode::bad_input, "--policy", "there is no policy '" + name + "'", "choose of " + all + "or all",
                   0};
    }
    add(name);
  }
  if (chosen.empty()) return Error{ErrorCode::bad_input, "--policy", "no policy is named", "name some, or all", 0};
  return chosen;
}

}  // namespace dcat::sim
