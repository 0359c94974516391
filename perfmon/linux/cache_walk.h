// Known work for the last level cache: the same lines walked from memory and again from the caches.
//
// The lines are one and a half or two times the L2's size, so that the L2 cannot keep them and the last level usually
// can. They are walked in a random order, each load waiting for the one before, so that no prefetcher follows and the
// time of a walk is the latency of its loads. Both walks go over the same pages, so that the TLB costs both the same.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/units.h"

namespace dcat {

struct Walk {
  std::uint64_t loads = 0;
  Duration time{};
};

struct CacheWalks {
  // Lays out `l2_sizes` times the L2's size and walks it three times after each line was flushed from every cache;
  // `time` is that of an undisturbed walk. Leaves the lines in the caches. Absent: the L2's size is not known, or this
  // CPU cannot flush.
  std::function<std::optional<Walk>(double l2_sizes)> from_memory;
  // The lines of the last from_memory(), four times over, in CPU time. REQUIRES: it was not absent.
  std::function<Walk()> again;
};

// About 40 ms for each size on a machine with an L2 of 1 MiB. `cpu_directory` has cache/index*/{level,size}.
CacheWalks cache_walks(const std::string& cpu_directory = "/sys/devices/system/cpu/cpu0");

// The L2's size in bytes; absent: not told.
std::optional<std::uint64_t> l2_bytes(const std::string& cpu_directory);

}  // namespace dcat
