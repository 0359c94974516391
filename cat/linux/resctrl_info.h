// What a resctrl file system says it can do: info/ and the default group's schemata and size. Facts of the node.
// Source: Linux Documentation/arch/x86/resctrl.rst, "Info directory".
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cat/cbm.h"
#include "cat/linux/resctrl_files.h"
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

  bool operator==(const ResctrlInfo&) const = default;
};

// unsupported: this resctrl has no L3 allocation.
Result<ResctrlInfo> read_resctrl_info(const ResctrlFiles& files);

// The L3 masks of a group ("" is the default group), ascending by domain; with CDP the ways that code or data may fill.
Result<std::vector<std::pair<DomainId, Cbm>>> read_group_masks(const ResctrlFiles& files, const ResctrlInfo& info,
                                                               const std::string& group);

}  // namespace dcat
