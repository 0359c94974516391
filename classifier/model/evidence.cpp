#include "classifier/model/evidence.h"

#include <algorithm>
#include <cmath>

namespace dcat {

namespace {

// Periods that a mean remembers.
constexpr double kMostWeight = 12;

void average(double& mean, double value, double weight) {
  mean += (value - mean) / weight;
}

bool same_size(double a, double b) {
  return std::abs(a - b) <= kSameSize * std::max(a, b);
}

}  // namespace

void Evidence::record(double ways, double mpki, double cpi) {
  const auto found = std::ranges::find_if(measured_, [ways](const Measurement& m) { return same_size(m.ways, ways); });
  if (found != measured_.end()) {
    found->weight = std::min(found->weight + 1, kMostWeight);
    average(found->ways, ways, found->weight);
    average(found->mpki, mpki, found->weight);
    average(found->cpi, cpi, found->weight);
    return;
  }
  if (measured_.size() == kMostMeasurements)
    measured_.erase(std::ranges::min_element(measured_, {}, &Measurement::weight));
  measured_.insert(std::ranges::upper_bound(measured_, ways, {}, &Measurement::ways), Measurement{ways, mpki, cpi, 1});
}

void Evidence::record_features(std::optional<double> accesses_per_instruction, double refs_per_ki, double ways) {
  features_.weight = std::min(features_.weight + 1, kMostWeight);
  average(features_.refs_per_ki, refs_per_ki, features_.weight);
  average(features_.ways, ways, features_.weight);
  if (features_.accesses_per_instruction && accesses_per_instruction)
    average(*features_.accesses_per_instruction, *accesses_per_instruction, features_.weight);
  else
    features_.accesses_per_instruction = accesses_per_instruction;
}

const Measurement* Evidence::find(double ways) const {
  const auto found = std::ranges::find_if(measured_, [ways](const Measurement& m) { return same_size(m.ways, ways); });
  return found == measured_.end() ? nullptr : &*found;
}

}  // namespace dcat
