// Result lines: rows as text, one JSON object a line, for files that are written a line at a time and put together
// later.
//   header   {"dcat_results":1,"version":"0.1.0","identity":"...","jobs":40,"shard":"2/4"}
//   a job    {"job":5,"row":{"mix":"3","stp":4.914,"bound":null}}
// Every value reads back as the one that was written, bit for bit: a whole number has no point, any other number has
// one or an exponent, absent is null. What JSON cannot say is an object: {"number":"inf"} (-inf, nan),
// {"hex":"ff"} (bytes that are no UTF-8; a path may be such).
#pragma once

#include <cstddef>
#include <string>

#include "core/result.h"
#include "sim/sweep/row.h"
#include "sim/sweep/shard.h"

namespace dcat::sim {

struct ResultHeader {
  std::string version;   // of the program: another one may come to other figures
  std::string identity;  // of the experiment
  std::size_t jobs = 0;  // of all shards together
  Shard shard;
  bool operator==(const ResultHeader&) const = default;
};

struct ResultLine {
  std::size_t job = 0;  // from 0
  Row row;
  bool operator==(const ResultLine&) const = default;
};

// No line is longer, its end included: what is, is no result file.
inline constexpr std::size_t kLongestLine = std::size_t{1} << 20;

// More jobs than anybody runs; a header that says more is damaged.
inline constexpr std::size_t kMostJobs = 10'000'000;

// With the end of line. Errors (bad_input): too many jobs, a name that is no UTF-8 or stands twice, a
// line that is too long.
Result<std::string> format_header(const ResultHeader& header);
Result<std::string> format_result(std::size_t job, const Row& row);

// Without the end of line. Errors (bad_input) have the reason alone; the caller knows the place.
Result<ResultHeader> parse_header(const std::string& line);
Result<ResultLine> parse_result(const std::string& line);

// The same cells with the same values, solve_us apart, which is a time. A NaN is the same as itself.
bool same_result(const Row& a, const Row& b);

}  // namespace dcat::sim
