// What is told of a stretch of time when the pointer rests on it.
#pragma once

#include <cstddef>
#include <string>

#include "sim/experiment/timed_run.h"
#include "sim/report/thinning.h"

namespace dcat::sim::page {

inline constexpr std::size_t kMostColumns = 300;

// A line a tenant: ways, states, IPC against the contract; ranges where the stretch has several periods. REQUIRES: the
// stretch is not empty.
std::string stretch_words(const TimedResult& result, const Stretch& stretch, double period_sec);

}  // namespace dcat::sim::page
