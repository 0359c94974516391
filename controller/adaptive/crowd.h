// crowd: containers without a contract live in the shared region, and a stream among them takes most of it and gains
// nothing by that. Those that stream share a least partition of their own, so that the shared region is the others'.
//
// A container streams if it misses on most of its references, many of them, for kStreams periods in a row. What it is
// worth to itself is found out by the move: if it runs slower there than before, by more than ipc_gain_ratio, it goes
// back and stays for as long as it does what it did. So the most that a container without a contract loses by this is
// one period among streams.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/parameters.h"
#include "perfmon/metrics.h"

namespace dcat {

// What is remembered of one container without a contract in one domain.
struct CrowdMind {
  int streams = 0;                   // periods in a row
  bool confined = false;             // it is among the streams
  bool spared = false;               // it was, and it hurt
  std::optional<double> ipc_before;  // in the shared region
  bool operator==(const CrowdMind&) const = default;
};

inline constexpr int kStreams = 3;

// One period of one of them. `confined_now`: it was among the streams during it. Absent periods change nothing.
void watch(CrowdMind& mind, const Metrics& metrics, bool confined_now, const Parameters& parameters);

// Whether it is worth a partition to keep the streams apart: they miss much, and somebody else is there whom that may
// hurt. Both in misses per second, and the others' references.
bool worth_apart(double streams_misses, double others_misses, double others_refs, bool apart_now,
                 const Parameters& parameters);

}  // namespace dcat
