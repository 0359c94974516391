// Merging: the result files of one experiment put together, in any order and any number of them.
//   Properties: the outcome does not depend on the order of the files; merging all shards gives the rows of the run
//   that was not cut into shards; what is not there is told, never made up.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/result.h"
#include "sim/sweep/result_line.h"

namespace dcat::sim {

// A job that was found more than once, each time with the same result.
struct DuplicateJob {
  std::size_t job = 0;
  std::vector<std::string> places;  // file:line, sorted
  bool operator==(const DuplicateJob&) const = default;
};

struct MergedFile {
  std::string path;
  Shard shard;
  std::size_t results = 0;  // jobs of its own that it has
  bool cut = false;         // its last line was cut off
};

struct Merged {
  ResultHeader header;            // of the whole, as shard 1/1
  std::vector<MergedFile> files;  // by path
  std::vector<Row> rows;          // by job
  std::vector<std::size_t> gaps;  // jobs that no file has
  std::vector<DuplicateJob> duplicates;
};

// Of a job's duplicates the lesser solve_us counts. Errors: those of read_results; files of different experiments or
// versions, or results of a job that differ by more than their time (both places are named): bad_input.
Result<Merged> merge_results(std::vector<std::string> paths);

// For people; empty where there is nothing to tell.
// "jobs 3, 7-12 of 40 are missing: no file of shard 2/4; shard 3/4 (c.jsonl) is not finished"
std::string format_gaps(const Merged& merged);
// "3 jobs are there more than once, alike each time: job 5 (a.jsonl:3, b.jsonl:9), ..."
std::string format_duplicates(const Merged& merged);

// "3, 7-12" of ascending numbers; beyond `most` ranges "... and N more".
std::string format_ranges(const std::vector<std::size_t>& numbers, std::size_t most);

}  // namespace dcat::sim
