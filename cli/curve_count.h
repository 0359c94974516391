// Runs traces through the models of the LLC and keeps what was counted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/curve_plan.h"
#include "core/result.h"
#include "sim/llc/cache.h"
#include "sim/llc/shards.h"

namespace dcat::cli {

struct CurveRow {
  int ways = 1;
  std::uint64_t misses = 0;             // in the set-associative cache
  std::optional<double> exact;          // miss ratio, fully associative LRU
  std::optional<llc::Estimate> shards;  // the same from a sample
};

struct CurveCounts {
  std::string name;
  std::string format;
  std::uint64_t accesses = 0;    // of the trace
  std::uint64_t references = 0;  // of the LLC, in lines
  std::optional<std::uint64_t> instructions;
  std::optional<std::uint64_t> lines;  // the LLC was asked for, where --exact counted them
  std::uint64_t sampled_lines = 0;     // with --shards
  std::vector<CurveRow> rows;          // [i]: with i + 1 ways

  double miss_ratio(const CurveRow& row) const {
    return static_cast<double>(row.misses) / static_cast<double>(references);
  }
};

struct SharedCounts {
  struct Row {
    std::string name;
    Cbm mask;
    llc::TenantCounts counts;
    std::uint64_t evicted_by_others = 0;
  };
  std::vector<Row> rows;
  std::string ended;  // the name of the trace that was over first
};

// Each trace alone, at every number of ways. bad_input for what is wrong with a trace; also where nothing of it reaches
// the LLC.
Result<std::vector<CurveCounts>> count_curves(const CurvePlan& plan);

// All traces in one cache with a mask each: in turn, one LLC reference each, until the first of them is over.
// REQUIRES: masks.
Result<SharedCounts> count_shared(const CurvePlan& plan);

}  // namespace dcat::cli
