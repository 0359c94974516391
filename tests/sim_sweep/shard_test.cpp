#include "sim/sweep/shard.h"

#include <map>
#include <set>
#include <vector>

#include "tests/support/catch.h"

namespace dcat::sim {
namespace {

using Environment = std::map<std::string, std::string>;

std::optional<Result<Shard>> shard_in(const Environment& environment) {
  return shard_of_environment([&](const char* name) -> const char* {
    const auto at = environment.find(name);
    return at == environment.end() ? nullptr : at->second.c_str();
  });
}

Environment slurm(const std::string& id, const std::string& min, const std::string& max, const std::string& step,
                  const std::string& count) {
  return {{"SLURM_ARRAY_TASK_ID", id},
          {"SLURM_ARRAY_TASK_MIN", min},
          {"SLURM_ARRAY_TASK_MAX", max},
          {"SLURM_ARRAY_TASK_STEP", step},
          {"SLURM_ARRAY_TASK_COUNT", count}};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a shard reads as it is written, K of N from 1") {
  for (const std::string text : {"1/1", "1/8", "8/8", "1000000/1000000"}) {
    const Result<Shard> shard = parse_shard(text);
    REQUIRE(shard.ok());
    CHECK(format_shard(*shard) == text);
  }
  CHECK(*parse_shard("3/4") == Shard{3, 4});
}

TEST_CASE("what is no shard is refused and quoted") {
  for (const std::string text : {"",
                                 "/",
                                 "1",
                                 "1/",
                                 "/4",
                                 "0/4",
                                 "5/4",
                                 "-1/4",
                                 "1/-4",
                                 "+1/4",
                                 "1/4/",
                                 "1/4/4",
                                 " 1/4",
                                 "1 /4",
                                 "1/4\n",
                                 "a/b",
                                 "1.0/4",
                                 "0x1/4",
                                 "1/0",
                                 "0/0",
                                 "1/1000001",
                                 "1/99999999999999999999",
                                 "18446744073709551617/4"}) {
    const Result<Shard> shard = parse_shard(text);
    INFO(text);
    REQUIRE(!shard.ok());
    CHECK(shard.error().code == ErrorCode::bad_input);
    CHECK(shard.error().why == "got '" + text + "'");
  }
}

TEST_CASE("every job is in exactly one shard, and shards differ by one job at most") {
  for (int count = 1; count <= 9; ++count)
    for (std::size_t jobs = 0; jobs <= 20; ++jobs) {
      std::size_t all = 0, least = jobs, most = 0;
      for (int index = 1; index <= count; ++index) {
        std::size_t own = 0;
        for (std::size_t job = 0; job < jobs; ++job) own += mine({index, count}, job) ? 1 : 0;
        CHECK(own == jobs_in({index, count}, jobs));
        all += own;
        least = std::min(least, own);
        most = std::max(most, own);
      }
      CHECK(all == jobs);
      CHECK(most - least <= 1);
    }
}

TEST_CASE("neighbours in the list of jobs go to different shards") {
  CHECK(mine({1, 3}, 0));
  CHECK(mine({2, 3}, 1));
  CHECK(mine({3, 3}, 2));
  CHECK(mine({1, 3}, 3));
  CHECK(!mine({1, 3}, 1));
}

TEST_CASE("without a batch system there is no shard, whatever else is set") {
  CHECK(!shard_in({}).has_value());
  CHECK(!shard_in({{"DCAT_SHARDS", "8"}, {"SLURM_JOB_ID", "7"}, {"SLURM_ARRAY_TASK_COUNT", "4"}}).has_value());
}

TEST_CASE("a Slurm task is the shard of its place in the array, wherever the array starts and however it steps") {
  struct Case {
    Environment environment;
    Shard want;
  };
  const Case cases[] = {{slurm("1", "1", "8", "1", "8"), {1, 8}},         {slurm("8", "1", "8", "1", "8"), {8, 8}},
                        {slurm("0", "0", "3", "1", "4"), {1, 4}},         {slurm("3", "0", "3", "1", "4"), {4, 4}},
                        {slurm("13", "10", "16", "3", "3"), {2, 3}},      {slurm("9", "1", "10", "4", "3"), {3, 3}},
                        {slurm("77", "77", "77", "1", "1"), {1, 1}},      {slurm("5", "1", "5", "4", "2"), {2, 2}},
                        {slurm("1001", "1000", "1003", "1", "4"), {2, 4}}};
  for (const Case& each : cases) {
    const auto shard = shard_in(each.environment);
    REQUIRE(shard.has_value());
    REQUIRE(shard->ok());
    CHECK(**shard == each.want);
  }
}

TEST_CASE("with DCAT_SHARDS a Slurm task that is sent again alone keeps its number") {
  Environment again = slurm("3", "3", "5", "1", "2");  // --array=3,5
  again["DCAT_SHARDS"] = "8";
  REQUIRE(shard_in(again)->ok());
  CHECK(**shard_in(again) == Shard{3, 8});
  again["SLURM_ARRAY_TASK_ID"] = "9";
  CHECK(contains(shard_in(again)->error().to_string(), "task 9 of DCAT_SHARDS=8"));
  again["SLURM_ARRAY_TASK_ID"] = "0";
  CHECK(!shard_in(again)->ok());
}

TEST_CASE("a Slurm array with holes is refused, with what to do about it") {
  const auto shard = shard_in(slurm("3", "1", "7", "1", "3"));  // --array=1,3,7
  REQUIRE(shard.has_value());
  REQUIRE(!shard->ok());
  CHECK(shard->error().code == ErrorCode::bad_input);
  CHECK(contains(shard->error().todo, "DCAT_SHARDS"));
  CHECK(contains(shard->error().todo, "--shard K/N"));
}

TEST_CASE("a Slurm environment that does not fit together is refused") {
  const Environment cases[] = {slurm("9", "1", "8", "1", "8"),
                               slurm("0", "1", "8", "1", "8"),
                               slurm("2", "1", "9", "2", "5"),
                               slurm("1", "1", "8", "0", "8"),
                               slurm("1", "8", "1", "1", "8"),
                               slurm("1", "1", "8", "1", "0"),
                               slurm("x", "1", "8", "1", "8"),
                               slurm("", "1", "8", "1", "8"),
                               slurm("1", "1", "8", "1", "8.0"),
                               slurm("-1", "-1", "8", "1", "10"),
                               slurm("1", "1", "99999999999999999999", "1", "8"),
                               slurm("1", "1", "2000000", "1", "2000000"),
                               {{"SLURM_ARRAY_TASK_ID", "1"}}};
  for (const Environment& environment : cases) {
    const auto shard = shard_in(environment);
    INFO(environment.at("SLURM_ARRAY_TASK_ID"));
    REQUIRE(shard.has_value());
    REQUIRE(!shard->ok());
    CHECK(shard->error().code == ErrorCode::bad_input);
    CHECK(contains(shard->error().what, "SLURM_ARRAY_TASK_"));
    CHECK(contains(shard->error().todo, "--shard K/N"));
  }
}

TEST_CASE("a variable of Slurm's that is missing is named") {
  Environment part = slurm("1", "1", "8", "1", "8");
  part.erase("SLURM_ARRAY_TASK_COUNT");
  CHECK(shard_in(part)->error().what == "environment: SLURM_ARRAY_TASK_COUNT");
  CHECK(shard_in(part)->error().why == "not set");
}

TEST_CASE("a Kubernetes pod counts from 0 and is told how many there are") {
  for (const char* count : {"DCAT_SHARDS", "JOB_COMPLETIONS"}) {
    CHECK(**shard_in({{"JOB_COMPLETION_INDEX", "0"}, {count, "4"}}) == Shard{1, 4});
    CHECK(**shard_in({{"JOB_COMPLETION_INDEX", "3"}, {count, "4"}}) == Shard{4, 4});
  }
  CHECK(**shard_in({{"JOB_COMPLETION_INDEX", "2"}, {"DCAT_SHARDS", "4"}, {"JOB_COMPLETIONS", "4"}}) == Shard{3, 4});
}

TEST_CASE("a Kubernetes environment that does not fit together is refused") {
  const Environment cases[] = {
      {{"JOB_COMPLETION_INDEX", "0"}},
      {{"JOB_COMPLETION_INDEX", ""}, {"DCAT_SHARDS", "4"}},
      {{"JOB_COMPLETION_INDEX", "4"}, {"DCAT_SHARDS", "4"}},
      {{"JOB_COMPLETION_INDEX", "-1"}, {"DCAT_SHARDS", "4"}},
      {{"JOB_COMPLETION_INDEX", "one"}, {"DCAT_SHARDS", "4"}},
      {{"JOB_COMPLETION_INDEX", "0"}, {"DCAT_SHARDS", "0"}},
      {{"JOB_COMPLETION_INDEX", "0"}, {"DCAT_SHARDS", ""}},
      {{"JOB_COMPLETION_INDEX", "0"}, {"DCAT_SHARDS", "1000001"}},
      {{"JOB_COMPLETION_INDEX", "0"}, {"DCAT_SHARDS", "4"}, {"JOB_COMPLETIONS", "5"}},
      {{"JOB_COMPLETION_INDEX", "0"}, {"DCAT_SHARDS", "4"}, {"JOB_COMPLETIONS", "four"}},
  };
  for (const Environment& environment : cases) {
    const auto shard = shard_in(environment);
    REQUIRE(shard.has_value());
    INFO(environment.at("JOB_COMPLETION_INDEX"));
    REQUIRE(!shard->ok());
    CHECK(shard->error().code == ErrorCode::bad_input);
    CHECK(contains(shard->error().todo, "--shard K/N"));
  }
}

TEST_CASE("two batch systems at once are refused, both named") {
  Environment both = slurm("1", "1", "4", "1", "4");
  both["JOB_COMPLETION_INDEX"] = "0";
  both["DCAT_SHARDS"] = "4";
  const std::string text = shard_in(both)->error().to_string();
  CHECK(contains(text, "SLURM_ARRAY_TASK_ID"));
  CHECK(contains(text, "JOB_COMPLETION_INDEX"));
}

}  // namespace
}  // namespace dcat::sim
