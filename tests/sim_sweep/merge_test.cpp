#include "sim/sweep/merge.h"

#include <algorithm>

#include "tests/perfmon/linux/temp_tree.h"
#include "tests/support/catch.h"

namespace dcat::sim {
namespace {

using dcat::test::TempTree;

constexpr std::size_t kJobs = 11;

Row row_of(std::size_t job, double solve_us = 1) {
  Row row;
  row.add("mix", std::to_string(job));
  row.add("stp", static_cast<double>(job) / 7);
  row.add("solve_us", solve_us);
  return row;
}

std::string head_of(Shard shard, const std::string& identity = "5f3a", const std::string& version = "0.1.0",
                    std::size_t jobs = kJobs) {
  return *format_header({version, identity, jobs, shard});
}

std::string line_of(std::size_t job, double solve_us = 1) {
  return *format_result(job, row_of(job, solve_us));
}

// The whole file of a shard.
std::string text_of(Shard shard) {
  std::string text = head_of(shard);
  for (std::size_t job = 0; job < kJobs; ++job)
    if (mine(shard, job)) text += line_of(job);
  return text;
}

// Files of `count` shards, in the tree as N.jsonl.
std::vector<std::string> write_shards(const TempTree& tree, int count) {
  std::vector<std::string> paths;
  for (int k = 1; k <= count; ++k) {
    tree.file(std::to_string(k) + ".jsonl", text_of({k, count}));
    paths.push_back(tree.root() + "/" + std::to_string(k) + ".jsonl");
  }
  return paths;
}

std::vector<Row> all_rows() {
  std::vector<Row> rows;
  for (std::size_t job = 0; job < kJobs; ++job) rows.push_back(row_of(job));
  return rows;
}

Merged merged(const std::vector<std::string>& paths) {
  const Result<Merged> result = merge_results(paths);
  if (!result) FAIL(result.error().to_string());
  return *result;
}

Error error_of(const std::vector<std::string>& paths) {
  const Result<Merged> result = merge_results(paths);
  REQUIRE(!result.ok());
  CHECK(result.error().code == ErrorCode::bad_input);
  return result.error();
}

TEST_CASE("all shards together are the run in one piece, in any order of the files") {
  for (int count = 1; count <= 4; ++count) {
    const TempTree tree;
    std::vector<std::string> paths = write_shards(tree, count);
    do {
      const Merged all = merged(paths);
      CHECK(all.rows == all_rows());
      CHECK(all.gaps.empty());
      CHECK(all.duplicates.empty());
      CHECK(all.header == ResultHeader{"0.1.0", "5f3a", kJobs, {1, 1}});
      CHECK(all.files.size() == static_cast<std::size_t>(count));
      CHECK(format_gaps(all).empty());
      CHECK(format_duplicates(all).empty());
    } while (std::next_permutation(paths.begin(), paths.end()));
  }
}

TEST_CASE("more shards than jobs merge too") {
  const TempTree tree;
  CHECK(merged(write_shards(tree, 15)).rows == all_rows());
}

TEST_CASE("any subset of the shards has its rows in order and tells every gap") {
  const TempTree tree;
  const std::vector<std::string> paths = write_shards(tree, 4);
  for (unsigned subset = 1; subset < 16; ++subset) {
    std::vector<std::string> some;
    for (unsigned k = 0; k < 4; ++k)
      if ((subset >> k & 1) != 0) some.push_back(paths[k]);
    std::vector<Row> rows;
    std::vector<std::size_t> gaps;
    for (std::size_t job = 0; job < kJobs; ++job) {
      if ((subset >> (job % 4) & 1) != 0)
        rows.push_back(row_of(job));
      else
        gaps.push_back(job);
    }
    const Merged part = merged(some);
    CHECK(part.rows == rows);
    CHECK(part.gaps == gaps);
  }
}

TEST_CASE("what is missing is told with the shards that would have it") {
  const TempTree tree;
  const std::vector<std::string> paths = write_shards(tree, 4);
  CHECK(format_gaps(merged({paths[0], paths[2], paths[3]})) == "jobs 1, 5, 9 of 11 are missing: no file of shard 2/4");
  CHECK(format_gaps(merged({paths[0], paths[3]})) ==
        "jobs 1-2, 5-6, 9-10 of 11 are missing: no files of shards 2-3 of 4");
  tree.file("3.jsonl", head_of({3, 4}) + line_of(2) + line_of(10));
  CHECK(format_gaps(merged(paths)) == "job 6 of 11 is missing: shard 3/4 (" + paths[2] + ") is not finished");
  tree.file("3.jsonl", head_of({3, 4}) + line_of(2) + "{\"job\":6");
  CHECK(format_gaps(merged({paths[0], paths[2], paths[3]})) ==
        "jobs 1, 5-6, 9-10 of 11 are missing: no file of shard 2/4; shard 3/4 (" + paths[2] +
            ") is not finished, its last line was cut off");
}

TEST_CASE("an experiment cut in two ways merges, and no shard is blamed for a gap that it cannot be") {
  const TempTree tree;
  tree.file("a", text_of({1, 2}));
  tree.file("b", text_of({3, 3}));
  const Merged both = merged({tree.root() + "/a", tree.root() + "/b"});
  CHECK(both.gaps == std::vector<std::size_t>{1, 3, 7, 9});  // odd, and not 2, 5, 8
  CHECK(format_gaps(both) == "jobs 1, 3, 7, 9 of 11 are missing");
  REQUIRE(both.duplicates.size() == 2);
  CHECK(both.duplicates[0] == DuplicateJob{2, {tree.root() + "/a:3", tree.root() + "/b:2"}});
  CHECK(both.duplicates[1] == DuplicateJob{8, {tree.root() + "/a:6", tree.root() + "/b:4"}});
}

TEST_CASE("a job found twice alike is told and taken once, with the lesser time, in any order") {
  const TempTree tree;
  tree.file("a", head_of({1, 11}) + line_of(0, 5));
  tree.file("b", head_of({1, 11}) + line_of(0, 3));
  const std::string a = tree.root() + "/a", b = tree.root() + "/b";
  for (const auto& paths : {std::vector<std::string>{a, b}, std::vector<std::string>{b, a}}) {
    const Merged both = merged(paths);
    CHECK(both.rows == std::vector<Row>{row_of(0, 3)});
    CHECK(format_duplicates(both) ==
          "1 job is there more than once, alike each time: job 0 (" + a + ":2, " + b + ":2)");
  }
}

TEST_CASE("a job found twice in one file is told too") {
  const TempTree tree;
  tree.file("a", head_of({1, 11}) + line_of(0, 5) + line_of(0, 5));
  const std::string a = tree.root() + "/a";
  CHECK(merged({a}).duplicates == std::vector<DuplicateJob>{{0, {a + ":2", a + ":3"}}});
  CHECK(merged({a}).rows.size() == 1);
}

TEST_CASE("many duplicates are counted, and the first are named") {
  const TempTree tree;
  tree.file("a", text_of({1, 1}));
  tree.file("b", text_of({1, 1}));
  const std::string text = format_duplicates(merged({tree.root() + "/a", tree.root() + "/b"}));
  CHECK(text.rfind("11 jobs are there more than once, alike each time: job 0 (", 0) == 0);
  CHECK(text.find("job 4 (") != std::string::npos);
  CHECK(text.find("job 5 (") == std::string::npos);
  CHECK(text.substr(text.size() - 5) == ", ...");
}

TEST_CASE("a file that is named twice is read once") {
  const TempTree tree;
  const std::vector<std::string> paths = write_shards(tree, 2);
  const Merged all = merged({paths[1], paths[0], paths[1]});
  CHECK(all.duplicates.empty());
  CHECK(all.rows == all_rows());
}

TEST_CASE("different results of one job are refused, both places named") {
  const TempTree tree;
  Row other = row_of(0);
  other.cells[1].second = 0.5;
  tree.file("a", head_of({1, 11}) + line_of(0));
  tree.file("b", head_of({1, 2}) + line_of(2) + *format_result(0, other));
  const std::string a = tree.root() + "/a", b = tree.root() + "/b";
  for (const auto& paths : {std::vector<std::string>{a, b}, std::vector<std::string>{b, a}}) {
    const Error error = error_of(paths);
    CHECK(error.what == a + ":2 and " + b + ":3");
    CHECK(error.why == "they have different results of job 0");
  }
  tree.file("c", head_of({1, 11}) + line_of(0) + *format_result(0, other));
  CHECK(error_of({tree.root() + "/c"}).what == tree.root() + "/c:2 and " + tree.root() + "/c:3");
}

TEST_CASE("files of different experiments are refused, both named") {
  const TempTree tree;
  const std::string a = tree.root() + "/a", b = tree.root() + "/b";
  tree.file("a", head_of({1, 2}));
  struct Case {
    std::string text, why;
  };
  const Case cases[] = {
      {head_of({2, 2}, "other"), "they are of different experiments (5f3a, 11 jobs; other, 11 jobs)"},
      {head_of({2, 2}, "5f3a", "0.1.0", 12), "they are of different experiments (5f3a, 11 jobs; 5f3a, 12 jobs)"},
      {head_of({2, 2}, "5f3a", "0.2.0"), "they are of dcat 0.1.0 and 0.2.0"},
  };
  for (const Case& each : cases) {
    tree.file("b", each.text);
    const Error error = error_of({b, a});
    CHECK(error.what == "merge " + a + " and " + b);
    CHECK(error.why == each.why);
  }
}

TEST_CASE("what cannot be merged is refused by name") {
  const TempTree tree;
  const std::string whole = text_of({1, 1});
  tree.file("good", whole);
  tree.file("empty", "");
  tree.file("table", "mix policy\n");
  tree.file("binary", std::string("\0\xff\n\x80", 4));
  tree.file("cut", whole.substr(0, 40));
  tree.file("beyond", head_of({1, 1}) + line_of(kJobs));
  tree.file("negative", head_of({1, 1}) + "{\"job\":-1,\"row\":{}}\n");
  tree.file("foreign", head_of({1, 2}) + line_of(1));
  tree.directory("directory");
  struct Case {
    std::string file, what, why;
  };
  const std::string at = tree.root() + "/";
  const Case cases[] = {
      {"empty", at + "empty:1", "the file is empty"},
      {"table", at + "table:1", "this is no result file of dcat simulate"},
      {"binary", at + "binary:1", "this is no result file of dcat simulate"},
      {"cut", at + "cut:1", "its first line was cut off"},
      {"beyond", at + "beyond:2", "job 11 is beyond the last one, 11 jobs from 0"},
      {"negative", at + "negative:2", "got job -1, want a whole number from 0 up"},
      {"foreign", at + "foreign:2", "job 1 is not in shard 1/2"},
      {"directory", "open " + at + "directory", "it is no regular file"},
      {"missing", "open " + at + "missing", "No such file or directory"},
  };
  for (const Case& each : cases) {
    const Error error = error_of({at + "good", at + each.file});
    INFO(each.file);
    CHECK(error.what == each.what);
    CHECK(error.why == each.why);
    CHECK(!error.todo.empty());
  }
  CHECK(error_of({}).why == "no files were named");
}

TEST_CASE("a file cut off after any byte of its results merges with what is whole") {
  const TempTree tree;
  const std::string whole = text_of({1, 1});
  for (std::size_t size = head_of({1, 1}).size(); size <= whole.size(); ++size) {
    tree.file("a", whole.substr(0, size));
    const Merged part = merged({tree.root() + "/a"});
    const auto lines =
        static_cast<std::size_t>(std::count(whole.begin(), whole.begin() + static_cast<long>(size), '\n'));
    CHECK(part.rows.size() == lines - 1);
    CHECK(part.gaps.size() == kJobs - lines + 1);
    CHECK(part.files.front().cut == (whole[size - 1] != '\n'));
  }
}

TEST_CASE("numbers are written as ranges, and the rest is counted") {
  CHECK(format_ranges({}, 3).empty());
  CHECK(format_ranges({3}, 3) == "3");
  CHECK(format_ranges({3, 7, 8, 9, 10, 11, 12}, 3) == "3, 7-12");
  CHECK(format_ranges({0, 1, 3, 5, 7}, 5) == "0-1, 3, 5, 7");
  CHECK(format_ranges({0, 1, 3, 5, 7}, 2) == "0-1, 3 and 2 more");
  CHECK(format_ranges({0, 2, 3}, 2) == "0, 2-3");
}

}  // namespace
}  // namespace dcat::sim
