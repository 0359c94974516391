// Advisor: what each container would gain or lose with other ways, before anybody moves them ("would benefit"), and
// from what that is known. Pure.
//
// Sources, the first that tells goes:
//   table      the performance table of its present phase, learned under enforce in this run or an earlier one
//   curve      a curve that was measured elsewhere and is named for it by a rule of the configuration: its shape is
//   taken,
//              its figures are against the contract
//   occupancy  its IPC against the cache that it held in this phase, as neighbours came and went: needs the node's
//              occupancy counters, two sizes at least a way apart and kFewest periods at each
// Otherwise it is not known: it was never seen at another size.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/advice/ipc_curve.h"
#include "controller/decision.h"
#include "controller/observation.h"
#include "controller/step.h"
#include "core/parameters.h"

namespace dcat {

enum class AdviceSource : std::uint8_t { unknown, table, curve, occupancy };
std::string_view name_of(AdviceSource source);

struct Advice {
  AdviceSource source = AdviceSource::unknown;
  std::string curve;  // its name, with AdviceSource::curve
  // Nothing below is meaningful with AdviceSource::unknown.
  Ways wants;                     // the fewest ways with all that it is known to gain, but table_loss_ratio of it
  double gain = 0;                // IPC with them / IPC now - 1
  bool against_contract = false;  // / IPC at its contract instead: the IPC now is not known in the source's terms
  // The same for the ways that the plan gives it; absent: it was never seen with so few.
  std::optional<double> planned_gain;
  double seen_least = 0, seen_most = 0;  // sizes that the source knows, in ways
  bool operator==(const Advice&) const = default;
};

struct AdviceRow {
  std::uint32_t container = 0;  // index into Observation::containers
  DomainId domain;
  Advice advice;
  bool operator==(const AdviceRow&) const = default;
};

struct NamedCurve {
  std::string name;
  IpcCurve curve;  // in ways of the cache that it is asked for
};
// The curve that is named for this container, on a cache of so many ways; null: none is.
using CurveOf = std::function<const NamedCurve*(const ContainerInfo& container, Ways cache_ways)>;

class Advisor {
 public:
  static constexpr int kFewest = 5;  // periods at a size before its IPC counts; ours

  explicit Advisor(CurveOf curve_of = {}) : curve_of_(std::move(curve_of)) {}

  // One period: learns from it, and says what is known of each container that counts in a domain, in the decision's
  // order. REQUIRES: decision and state are what step made of the observation.
  std::vector<AdviceRow> look(const Observation& observation, const Decision& decision, const ControllerState& state,
                              const Parameters& parameters);

 private:
  struct Seen {
    double ipc = 0;  // mean
    int periods = 0;
  };
  struct Held {
    int phase = 0;                    // that `at` is of; 0: nobody tracks its phases,
    std::optional<double> reference;  // and this was memory accesses per instruction at first
    std::map<int, Seen> at;           // size in ways, rounded
  };

  void learn(const ContainerId& container, DomainId domain, const ContainerDecision& row, std::uint64_t way_bytes,
             double phase_change_ratio);
  IpcCurve held_curve(const ContainerId& container, DomainId domain) const;
  Advice advise(const ContainerInfo& info, DomainId domain, const ContainerDecision& row, const TenantState* tenant,
                Ways cache_ways, const Parameters& parameters) const;

  CurveOf curve_of_;
  std::map<ContainerId, std::map<DomainId, Held>> held_;  // of containers of the last look that were seen to hold any
};

}  // namespace dcat
