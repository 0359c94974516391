// Result files: what one shard of a sweep has come to so far, in lines as result_line.h has them, the header first and
// then its jobs in any order. There is no end mark: the header tells how many jobs the shard has.
//   Properties: whenever the process is killed, every line that was written whole is kept, and one line at most is
//   cut off; a file that is not ours, or not of this experiment, is never touched.
// (A loss of power may take lines that the kernel had not written yet; those jobs are then run again, or, where the
// file system leaves zeros behind, the line is named.)
#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/result.h"
#include "sim/sweep/result_line.h"

namespace dcat::sim {

struct StoredResult {
  std::size_t line = 0;  // in its file, from 1
  ResultLine result;
};

struct StoredResults {
  ResultHeader header;
  std::vector<StoredResult> results;  // in the file's order; a job may be there twice
  bool cut = false;                   // its last line has no end: it is not among the results
  std::size_t whole_bytes = 0;        // up to the end of the last whole line
};

// Errors (bad_input): no such file, no regular one, or a line that is no result of the shard, as `file:line`.
Result<StoredResults> read_results(const std::string& path);

// A file that results are added to. While it is open, no other process can open it so (flock).
// append is thread-safe; so is done(), which append does not change.
class ResultFile {
 public:
  // Makes the file, or goes on with it: where it has the same header, its jobs are done and a line that was cut off is
  // taken away. Errors: bad_input where the file is another experiment's, shard's or version's, or has a line that
  // is no result; failed where another process has it, or the system refuses. The file is untouched then.
  static Result<ResultFile> open(const std::string& path, const ResultHeader& header);

  ResultFile(ResultFile&&) noexcept;
  ResultFile& operator=(ResultFile&&) noexcept;
  ~ResultFile();

  // The jobs that were there when it was opened.
  const std::set<std::size_t>& done() const;
  // What the user should know about what was found, a sentence each.
  const std::vector<std::string>& notes() const;

  // REQUIRES: a job of this shard that is not there yet. One write(2); when it fails, what was written of the line is
  // taken away again.
  Status append(std::size_t job, const Row& row);

 private:
  struct State;
  explicit ResultFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace dcat::sim
