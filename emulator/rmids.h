// RMIDs of the machine: free ones are taken least recently used first; a freed one may still have lines in the caches
// and waits in limbo until they are gone.
//
// Property: every RMID but 0 is in exactly one of three places: free, taken, in limbo.
// Source: Linux arch/x86/kernel/cpu/resctrl/monitor.c. An RMID that is given back is held busy in every domain without
// a look (6.12), or in every domain but the one of the CPU that gives it back, where the occupancy is read at once
// (6.1; that CPU is taken to be in the first domain). The look that frees it wants an occupancy below the threshold.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/ids.h"
#include "emulator/kernel_text.h"
#include "emulator/machine.h"

namespace dcat::emulator {

class Rmids {
 public:
  using Occupancy = std::function<std::optional<std::uint64_t>(int rmid, DomainId domain)>;

  Rmids(int rmids, Kernel kernel, Occupancy occupancy);
  // EBUSY: none is free, but some are in limbo; ENOSPC: all are taken.
  Parsed<int> take();
  void give_back(int rmid, const std::vector<DomainId>& domains, std::uint64_t threshold_bytes);
  void check_limbo(const std::vector<DomainId>& domains, std::uint64_t threshold_bytes);
  // The domain is gone: what was dirty there is not looked at any more.
  void forget(DomainId domain);
  int free() const { return static_cast<int>(free_.size()); }
  int in_limbo() const { return static_cast<int>(limbo_.size()); }

 private:
  void clean(int rmid, DomainId domain);

  Kernel kernel_;
  Occupancy occupancy_;
  std::list<int> free_;
  std::map<int, std::set<DomainId>> limbo_;  // and where each may still have lines
};

}  // namespace dcat::emulator
