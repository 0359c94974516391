// What the machine's cache allocation can do: facts of the node, never choices.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cat/cbm.h"
#include "cat/throttle.h"
#include "core/ids.h"
#include "core/units.h"

namespace dcat {

struct DomainGeometry {
  DomainId id;
  // The ways that dCat may hand out: one contiguous run of cbm_mask, less what foreign groups hold for themselves.
  Cbm available;
  // Ways that I/O devices can fill too (info/L3/shareable_bits); the shared region is laid over them first.
  Cbm shareable;
  // Least number of ways in a mask (info/L3/min_cbm_bits), at least 1.
  Ways min_cbm_bits{1};
  // Sets of ways that the machine only takes together (some Xeons read 0x400 back as 0x600). They stay in the
  // shared region. Each set lies at the end of `available` where the shareable ways are.
  std::vector<Cbm> tied;
  // True where nobody needs the shared region to be a legal mask (a simulated node, or min_cbm_bits 0 machines);
  // elsewhere it keeps at least min_cbm_bits ways.
  bool shared_may_be_empty = false;
  std::uint64_t way_bytes = 0;               // capacity of one way; 0 = not known
  std::optional<ThrottleSteps> throttles{};  // of memory bandwidth; absent: this node has no MBA in percent

  bool operator==(const DomainGeometry&) const = default;
  Ways ways() const { return available.size(); }
};

struct Geometry {
  std::vector<DomainGeometry> domains;  // ascending by id, ids have gaps
  // CLOSes that dCat may use, the default group's (the shared region's) included; foreign groups' are not.
  int closids = 1;

  bool operator==(const Geometry&) const = default;
  const DomainGeometry* find(DomainId id) const {
    for (const DomainGeometry& d : domains)
      if (d.id == id) return &d;
    return nullptr;
  }
};

}  // namespace dcat
