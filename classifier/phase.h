// track: which phase a container is in, and what is known about each phase: reference, baseline and performance table.
//
// A phase is a property of the code: its reference is memory accesses per instruction, which does not move with the
// cache's size. A relative change above phase_change_ratio is a new phase, or a known one within phase_match_ratio.
// Where the node has no such counter, LLC references per 1,000 instructions stand in: compared only with a period at
// the same size, and only together with a step in IPC (docs/decisions/0003).
// Source: dCat (EuroSys 2018), section 4.1; matching and stand-in are ours.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "classifier/model/evidence.h"
#include "classifier/state.h"
#include "core/parameters.h"
#include "core/units.h"
#include "perfmon/metrics.h"

namespace dcat {

struct TableEntry {
  Ways ways;
  double normalised_ipc = 0;  // against the phase's baseline: 1.0 at the contract
  double weight = 0;          // periods, capped so that old ones fade
  std::optional<double> llc_refs_per_ki;
  std::optional<double> mpki;
  bool operator==(const TableEntry&) const = default;
};

// Ways -> normalised IPC, ascending by ways.
class PerformanceTable {
 public:
  const TableEntry* find(Ways ways) const;
  void record(Ways ways, double normalised_ipc, std::optional<double> llc_refs_per_ki,
              std::optional<double> mpki = std::nullopt);
  bool empty() const { return entries_.empty(); }
  Ways largest() const { return entries_.empty() ? Ways(0) : entries_.back().ways; }
  // Normalised IPC at any size: measured, linear between measured sizes, and held constant beyond them.
  // REQUIRES: !empty()
  double at(Ways ways) const;
  const std::vector<TableEntry>& entries() const { return entries_; }
  void restore(std::vector<TableEntry> entries) { entries_ = std::move(entries); }
  bool operator==(const PerformanceTable&) const = default;

 private:
  std::vector<TableEntry> entries_;
};

// Where a phase was when it was left (or is, while it lasts).
struct PhaseRecord {
  State state = State::keeper;
  bool idle = false;  // the Donor was idle, not one whose set fits
  Ways ways;
  bool operator==(const PhaseRecord&) const = default;
};

struct Phase {
  int id = 0;
  std::optional<double> reference;     // memory accesses per instruction of its first full period
  std::optional<double> baseline_ipc;  // at exactly the contracted ways
  std::optional<double> baseline_mpki;
  PerformanceTable table;
  std::optional<Ways> preferred;      // the size where growth stopped; set = the phase is mapped
  bool keeps_contract = false;        // it suffered below its contract once: no giving below it again
  bool suffered_sharing = false;      // the guarantee broke while it shared its ways with others
  bool probed = false;                // tried at one way, and it hurt
  std::optional<PhaseRecord> record;  // absent until there is a baseline
  std::uint64_t last_seen = 0;        // period count of the container, for forgetting the oldest
  Evidence evidence{};                // of the policy `adaptive`; else empty
  bool operator==(const Phase&) const = default;
};

enum class PhaseEvent : std::uint8_t { none, new_phase, known_phase, contradicted };
std::string_view name_of(PhaseEvent event);

struct PhaseState {
  std::vector<Phase> phases;  // at least one after the first period
  std::size_t present = 0;    // index into phases
  int next_id = 1;
  bool reference_due = true;       // the next valid period is the phase's first full one
  bool on_trial = false;           // the baseline was restored and no period has confirmed it yet
  int contradictions = 0;          // in a row, while on trial
  std::uint64_t periods = 0;       // valid ones
  std::optional<double> last_ipc;  // of the last valid period at `last_ways`, for the stand-in's second witness
  std::optional<double> last_llc_refs_per_ki;
  Ways last_ways;
  bool operator==(const PhaseState&) const = default;

  // REQUIRES: phases is not empty.
  Phase& now() { return phases[present]; }
  const Phase& now() const { return phases[present]; }
};

struct TrackResult {
  PhaseState phases;
  PhaseEvent event = PhaseEvent::none;
};

// What was learned in an earlier life: the first valid period is matched with these phases as one after a change is,
// and what comes back is on trial. Where there are too many, the oldest are left out. REQUIRES: each phase has a
// baseline, a record and an id below next_id, and was last seen in a period up to `periods`.
PhaseState recall_phases(std::vector<Phase> known, int next_id, std::uint64_t periods, const Parameters& parameters);

// `ways`: in force during the period; `exclusive`: nobody else could fill them. REQUIRES: metrics.valid().
TrackResult track(PhaseState state, const Metrics& metrics, Ways ways, bool exclusive, const Parameters& parameters);

}  // namespace dcat
