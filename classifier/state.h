// The six states of a container (dCat, EuroSys 2018, section 4) and the words that explain a decision.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/units.h"

namespace dcat {

enum class State : std::uint8_t {
  reclaim,    // its contract, now: after admission, a new phase, a broken guarantee, or when it wakes
  keeper,     // less would hurt, more does not help: hold
  unknown,    // misses much, and nobody knows yet whether more helps: one way a period, before any Receiver
  receiver,   // more helps: one way a period while it does
  donor,      // less does not hurt: gives back (idle: all but one at once; fits: one a period)
  streaming,  // misses on everything at any size: one way
};
std::string_view name_of(State state);

// What a container asks of the plan.
enum class DemandKind : std::uint8_t {
  hold,      // what it has
  contract,  // its contract, with Reclaim's priority
  restore,   // the size it is known to need in this phase: up to the contract as Reclaim, beyond it from the pool
  give,      // down to `ways`
  grow,      // one way more, if there is one
};
std::string_view name_of(DemandKind kind);

struct Demand {
  DemandKind kind = DemandKind::hold;
  Ways ways;  // the size asked for, with contract, restore and give
  bool operator==(const Demand&) const = default;
};

enum class ReasonCode : std::uint8_t {
  admitted,                // it has just come: contract
  refused,                 // contracts exceed the domain: it runs in the shared region
  no_closid,               // no CLOSID for a partition: it runs in the shared region
  shared_by_choice,        // no contract wanted
  absent,                  // the period cannot be judged: state and ways hold
  away,                    // it runs in other domains only
  new_phase,               // memory accesses per instruction left the phase's: contract
  known_phase,             // a phase seen before: its recorded size
  baseline_contradicted,   // the restored baseline does not hold any more: contract
  waiting_for_contract,    // it does not have its contract yet
  baseline_stored,         // a full period at the contract
  contract_restored,       // back at its contract after a broken guarantee, a probe or sleep
  guarantee,               // below contract, slower than its baseline, and it misses more: contract
  non_cache_interference,  // slower than its baseline without a miss more: nothing moves
  idle,                    // hardly any LLC references
  woke,                    // references are back: contract
  fits,                    // few misses: gives a way
  fits_held,               // few misses, but the next way down is known or promised to be needed
  above_band,              // misses enough to keep what it has
  wants_more,              // misses much and is not mapped
  gained,                  // the last way paid
  gained_cumulative,       // the ways since the contract paid together
  searching,               // the last way did not pay, not enough tried yet
  gain_too_small,          // the last way did not pay: stop here
  misses_gone,             // miss ratio below the threshold: stop here
  no_gain_streaming,       // streaming_factor x contract without a gain
  cumulative_keeper,       // streaming_factor x contract, gained something on the way: stop here
  waiting_for_way,         // wants a way, none has come
  probing,                 // at one way for one period
  probe_unhurt,            // the probe cost nothing: Streaming
  probe_hurt,              // the probe hurt: contract back
  taken,                   // ways went to whom they are owed, or who gains more
  taken_back,              // holds less than it is known to need
  streams,                 // still Streaming
  holds,                   // nothing to do
  shares_group,            // shares its ways with others: too few CLOSIDs
  by_policy,               // what another policy than dCat gives it
  looked_at,               // that policy needs its curve: it is looked at with this size alone
  others_looked_at,        // shares what is left meanwhile
  observed_only,           // not managed: somebody else decides, or its owner only wants it watched
  isolated,                // its contract, in ways of its own, apart from what the policy divides
  isolation_no_contract,   // isolation wanted and no contract: there are no ways that could be kept for it
  isolation_no_room,       // isolation wanted, and its contract does not fit: it runs in the shared region
  isolation_no_closid,     // isolation wanted, and too few CLOSIDs: it shares its ways
  // Of the policy `adaptive`. `value` is the normalised IPC that is expected of what it has from now on.
  contract_first,    // what the contract gives in this phase must be seen before anything else is tried
  keeps_contract,    // less, or sharing, has hurt it in this phase
  gains_by_more,     // more than its contract
  needs_less,        // less than its contract, alone: the rest does nothing for it
  streams_apart,     // without a contract: it streams, in a partition of those that do
  fits_with_others,  // shares ways with others
};
std::string_view name_of(ReasonCode code);

// Why, with the numbers that decided. Absent numbers played no part.
struct Reason {
  ReasonCode code = ReasonCode::holds;
  std::optional<double> normalised_ipc;   // against the phase's baseline
  std::optional<double> gain;             // IPC / IPC at the size before - 1
  std::optional<double> cumulative_gain;  // IPC / baseline - 1
  std::optional<double> value;            // what was compared ...
  std::optional<double> threshold;        // ... with what
  std::optional<double> ways;             // that it is expected to hold of those that it shares
  bool operator==(const Reason&) const = default;
};

}  // namespace dcat
