// Answers of the oracle by what runs, so that a configuration is solved once however often it comes back.
#pragma once

#include <compare>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "sim/experiment/oracle_call.h"
#include "sim/oracle/oracle.h"

namespace dcat::sim {

class OracleMemo {
 public:
  // Who runs what: (tenant, phase), ascending by tenant.
  using Key = std::vector<std::pair<std::size_t, std::size_t>>;

  // Asks where the key is new. Thread-safe; two threads may solve the same key at a time. What a limit cut short is the
  // answer from then on; an error is not remembered.
  Result<OracleAnswer> ask(const Key& key, DomainId domain, const SteadyNode& node, const OracleQuestion& question,
                           const SearchLimits& limits = {});

 private:
  struct Id {
    Key key;
    DomainId domain;
    Objective objective;
    bool clusters;
    bool overlaps;
    std::optional<double> floor_tolerance;
    std::partial_ordering operator<=>(const Id&) const = default;
  };
  std::mutex mutex_;
  std::map<Id, OracleAnswer> answers_;
};

}  // namespace dcat::sim
