// The policies of the simulator by name: the core's own (dcat-fair, dcat-max, adaptive), those of controller/policies
// and the oracles.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace dcat::sim {

inline constexpr std::string_view kDcatFair = "dcat-fair";
inline constexpr std::string_view kDcatMax = "dcat-max";
inline constexpr std::string_view kAdaptive = "adaptive";
inline constexpr std::string_view kOracle = "oracle";
inline constexpr std::string_view kOracleClusters = "oracle-clusters";

// shared, static, dcat-fair, dcat-max, adaptive, ucp, dunn, lfoc, kpart, cacheman, aimd, oracle, oracle-clusters.
std::vector<std::string> simulated_policies();

// Names separated by commas; `all` is every one but oracle-clusters. Each once, in the order given. Error: bad_input.
Result<std::vector<std::string>> parse_policies(const std::string& list);

// Decides by counters, from the core's own state of each tenant; runs as the daemon does.
inline bool is_of_core(std::string_view policy) {
  return policy == kDcatFair || policy == kDcatMax || policy == kAdaptive;
}
inline bool is_oracle(std::string_view policy) {
  return policy == kOracle || policy == kOracleClusters;
}

}  // namespace dcat::sim
