// What a resctrl file system says it can do: info/ and the default group's schemata and size. Facts of the node.
// Source: Linux Documentation/arch/x86/resctrl.rst, "Info directory".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cat/cbm.h"
#include "cat/linux/resctrl_files.h"
#include "cat/throttle.h"
#include "core/ids.h"
#include "core/result.h"
#include "core/units.h"

namespace dcat {

struct ResctrlInfo {
  bool cdp = false;  // code and data prioritisation: L3CODE and L3DATA in the place of L3
  Cbm cbm_mask;
  Cbm shareable;
  Ways min_cbm_bits{1};
  bool empty_masks = false;        // min_cbm_bits is 0: a group may have no way at all
  bool sparse = false;             // sparse_masks: masks need not be contiguous; dCat's are all the same
  int closids = 1;                 // the smallest num_closids of all resources, the default group's included
  int rmids = 0;                   // 0: no monitoring
  bool occupancy = false;          // mon_features has llc_occupancy
  bool bandwidth = false;          // and mbm_total_bytes
  std::uint64_t way_bytes = 0;     // 0 = not known
  std::vector<DomainId> domains;   // ascending, with gaps
  std::vector<std::string> lines;  // the schemata lines that hold L3 masks: {"L3"} or {"L3CODE", "L3DATA"}

  // Memory bandwidth allocation in percent, with domains that are the L3's. Absent: `why_no_throttles` says why; that
  // is empty where the machine has none at all.
  std::optional<ThrottleSteps> throttles;
  std::string why_no_throttles;
  int throttle_closids = 0;  // num_closids of MB; 0: it has none

  bool operator==(const ResctrlInfo&) const = default;
};

// unsupported: this resctrl has no L3 allocation.
Result<ResctrlInfo> read_resctrl_info(const ResctrlFiles& files);

// A group's lines of its schemata, ascending by domain.
struct GroupSchemata {
  std::vector<std::pair<DomainId, Cbm>> masks;  // of the L3; with CDP the ways that code or data may fill
  std::vector<std::pair<DomainId, std::uint32_t>> bandwidths;  // the MB line as it stands; empty: there is none
};
Result<GroupSchemata> read_group_schemata(const ResctrlFiles& files, const ResctrlInfo& info, const std::string& group);

// MB values that are no percentages: of a file system mounted with mba_MBps, or of AMD's machines.
bool beyond_percent(const std::vector<std::pair<DomainId, std::uint32_t>>& bandwidths);
inline constexpr const char* kNotInPercent = "its limits are amounts (mounted with mba_MBps?), not percentages";

// The L3 masks of a group ("" is the default group), ascending by domain; with CDP the ways that code or data may fill.
Result<std::vector<std::pair<DomainId, Cbm>>> read_group_masks(const ResctrlFiles& files, const ResctrlInfo& info,
                                                               const std::string& group);

}  // namespace dcat
