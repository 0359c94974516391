// arrange: who shares which number of ways with whom, so that the most is made of them.
//
// Value: what the members of all parts are expected to do, each against its IPC at its contract, by the objective; less
// the price of moving: every way that somebody gets which it had not must be filled anew, so that gains below that are
// left alone. Floors: nobody may be expected below its guarantee, with as much caution as is not known of it; alone at
// its contract and above everybody is safe. One tenant at a time may be looked at: its floor counts without caution.
//
// The search climbs from where things stand (and from the contracts alone) by giving ways, moving a tenant, splitting
// one off, and putting parts together, until nothing gains. Deterministic: ties by position.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "classifier/model/curve.h"
#include "classifier/model/learn.h"
#include "core/parameters.h"
#include "core/units.h"

namespace dcat {

struct Claimant {
  const Curve* curve = nullptr;  // null: it sleeps, and is as well anywhere
  double cycles_per_sec = 0;
  Ways contract;
  double weight = 1;     // of its normalised IPC
  double caution = 1;    // standard errors by which its floor must be kept where that is not known for sure
  double exposure = 0;   // what a change of its phase would cost in a period while it holds nothing of its contract
  bool owed = false;     // its contract, alone, now
  bool alone = false;    // sharing has hurt it in this phase
  int part_before = -1;  // where it is: index into ArrangeQuestion::before; -1: nowhere that counts
  Ways had{};            // and how many ways it may fill there
};

struct Part {
  std::uint64_t members = 0;  // a bit a claimant
  int ways = 0;
  int origin = -1;  // the part before that it goes on
  bool operator==(const Part&) const = default;
};

struct Arrangement {
  std::vector<Part> parts;
  double value = 0;      // expected, per period
  double cost = 0;       // of the moves to it
  bool feasible = true;  // every floor is kept
  bool possible = true;  // within the ways and the CLOSIDs that there are
  int broken = 0;        // floors that are not kept; a contract that is owed and not there counts more than all
};

struct ArrangeQuestion {
  std::vector<Claimant> claimants;  // at most 64
  std::vector<Part> before;
  int ways = 0;
  int least = 1;
  int closids = 1;
  AdaptiveGoal goal = AdaptiveGoal::throughput;
  double floor = 0.95;      // of normalised IPC
  double move_cost = 0;     // of one way to one tenant, in normalised IPC over a period
  double rent = 0;          // of a way over a period, where the shared region could use it
  double worth_moving = 0;  // the value must rise by more than that, or everything stays
};

// Everybody alone with its contract; who is too many for the CLOSIDs shares the sum, whoever is owed nothing first.
Arrangement contracts_alone(const ArrangeQuestion& question);

class Arranger {
 public:
  explicit Arranger(ArrangeQuestion question);
  ~Arranger();
  const ArrangeQuestion& question() const { return question_; }
  // `looked_at`: whose floor counts without caution.
  Arrangement best(std::optional<std::size_t> looked_at = std::nullopt);
  // The same, climbing from there.
  Arrangement better_than(const Arrangement& start, std::size_t looked_at);
  // What a member of a part is expected to have.
  Outlook outlook(const Part& part, std::size_t claimant) const;

 private:
  class Search;
  ArrangeQuestion question_;
  std::unique_ptr<Search> search_;
};

}  // namespace dcat
