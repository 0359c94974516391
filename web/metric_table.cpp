#include "web/metric_table.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace dcat::web {

namespace {

using enum MetricType;

constexpr std::array kTable{
    MetricText{"dcat_applied_changes_total", counter, "", "Changes of groups, masks and members that were applied"},
    MetricText{"dcat_build_info", gauge, "version,backend,counters,simulated",
               "1: which dCat this is, where it allocates and counts, and whether what it sees is simulated"},
    MetricText{
        "dcat_closids", gauge, "state",
        "CLOSIDs of the machine that are used by dCat, free for it, or foreign; foreign is absent where the back "
        "end cannot tell"},
    MetricText{"dcat_counting_faults_total", counter, "fault",
               "Windows of a container on a CPU that were left out because what was counted cannot be true"},
    MetricText{"dcat_decisions_total", counter, "", "Decisions, those between two periods included"},
    MetricText{"dcat_domain_free_ways", gauge, "cache_id", "Ways of the shared region that nobody has earned"},
    MetricText{"dcat_domain_shared_ways", gauge, "cache_id", "Ways of the shared region, free ones included"},
    MetricText{"dcat_domain_ways", gauge, "cache_id", "Ways of an L3 that dCat may hand out"},
    MetricText{"dcat_foreign_groups", gauge, "", "resctrl groups that are not dCat's"},
    MetricText{"dcat_foreign_writes_total", counter, "", "Periods in which somebody else had changed what is dCat's"},
    MetricText{"dcat_guarantee_violations_total", counter, "",
               "Periods of a container in an L3 after which it got its contract back: with less it was slower than its "
               "baseline"},
    MetricText{"dcat_hook_events_total", counter, "source,result",
               "What hooks (socket) and the container runtime (nri) announced, and whether it was taken or refused"},
    MetricText{"dcat_last_beat_timestamp_seconds", gauge, "", "When the control loop last showed that it is alive"},
    MetricText{"dcat_last_decision_timestamp_seconds", gauge, "", "When the last decision was made"},
    MetricText{"dcat_mode", gauge, "mode", "1: the mode that the node is in, 0: another one"},
    MetricText{"dcat_mode_changes_total", counter, "to",
               "Changes of the node's mode while it ran, by itself or by order"},
    MetricText{"dcat_node_info", gauge, "node,policy,simulated", "1: the node, as people call it, and the policy"},
    MetricText{"dcat_nri_connected", gauge, "", "1: connected to the container runtime's NRI; absent where it is off"},
    MetricText{"dcat_period_seconds", gauge, "", "The control period"},
    MetricText{"dcat_reallocations_total", counter, "reason",
               "Changes of a container's ways in an L3 while allocations were enforced"},
    MetricText{"dcat_refused_decisions_total", counter, "",
               "Decisions whose plan was not legal: masks stayed as they were"},
    MetricText{"dcat_resctrl_errors_total", counter, "op,errno", "Changes that could not be applied"},
    MetricText{"dcat_tick_duration_seconds", histogram, "",
               "How long a period took from its last reading to its last change"},
    MetricText{"dcat_troubles_total", counter, "code",
               "What could not be read, watched or applied: unsupported, failed or bad_input"},
    MetricText{"dcat_ways_moved_total", counter, "",
               "Ways that containers got or gave while allocations were enforced"},
    MetricText{"dcat_workload_allocated_ways", gauge, "W",
               "Ways granted; of who has none of its own those of the region it shares"},
    MetricText{"dcat_workload_baseline_ipc_ratio", gauge, "W",
               "IPC over the IPC at the contract in this phase; absent until that was measured"},
    MetricText{"dcat_workload_contract_ways", gauge, "W", "Ways of the contract; 0: none"},
    MetricText{"dcat_workload_cycles_total", counter, "W", "Unhalted core cycles"},
    MetricText{"dcat_workload_dedicated", gauge, "W",
               "1: its ways are its own or its cluster's, 0: the shared region's"},
    MetricText{"dcat_workload_guarantee_violations_total", counter, "W",
               "Periods after which it got its contract back: with less it was slower than its baseline"},
    MetricText{"dcat_workload_instructions_total", counter, "W", "Retired instructions"},
    MetricText{"dcat_workload_llc_misses_total", counter, "W", "LLC references that missed"},
    MetricText{"dcat_workload_llc_occupancy_bytes", gauge, "W", "What it holds of the L3, where the node measures it"},
    MetricText{"dcat_workload_llc_references_total", counter, "W", "References to the LLC"},
    MetricText{"dcat_workload_mask_info", gauge, "W,class,mask",
               "1: the resctrl group it is in, and that group's ways"},
    MetricText{"dcat_workload_memory_accesses_total", counter, "W", "Memory accesses (L1 data loads)"},
    MetricText{"dcat_workload_memory_bandwidth_bytes_total", counter, "W,scope",
               "Bytes moved to and from memory, where the node measures them"},
    MetricText{"dcat_workload_perf_running_ratio", gauge, "W",
               "Of the time that it ran, how much its events were on counters"},
    MetricText{"dcat_workload_state", gauge, "W,state", "1: the state it is in, 0: another one"},
    MetricText{"dcat_workloads", gauge, "", "Containers and VMs on the node that are controlled or watched"},
    MetricText{"dcat_workloads_left_out", gauge, "", "Of these, how many have no series because there are too many"},
};
static_assert(std::ranges::is_sorted(kTable, {}, &MetricText::name));

}  // namespace

std::span<const MetricText> metric_table() {
  return kTable;
}

const MetricText& metric(std::string_view name) {
  const auto found = std::ranges::lower_bound(kTable, name, {}, &MetricText::name);
  assert(found != kTable.end() && found->name == name);
  return *found;
}

std::string_view name_of(MetricType type) {
  switch (type) {
    case counter: return "counter";
    case gauge: return "gauge";
    case histogram: return "histogram";
  }
  return "";
}

}  // namespace dcat::web
