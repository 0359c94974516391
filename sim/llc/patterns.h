// Made-up traces whose curves are known: what tests and the benchmark run. Line addresses from 0; the same seed gives
// the same lines everywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/llc/geometry.h"

namespace dcat::llc {

// 0, 1, .. lines - 1, 0, 1, ...
std::vector<LineAddress> cyclic_lines(std::size_t accesses, std::uint64_t lines);

// Each of `lines` as likely as any other.
std::vector<LineAddress> uniform_lines(std::size_t accesses, std::uint64_t lines, std::uint64_t seed);

// The i-th most popular of `lines` (from 1) with a probability in proportion to i^-theta; who is how popular is
// scattered over the lines, as in a real heap. Walker's alias method (Vose, IEEE TSE 17(9), 1991).
// REQUIRES: lines < 2^32.
std::vector<LineAddress> zipf_lines(std::size_t accesses, std::uint64_t lines, double theta, std::uint64_t seed);

}  // namespace dcat::llc
