#include "emulator/rmids.h"

#include <cerrno>
#include <utility>

namespace dcat::emulator {

Rmids::Rmids(int rmids, Kernel kernel, Occupancy occupancy) : kernel_(kernel), occupancy_(std::move(occupancy)) {
  // RMID 0 is the default group's and never free.
  for (int rmid = 1; rmid < rmids; ++rmid) free_.push_back(rmid);
}

Parsed<int> Rmids::take() {
  if (free_.empty()) return {limbo_.empty() ? ENOSPC : EBUSY, 0};
  const int rmid = free_.front();
  free_.pop_front();
  return {0, rmid};
}

void Rmids::give_back(int rmid, const std::vector<DomainId>& domains, std::uint64_t threshold_bytes) {
  if (rmid == 0) return;
  std::set<DomainId> dirty(domains.begin(), domains.end());
  if (kernel_ == Kernel::linux_6_1 && !domains.empty()) {
    const auto bytes = occupancy_(rmid, domains.front());
    if (!bytes || *bytes <= threshold_bytes) dirty.erase(domains.front());
  }
  if (dirty.empty()) {
    free_.push_back(rmid);
  } else {
    limbo_[rmid] = std::move(dirty);
  }
}

void Rmids::check_limbo(const std::vector<DomainId>& domains, std::uint64_t threshold_bytes) {
  for (const DomainId domain : domains) {
    std::vector<int> clean_now;
    for (const auto& [rmid, dirty] : limbo_) {
      if (!dirty.contains(domain)) continue;
      const auto bytes = occupancy_(rmid, domain);
      if (bytes && *bytes < threshold_bytes) clean_now.push_back(rmid);
    }
    for (const int rmid : clean_now) clean(rmid, domain);
  }
}

void Rmids::forget(DomainId domain) {
  std::vector<int> there;
  for (const auto& [rmid, dirty] : limbo_) {
    if (dirty.contains(domain)) there.push_back(rmid);
  }
  for (const int rmid : there) clean(rmid, domain);
}

void Rmids::clean(int rmid, DomainId domain) {
  const auto it = limbo_.find(rmid);
  it->second.erase(domain);
  if (!it->second.empty()) return;
  limbo_.erase(it);
  free_.push_back(rmid);
}

}  // namespace dcat::emulator
