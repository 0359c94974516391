// Occupancy: who holds how much of an LLC whose ways several tenants may fill.
//
// A way is split among those who may fill it in proportion to the rate at which each inserts lines into it,
// its misses per second divided by the ways of its mask (a miss fills any of them alike). The rates depend on
// the occupancies: the answer is the fixed point of both. Ways that a tenant has to itself are all its own.
//
// Method: ways with the same fillers are one region of n ways. With u = n / (insertions into the region per
// second and way), tenant i holds q_i u of it, q_i being its insertion rate. For given u of its regions, a
// tenant's occupancy o solves o = own + q(o) x sum of u: one root, as q falls with o. The parts of a region
// grow with its u, so the u that fills the region exactly is one root too. Regions are solved in turn until
// no occupancy moves by more than kOccupancyTolerance, at most kMostSweeps times; one region, the usual case,
// is exact after the first. Random nodes of up to 7 tenants with overlapping masks took 4 sweeps in the
// median, 110 at the most.
//
// Properties: the parts of a region add up to its ways (where all fit and nobody misses, the rest is split
// evenly: nobody needs it); equal tenants get equal parts; a tenant never holds more than its mask.
#pragma once

#include <functional>
#include <vector>

#include "cat/cbm.h"

namespace dcat::sim {

inline constexpr double kOccupancyTolerance = 1e-6;  // ways
// Of log u: from 1e13 insertions per second and way down to one in 16 minutes. Who inserts less fits.
inline constexpr double kLeastLogU = -30;
inline constexpr double kMostLogU = 7;
inline constexpr int kMostSweeps = 200;

struct Filler {
  Cbm mask;
  // Lines inserted per second with that many ways; falls with them.
  std::function<double(double ways)> insertions_per_sec;
  // Where tables know it at once: the least o >= own with o = own + u x insertions per second at o, at most `most`.
  // Empty: it is searched.
  std::function<double(double own, double u, double most)> holds{};
};

// Ways held, by index of `fillers`.
std::vector<double> share_ways(const std::vector<Filler>& fillers);

}  // namespace dcat::sim
