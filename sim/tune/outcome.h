// What a search came to: the present configuration against the best one found, on the part that was searched and on the
// part that was held back, and whether the second confirms the first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controller/config/config.h"
#include "sim/tune/measure.h"
#include "sim/tune/parameter.h"
#include "sim/tune/search.h"

namespace dcat::sim {

struct Part {
  std::vector<Case> cases;
  std::vector<Measure> present;  // as cases
  std::vector<Measure> tuned;    // as cases
};

enum class Verdict {
  nothing_better,  // the present configuration ranks first on the searched part
  confirmed,       // the one found ranks before the present one on the held-back part, too
  not_confirmed,
  unchecked,  // nothing was held back, or the search was interrupted
};

struct Outcome {
  std::string policy;
  Objective objective = Objective::throughput;
  std::optional<double> violation_bound;  // as given; absent: in each part what the present configuration has there
  double tolerance = 0;                   // what counts as a violation
  std::uint64_t seed = 1;
  std::size_t trials = 0;    // made
  std::size_t found_at = 0;  // the best one's number, from 1; 1: the present configuration itself
  bool interrupted = false;
  bool reruns = false;  // what was held back are other runs of the one input
  std::vector<Searched> searched;
  Point present, tuned;
  Part training;
  std::optional<Part> held_back;
  std::vector<std::string> inputs{};  // names, by number
  std::vector<std::string> notes{};   // what the reader should know
};

double violation_bound_of(const Outcome& outcome, const Part& part);
Verdict verdict_of(const Outcome& outcome);
// In how many of the part's cases the one found ranks before the present one.
std::size_t better_cases(const Outcome& outcome, const Part& part);
// A sentence; for not_confirmed by how much.
std::string verdict_text(const Outcome& outcome);

// `base` with what was found, under the policy that was tuned.
Config tuned_config(const Config& base, const Outcome& outcome);

struct Maker {
  std::string version;
  std::string command;
};

std::string format_outcome_table(const Outcome& outcome);
std::string format_outcome_json(const Outcome& outcome, const Maker& maker);
// The whole configuration as a file for `dcat run --config`, what made it in comments at its head.
std::string format_tuned_yaml(const Config& base, const Outcome& outcome, const Maker& maker);

}  // namespace dcat::sim
