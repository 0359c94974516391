// What one configuration comes to on the inputs of an experiment, and which of them are kept back.
//
// Cases are runs: an input with the seed it has, or with another one. Held back are whole inputs, chosen by a seeded
// shuffle; of a single input other runs, with other phases and noise (measured noise where it has none, for without any
// the other run would be the same one).
//   Properties of the split: every input is in one part exactly; both parts have one, unless nothing is to be held
//   back; it depends on the number of inputs, the ratio and the seed alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "sim/sweep/job.h"
#include "sim/tune/search.h"

namespace dcat::sim {

struct Case {
  std::size_t input = 0;    // of mixes or scenarios
  std::uint64_t rerun = 0;  // 0: the input's own seed; else added to it
  bool operator==(const Case&) const = default;
};

struct Split {
  std::vector<Case> training;  // ascending
  std::vector<Case> held_back;
  bool reruns = false;  // what is held back are other runs of the one input
  bool operator==(const Split&) const = default;
};

// REQUIRES: inputs > 0; 0 <= ratio < 1; 0 holds nothing back.
Split hold_back(std::size_t inputs, double ratio, std::uint64_t seed);

// Of one run, or of several: the first three are means over runs, the others sums.
struct Measure {
  double normalised_ipc = 0;  // sum over tenants, mean over periods
  double stp = 0;
  double unfairness = 0;
  std::uint64_t violations = 0;      // tenant-periods below 1 - tolerance of the contract's IPC
  std::uint64_t tenant_periods = 0;  // in which a tenant with a contract ran
  std::uint64_t moved_ways = 0;
  bool operator==(const Measure&) const = default;

  double violations_per_1000() const;
};

// In this order, so that sums are the same whoever ran what. REQUIRES: not empty.
Measure together(const std::vector<Measure>& runs);

double objective_value(const Measure& measure, Objective objective);
Score score_of(const Measure& measure, Objective objective);

// The input's own configuration: the command's, and what its scenario says of it.
const Config& config_of(const Experiment& experiment, std::size_t input);
std::size_t inputs_of(const Experiment& experiment);
std::string input_name(const Experiment& experiment, std::size_t input);

// Runs it. `parameters`: all of them. Errors: those of run_over_time, with the input's name.
Result<Measure> measure(const Experiment& experiment, const Case& which, const std::string& policy,
                        const Parameters& parameters);

}  // namespace dcat::sim
