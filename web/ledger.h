// Ledger: what metrics remember of the node between decisions, and how a decision becomes a Snapshot. Of who is not
// listed any more nothing is kept, so that the series of gone containers go with them.
//
// A guarantee is violated in a period after which a container gets its contract back because it had less, ran slower
// than its baseline and missed more (ReasonCode::guarantee). Foreign writes are found as the loop finds them
// (damage() of controller/shell/repairs.h).
// Thread safety: none; it belongs to the loop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "controller/observation.h"
#include "controller/shell/announcements.h"
#include "web/snapshot.h"

namespace dcat::web {

class Ledger {
 public:
  // `announcements` may be null: nobody announces. REQUIRES: it outlives this.
  explicit Ledger(const Announcements* announcements = nullptr) : announcements_(announcements) {}

  // Everything but `facts`, `unix_seconds`, `faults` and what the back end alone knows of CLOSIDs.
  Snapshot enter(const Observation& observation, const Decision& decision, Mode mode);
  void applied(const Change& change);
  // A change of ours failed: what differs at the next look is not somebody else's doing.
  void lost_track() { expected_.reset(); }

 private:
  struct InDomain {
    DomainId domain;
    std::optional<Sample> last;
    Totals totals;
  };
  struct Known {
    std::shared_ptr<const Workload> workload;
    std::vector<InDomain> domains;
    std::uint64_t seen = 0;  // the number of the last entry that listed it
  };

  void identify_all(const Observation& observation, Snapshot& out);
  void count_all(const Observation& observation);
  void count_decided(const Decision& decision, Mode mode);
  void look_for_foreign_writes(const Observation& observation, Mode mode);
  Known& known(const ContainerId& id) { return known_[id.value]; }

  const Announcements* announcements_;
  std::unordered_map<std::string, Known> known_;
  std::vector<Known*> listed_;  // of this entry, in the observation's order
  std::uint64_t generation_ = 0;
  std::uint64_t entries_ = 0;
  NodeTotals totals_;
  std::optional<Masks> expected_;  // in force now, if nobody else writes
  Geometry geometry_;              // that they were read with
};

}  // namespace dcat::web
