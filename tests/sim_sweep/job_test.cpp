#include "sim/sweep/job.h"

#include <fstream>
#include <iterator>
#include <sstream>

#include "tests/support/catch.h"

namespace dcat::sim {
namespace {

Experiment experiment() {
  Experiment made;
  std::ifstream file(std::string(DCAT_SOURCE_DIR) + "/tests/sim/fixtures/made-up.csv");
  const std::string csv{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  made.curves = *parse_curves(csv, "made-up.csv");
  made.mixes = {{1, {"steep", "level"}}, {2, {"level", "steep", "steep"}}, {3, {"steep", "steep"}}};
  made.policies = {"static", "ucp"};
  made.settings.node.ways = Ways(8);
  return made;
}

// "1 ucp seed=1 noise=0": what the jobs are, in order.
std::vector<std::string> words_of(const Experiment& asked) {
  const Result<std::vector<Job>> jobs = jobs_of(asked);
  if (!jobs) FAIL(jobs.error().to_string());
  std::vector<std::string> words;
  for (std::size_t i = 0; i < jobs->size(); ++i) {
    const Job& job = (*jobs)[i];
    CHECK(job.index == i);
    std::string text = std::to_string(asked.mixes.at(job.input).number) + " " + job.policy;
    for (const auto& [key, value] : job.settings) text += " " + key + "=" + value;
    words.push_back(text);
  }
  return words;
}

Error error_of(const Experiment& asked) {
  const Result<std::vector<Job>> jobs = jobs_of(asked);
  REQUIRE(!jobs.ok());
  CHECK(jobs.error().code == ErrorCode::bad_input);
  return jobs.error();
}

TEST_CASE("without a sweep there is a job for every mix and policy, the policies fastest") {
  CHECK(words_of(experiment()) ==
        std::vector<std::string>{"1 static", "1 ucp", "2 static", "2 ucp", "3 static", "3 ucp"});
}

TEST_CASE("the last axis varies fastest, then the policies") {
  Experiment asked = experiment();
  asked.mixes.resize(1);
  asked.axes = {{"seed", {"1", "2"}}, {"noise", {"none", "0.1"}}};
  CHECK(words_of(asked) == std::vector<std::string>{"1 static seed=1 noise=none", "1 ucp seed=1 noise=none",
                                                    "1 static seed=1 noise=0.1", "1 ucp seed=1 noise=0.1",
                                                    "1 static seed=2 noise=none", "1 ucp seed=2 noise=none",
                                                    "1 static seed=2 noise=0.1", "1 ucp seed=2 noise=0.1"});
}

TEST_CASE("an axis of policies takes the place of the policies, one of mixes chooses among the mixes") {
  Experiment asked = experiment();
  asked.axes = {{"mix", {"3", "1"}}, {"policy", {"shared", "dunn"}}};
  CHECK(words_of(asked) == std::vector<std::string>{"3 shared", "3 dunn", "1 shared", "1 dunn"});
}

TEST_CASE("what cannot be applied is refused before anything runs") {
  Experiment asked = experiment();
  asked.axes = {{"seed", {"1", "two"}}};
  CHECK(error_of(asked).why == "got 'two'");
  asked.axes = {{"speed", {"1"}}};
  CHECK(error_of(asked).why == "there is nothing called 'speed' to set");
  asked.axes = {{"mix", {"4"}}};
  CHECK(error_of(asked).why == "there is no mix 4");
  asked.axes = {{"policy", {"best"}}};
  CHECK(error_of(asked).why == "there is no policy 'best'");
  asked.axes = {{"policy", {"all", "ucp"}}};
  CHECK(error_of(asked).why == "ucp is there twice");
  asked.scenarios.push_back({"s.yaml", {}, {}, {}});
  for (const char* key : {"ways", "contract", "phases", "one_at_a_time"}) {
    asked.axes = {{key, {"1"}}};
    CHECK(error_of(asked).why == "a scenario says this itself");
  }
  asked.axes = {{"mix", {"1"}}};
  CHECK(error_of(asked).why == "scenarios have no mixes");
}

double no_clock() {
  return 0;
}

TEST_CASE("a row has its columns in order, the settings behind, and every name once") {
  Experiment asked = experiment();
  asked.mixes.resize(1);
  asked.axes = {{"floors", {"yes"}}, {"ways", {"4"}}};
  const Result<std::vector<Job>> jobs = jobs_of(asked);
  REQUIRE(jobs.ok());
  const std::atomic<bool> stop = false;
  const JobRunner runner(asked, no_clock, stop);
  for (const Job& job : *jobs) {
    const Result<JobResult> result = runner.run(job, false);
    if (!result) FAIL(result.error().to_string());
    const std::vector<std::string> columns = columns_of({result->row});
    CHECK(columns.size() == result->row.cells.size());
    const std::vector<std::string> first{"mix", "policy", "stp", "antt", "unfairness", "ways", "solve_us"};
    REQUIRE(columns.size() > first.size());
    CHECK(std::vector<std::string>(columns.begin(), columns.begin() + 7) == first);
    CHECK(*result->row.find("floors") == Value(std::string("yes")));
    CHECK(result->row.cells.back().second == Value(std::string("4")));
    CHECK(!result->timed.has_value());
  }
}

TEST_CASE("a row has each tenant's IPC against its contract, which add up to the sum, without time and over it") {
  Experiment asked = experiment();
  asked.settings.frame.periods = 5;
  for (const bool timed : {false, true}) {
    asked.timed = timed;
    const Result<std::vector<Job>> jobs = jobs_of(asked);
    REQUIRE(jobs.ok());
    const std::atomic<bool> stop = false;
    const Result<JobResult> result = JobRunner(asked, no_clock, stop).run(jobs->at(3), false);
    REQUIRE(result.ok());
    const Value* figures = result->row.find("tenant_normalised_ipc");
    REQUIRE(figures != nullptr);
    std::istringstream text(std::get<std::string>(*figures));
    const std::vector<double> each{std::istream_iterator<double>(text), {}};
    REQUIRE(each.size() == 3);
    CHECK(each[0] + each[1] + each[2] == Approx(std::get<double>(*result->row.find("normalised_ipc"))).margin(1e-5));
    CHECK(each[0] != each[1]);
  }
}

TEST_CASE("a policy that does not fit has a row of the same columns, empty but for the reason") {
  for (const bool timed : {false, true}) {
    Experiment asked = experiment();
    asked.timed = timed;
    asked.settings.frame.periods = 3;
    asked.policies = {"static", "shared"};
    asked.axes = {{"ways", {"1", "8"}}};  // one way for two tenants
    const Result<std::vector<Job>> jobs = jobs_of(asked);
    REQUIRE(jobs.ok());
    const std::atomic<bool> stop = false;
    const JobRunner runner(asked, no_clock, stop);
    const Result<JobResult> none = runner.run((*jobs)[0], true);  // static on one way
    const Result<JobResult> some = runner.run((*jobs)[1], true);  // shared on one way
    REQUIRE(none.ok());
    REQUIRE(some.ok());
    CHECK(columns_of({none->row}) == columns_of({some->row}));
    CHECK_FALSE(none->timed.has_value());
    CHECK(some->timed.has_value() == timed);
    CHECK(note_of(none->row).rfind("policy static: 2 tenants", 0) == 0);
    CHECK(note_of(some->row).empty());
    for (const auto& [name, value] : none->row.cells) {
      INFO(name);
      const bool said =
          name == "mix" || name == "policy" || name == "note" || name == "simulated" || name == "sweep_ways";
      CHECK(std::holds_alternative<std::monostate>(value) == !said);
    }
    CHECK(*none->row.find("sweep_ways") == Value(std::string("1")));
  }
}

TEST_CASE("an error of a job names its input and its policy") {
  Experiment asked = experiment();
  asked.timed = true;
  const Result<std::vector<Job>> jobs = jobs_of(asked);
  REQUIRE(jobs.ok());
  const std::atomic<bool> stop = true;
  const Result<JobResult> result = JobRunner(asked, no_clock, stop).run(jobs->front(), false);
  REQUIRE(!result.ok());
  CHECK(result.error().code == ErrorCode::failed);
  CHECK(result.error().what.rfind("mix 1, policy static", 0) == 0);
}

}  // namespace
}  // namespace dcat::sim
