// The sums of containers that are not watched any more, kept for some readings: one that is made anew under its name
// goes on where it was, so that nobody takes the difference of two containers for what one of them did.
#pragma once

#include <iterator>
#include <map>
#include <utility>

#include "core/ids.h"
#include "perfmon/linux/turns.h"

namespace dcat {

class KeptTotals {
 public:
  using Totals = std::map<DomainId, DomainTotals>;
  static constexpr int kReads = 12;  // more than a period of sub-samples has

  void keep(const ContainerId& container, Totals totals) { kept_[container] = {std::move(totals), kReads}; }
  // Empty where nothing is kept.
  Totals take(const ContainerId& container) {
    const auto at = kept_.find(container);
    if (at == kept_.end()) return {};
    Totals totals = std::move(at->second.first);
    kept_.erase(at);
    return totals;
  }
  void a_read_has_passed() {
    for (auto at = kept_.begin(); at != kept_.end();) at = --at->second.second <= 0 ? kept_.erase(at) : std::next(at);
  }
  std::size_t size() const { return kept_.size(); }

 private:
  std::map<ContainerId, std::pair<Totals, int>> kept_;  // and the readings left
};

}  // namespace dcat
