// What `dcat curve` is to do: its arguments, checked and resolved.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cat/cbm.h"
#include "cli/commands.h"
#include "core/result.h"
#include "sim/llc/cost_model.h"
#include "sim/llc/geometry.h"
#include "sim/llc/kernel.h"

namespace dcat::cli {

enum class CurveFormat { table, json, csv };

struct CurvePlan {
  struct Trace {
    std::string path;
    std::string name;                           // in the output: the file's name up to its first dot, or --name
    std::optional<std::uint64_t> instructions;  // given; else the trace's own
  };
  std::vector<Trace> traces;
  bool fetches = false;
  std::uint64_t limit = ~std::uint64_t{0};  // accesses of each trace
  llc::Geometry geometry;
  llc::Replacement replacement = llc::Replacement::lru;
  bool one_by_one = false;  // a cache for every number of ways, also where one pass would do
  std::vector<llc::Geometry> filter;
  bool exact = false;
  std::optional<double> shards_rate;
  std::vector<Cbm> masks;  // one a trace: all traces share one cache; empty: each trace's own curve
  llc::CostModel model;
  CurveFormat format = CurveFormat::table;
};

// bad_input for what does not go together, and for options without effect.
Result<CurvePlan> make_curve_plan(const CurveArguments& arguments);
// The same for --pack, which counts nothing.
Status check_packing(const CurveArguments& arguments);

// `32KiB`, `45M`, `1GB`: units of 1024, B and iB may be left out; no unit: bytes. bad_input otherwise.
Result<std::uint64_t> parse_bytes(const std::string& text);
std::string format_bytes(std::uint64_t bytes);  // in the largest unit that is exact
const char* name_of(llc::Replacement replacement);

}  // namespace dcat::cli
