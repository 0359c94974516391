// A small random generator whose numbers are the same on every machine and compiler: the standard library
// fixes its engines but not its distributions. SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) for the bits,
// Box-Muller for the normal ones.
#pragma once

#include <cstdint>
#include <string_view>

namespace dcat::sim {

class Random {
 public:
  // The same seed and stream give the same numbers. Streams keep the noise of one counter what it was when
  // another tenant is added to a scenario.
  Random(std::uint64_t seed, std::string_view stream, std::uint64_t substream);

  std::uint64_t next();
  double uniform();  // above 0, at most 1
  // Mean 0, deviation 1, in steps of 2^-24: libraries differ in the last bits of log and cos, and the
  // rounding hides that.
  double normal();

 private:
  std::uint64_t state_;
};

}  // namespace dcat::sim
