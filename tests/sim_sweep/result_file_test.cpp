#include "sim/sweep/result_file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <iterator>
#include <thread>

#include "tests/perfmon/linux/temp_tree.h"
#include "tests/support/catch.h"

namespace dcat::sim {
namespace {

using dcat::test::TempTree;

const ResultHeader kHeader{"0.1.0", "5f3a", 7, {2, 2}};  // jobs 1, 3, 5
const std::string kHead =
    "{\"dcat_results\":1,\"version\":\"0.1.0\",\"identity\":\"5f3a\",\"jobs\":7,\"shard\":\"2/2\"}\n";

Row row_of(std::size_t job) {
  Row row;
  row.add("mix", "mix " + std::to_string(job));
  row.add("stp", static_cast<double>(job) / 3);
  row.add("bound", Value());
  return row;
}

std::string line_of(std::size_t job) {
  return *format_result(job, row_of(job));
}

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Error error_of(const std::string& path, const ResultHeader& header = kHeader) {
  const Result<ResultFile> file = ResultFile::open(path, header);
  REQUIRE(!file.ok());
  return file.error();
}

TEST_CASE("a new file has the header alone, and then a line a result") {
  const TempTree tree;
  const std::string path = tree.root() + "/r.jsonl";
  Result<ResultFile> file = ResultFile::open(path, kHeader);
  REQUIRE(file.ok());
  CHECK(file->done().empty());
  CHECK(file->notes().empty());
  CHECK(text_of(path) == kHead);
  REQUIRE(file->append(3, row_of(3)).ok());
  CHECK(text_of(path) == kHead + line_of(3));
  REQUIRE(file->append(1, row_of(1)).ok());
  CHECK(text_of(path) == kHead + line_of(3) + line_of(1));
}

TEST_CASE("an empty file that is there already is taken") {
  const TempTree tree;
  tree.file("r.jsonl", "");
  Result<ResultFile> file = ResultFile::open(tree.root() + "/r.jsonl", kHeader);
  REQUIRE(file.ok());
  CHECK(file->notes().empty());
  CHECK(text_of(tree.root() + "/r.jsonl") == kHead);
}

TEST_CASE("what was written is done when the file is opened again") {
  const TempTree tree;
  const std::string path = tree.root() + "/r.jsonl";
  for (const std::size_t job : {std::size_t{5}, std::size_t{1}, std::size_t{3}}) {
    Result<ResultFile> file = ResultFile::open(path, kHeader);
    REQUIRE(file.ok());
    CHECK(file->done().count(job) == 0);
    REQUIRE(file->append(job, row_of(job)).ok());
  }
  const Result<ResultFile> file = ResultFile::open(path, kHeader);
  REQUIRE(file.ok());
  CHECK(file->done() == std::set<std::size_t>{1, 3, 5});
  CHECK(file->notes().empty());
  CHECK(text_of(path) == kHead + line_of(5) + line_of(1) + line_of(3));
}

TEST_CASE("killed after any byte, no whole line is lost and the rest runs again") {
  const TempTree tree;
  const std::string path = tree.root() + "/r.jsonl";
  const std::size_t order[] = {5, 1, 3};
  std::string whole = kHead;
  for (const std::size_t job : order) whole += line_of(job);
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    tree.file("r.jsonl", whole.substr(0, size));
    std::set<std::size_t> kept;
    std::size_t end = kHead.size();
    for (const std::size_t job : order) {
      end += line_of(job).size();
      if (end <= size) kept.insert(job);
    }
    {
      Result<ResultFile> file = ResultFile::open(path, kHeader);
      INFO("cut after " << size << " of " << whole.size() << " bytes");
      REQUIRE(file.ok());
      CHECK(file->done() == kept);
      const bool cut = size > 0 && whole[size - 1] != '\n';
      CHECK(file->notes().size() == (cut ? 1U : 0U));
      for (const std::size_t job : order)
        if (kept.count(job) == 0) REQUIRE(file->append(job, row_of(job)).ok());
    }
    CHECK(text_of(path) == whole);
  }
}

TEST_CASE("a line that was cut off is told") {
  const TempTree tree;
  const std::string path = tree.root() + "/r.jsonl";
  tree.file("r.jsonl", kHead + line_of(1) + "{\"job\":3,\"ro");
  const Result<ResultFile> file = ResultFile::open(path, kHeader);
  REQUIRE(file.ok());
  CHECK(file->notes() == std::vector<std::string>{path + ": its last line was cut off; that job runs again"});
}

TEST_CASE("another experiment's, shard's or version's file is refused and not touched") {
  const TempTree tree;
  const std::string path = tree.root() + "/r.jsonl";
  const std::string text = kHead + line_of(1) + "{\"job\":3";
  tree.file("r.jsonl", text);
  struct Case {
    ResultHeader header;
    std::string why;
  };
  const Case cases[] = {
      {{"0.1.0", "other", 7, {2, 2}}, "it is of another experiment (5f3a, 7 jobs; this is other, 7 jobs)"},
      {{"0.1.0", "5f3a", 8, {2, 2}}, "it is of another experiment (5f3a, 7 jobs; this is 5f3a, 8 jobs)"},
      {{"0.1.0", "5f3a", 7, {1, 2}}, "it is of shard 2/2, this is 1/2"},
      {{"0.1.0", "5f3a", 7, {2, 3}}, "it is of shard 2/2, this is 2/3"},
      {{"0.2.0", "5f3a", 7, {2, 2}}, "it is of dcat 0.1.0, this is 0.2.0"},
  };
  for (const Case& each : cases) {
    const Error error = error_of(path, each.header);
    CHECK(error.code == ErrorCode::bad_input);
    CHECK(error.what == path + ":1");
    CHECK(error.why == each.why);
    CHECK(error.todo == "give another --output, or remove the file");
    CHECK(text_of(path) == text);
  }
}

TEST_CASE("files that are no results are refused with the line, and not touched") {
  const TempTree tree;
  const std::string path = tree.root() + "/r.jsonl";
  struct Case {
    std::string text;
    int line;
  };
  const std::string bad = "no result\n";
  const Case cases[] = {
      {"mix,policy,stp\n1,ucp,3\n", 1},                              // somebody's CSV
      {"notes", 1},                                                  // no end of line either
      {"\n", 1},                                                     //
      {std::string("\0\x01\xff\n\xfe\n", 6), 1},                     // binary
      {std::string(1000, '\0'), 1},                                  //
      {std::string(3 * kLongestLine, 'x'), 1},                       // without any end of line
      {"[]\n", 1},                                                   //
      {kHead.substr(0, 30) + "\n", 1},                               // a header cut off, then ended
      {kHead + bad, 2},                                              //
      {kHead + "\n", 2},                                             //
      {kHead + line_of(1) + bad + line_of(3), 3},                    // in the middle
      {kHead + line_of(1) + "{ \"job\":3,\"row\":{}}", 3},           // written by hand
      {kHead + line_of(1) + "garbage", 3},                           // an end that no kill leaves
      {kHead + line_of(1) + std::string(20, '\0'), 3},               // an end that a loss of power leaves
      {kHead + line_of(1) + std::string(2 * kLongestLine, 'x'), 3},  //
      {kHead + kHead, 2},                                            // two files behind each other
      {kHead + line_of(2), 2},                                       // of another shard
      {kHead + line_of(7), 2},                                       // beyond the last job
      {kHead + "{\"job\":-1,\"row\":{}}\n", 2},                      //
      {kHead + line_of(1).substr(0, 12) + "\n" + line_of(3), 2},     // cut off, then gone on with
  };
  for (const Case& each : cases) {
    tree.file("r.jsonl", each.text);
    INFO(each.text.substr(0, 200));
    const Error error = error_of(path);
    CHECK(error.code == ErrorCode::bad_input);
    CHECK(error.what == path + ":" + std::to_string(each.line));
    CHECK(!error.why.empty());
    CHECK(!error.todo.empty());
    CHECK(text_of(path) == each.text);
    const Result<StoredResults> read = read_results(path);
    REQUIRE(!read.ok());
    CHECK(read.error().what == error.what);
  }
}

TEST_CASE("why a job cannot be in the file is said") {
  const TempTree tree;
  const std::string path = tree.root() + "/r.jsonl";
  tree.file("r.jsonl", kHead + line_of(9));
  CHECK(error_of(path).why == "job 9 is beyond the last one, 7 jobs from 0");
  tree.file("r.jsonl", kHead + line_of(2));
  CHECK(error_of(path).why == "job 2 is not in shard 2/2");
}

TEST_CASE("a job that is there twice is done and told") {
  const TempTree tree;
  const std::string path = tree.root() + "/r.jsonl";
  tree.file("r.jsonl", kHead + line_of(1) + line_of(3) + line_of(1));
  const Result<ResultFile> file = ResultFile::open(path, kHeader);
  REQUIRE(file.ok());
  CHECK(file->done() == std::set<std::size_t>{1, 3});
  REQUIRE(file->notes().size() == 1);
  CHECK(contains(file->notes().front(), path + ":4: job 1 is in line 2 already"));
}

TEST_CASE("what is no regular file is refused") {
  const TempTree tree;
  tree.directory("d");
  tree.file("f", "x");
  const std::string fifo = tree.root() + "/fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  for (const std::string& path : {tree.root() + "/d", tree.root() + "/none/r.jsonl", tree.root() + "/f/r.jsonl", fifo,
                                  std::string("/dev/null"), std::string(), std::string(5000, 'x')}) {
    const Error error = error_of(path);
    INFO(path);
    CHECK(error.code == ErrorCode::bad_input);
    CHECK(contains(error.what, path));
    CHECK(!read_results(path).ok());
  }
  CHECK(read_results(tree.root() + "/none").error().code == ErrorCode::bad_input);
}

TEST_CASE("only one process may have the file") {
  const TempTree tree;
  const std::string path = tree.root() + "/r.jsonl";
  {
    Result<ResultFile> first = ResultFile::open(path, kHeader);
    REQUIRE(first.ok());
    const Error error = error_of(path);
    CHECK(error.code == ErrorCode::failed);
    CHECK(error.to_string() == path + ": another process is writing to it; wait for it, or give another --output");
    REQUIRE(first->append(1, row_of(1)).ok());
    CHECK(read_results(path).ok());  // reading is free
  }
  CHECK(ResultFile::open(path, kHeader)->done() == std::set<std::size_t>{1});
}

TEST_CASE("a line that finds no room is taken away whole, and the next one stands by itself") {
  const TempTree tree;
  const std::string path = tree.root() + "/r.jsonl";
  Result<ResultFile> file = ResultFile::open(path, kHeader);
  REQUIRE(file.ok());
  REQUIRE(file->append(1, row_of(1)).ok());
  const std::string before = text_of(path);
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
  rlimit tight = limit;
  tight.rlim_cur = before.size() + 10;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  const Status full = file->append(3, row_of(3));
  const std::string after = text_of(path);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  std::signal(SIGXFSZ, handler);
  REQUIRE(!full.ok());
  CHECK(full.error().code == ErrorCode::failed);
  CHECK(full.error().what == "write " + path);
  CHECK(after == before);
  REQUIRE(file->append(5, row_of(5)).ok());
  CHECK(text_of(path) == before + line_of(5));
}

TEST_CASE("a header that finds no room leaves no file") {
  const TempTree tree;
  const std::string path = tree.root() + "/r.jsonl";
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
  rlimit tight = limit;
  tight.rlim_cur = 10;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  const bool opened = ResultFile::open(path, kHeader).ok();
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  std::signal(SIGXFSZ, handler);
  CHECK(!opened);
  CHECK(!std::filesystem::exists(path));
}

TEST_CASE("a row that no line can hold is refused and leaves nothing") {
  const TempTree tree;
  const std::string path = tree.root() + "/r.jsonl";
  Result<ResultFile> file = ResultFile::open(path, kHeader);
  REQUIRE(file.ok());
  Row row;
  row.add("\xff", Value());
  const Status appended = file->append(1, row);
  REQUIRE(!appended.ok());
  CHECK(contains(appended.error().to_string(), path + ": job 1"));
  CHECK(text_of(path) == kHead);
}

TEST_CASE("results of several threads stand in lines of their own") {
  constexpr std::size_t kThreads = 4, kEach = 250;
  const TempTree tree;
  const std::string path = tree.root() + "/r.jsonl";
  {
    Result<ResultFile> file = ResultFile::open(path, {"0.1.0", "5f3a", kThreads * kEach, {}});
    REQUIRE(file.ok());
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < kThreads; ++t)
      threads.emplace_back([&file, t] {
        for (std::size_t i = 0; i < kEach; ++i) (void)file->append(t * kEach + i, row_of(t * kEach + i)).ok();
      });
  }
  const Result<StoredResults> read = read_results(path);
  REQUIRE(read.ok());
  CHECK(read->results.size() == kThreads * kEach);
  CHECK(!read->cut);
  std::set<std::size_t> jobs;
  for (const StoredResult& each : read->results) {
    CHECK(each.result.row == row_of(each.result.job));
    jobs.insert(each.result.job);
  }
  CHECK(jobs.size() == kThreads * kEach);
}

TEST_CASE("a file without ends of lines is not read to its own end") {
  const TempTree tree;
  tree.file("r.jsonl", std::string(3 * kLongestLine, 'x'));
  CHECK(error_of(tree.root() + "/r.jsonl").why == "a line of more than a million bytes: this is no result file");
}

TEST_CASE("an end of line may fall anywhere in what one read brings") {
  const TempTree tree;
  const std::string path = tree.root() + "/r.jsonl";
  constexpr std::size_t kChunk = 65536;
  for (std::size_t size = kChunk - 2; size <= kChunk + 2; ++size) {
    Row row;
    row.add("long", std::string());
    const std::size_t bare = kHead.size() + format_result(1, row)->size();
    row.cells.front().second = std::string(size - bare, 'x');
    const std::string first = kHead + *format_result(1, row);
    REQUIRE(first.size() == size);
    tree.file("r.jsonl", first + line_of(3));
    const Result<StoredResults> read = read_results(path);
    REQUIRE(read.ok());
    REQUIRE(read->results.size() == 2);
    CHECK(read->results[1].result.row == row_of(3));
  }
}

TEST_CASE("lines are read with their numbers, however long they are") {
  const TempTree tree;
  const std::string path = tree.root() + "/r.jsonl";
  std::string text = kHead;
  for (const std::size_t job : {std::size_t{1}, std::size_t{3}, std::size_t{5}}) {
    Row row = row_of(job);
    row.add("long", std::string(job * 60'000, 'x'));  // beyond what one read brings
    text += *format_result(job, row);
  }
  tree.file("r.jsonl", text);
  const Result<StoredResults> read = read_results(path);
  REQUIRE(read.ok());
  REQUIRE(read->results.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(read->results[i].line == i + 2);
    CHECK(std::get<std::string>(*read->results[i].result.row.find("long")).size() == (2 * i + 1) * 60'000);
  }
  CHECK(read->whole_bytes == text.size());
}

}  // namespace
}  // namespace dcat::sim
