// What one container showed in one program phase at the sizes it has had: the evidence that its curve is fitted to
// (classifier/model/curve.h). Kept with the phase, so that it is there again when the phase comes back.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace dcat {

// One size. Each figure is a mean over the periods at it, the last ones most.
struct Measurement {
  double ways = 0;    // that it held: a fraction where it shared them
  double mpki = 0;    // LLC misses per 1,000 instructions
  double cpi = 0;     // cycles per instruction
  double weight = 0;  // periods, capped so that old ones fade
  bool operator==(const Measurement&) const = default;
};

// What belongs to the code and not to the size.
struct Features {
  std::optional<double> accesses_per_instruction;
  double refs_per_ki = 0;  // LLC references per 1,000 instructions
  double ways = 0;         // at which they were seen, in the mean: references move with the size, a little
  double weight = 0;       // periods, capped
  bool operator==(const Features&) const = default;
};

class Evidence {
 public:
  // One period. Sizes within kSameSize of each other are one. REQUIRES: ways, cpi > 0.
  void record(double ways, double mpki, double cpi);
  void record_features(std::optional<double> accesses_per_instruction, double refs_per_ki, double ways);
  // What was measured at this size; nullptr: it was never there.
  const Measurement* find(double ways) const;

  bool empty() const { return measured_.empty(); }
  const std::vector<Measurement>& all() const { return measured_; }  // ascending by ways
  const Features& features() const { return features_; }
  void restore(std::vector<Measurement> measured, const Features& features) {
    measured_ = std::move(measured);
    features_ = features;
  }
  bool operator==(const Evidence&) const = default;

 private:
  std::vector<Measurement> measured_;
  Features features_;
};

// Sizes remembered in a phase; what was seen for the shortest time goes first.
inline constexpr std::size_t kMostMeasurements = 24;
inline constexpr double kSameSize = 0.06;  // relative

}  // namespace dcat
