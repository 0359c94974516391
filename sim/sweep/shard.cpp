#include "sim/sweep/shard.h"

#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <utility>

namespace dcat::sim {
namespace {

constexpr const char* kCount = "DCAT_SHARDS";
constexpr const char* kSlurmTask = "SLURM_ARRAY_TASK_ID";
constexpr const char* kKubernetesIndex = "JOB_COMPLETION_INDEX";

// Digits alone: no sign, no space.
std::optional<std::int64_t> digits(const std::string& text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{}) return std::nullopt;
  return value;
}

Error in_environment(const std::string& what, const std::string& why, const std::string& todo) {
  return {ErrorCode::bad_input, "environment: " + what, why, todo + ", or give --shard K/N", 0};
}

// An empty variable is an error too: a manifest that passes on a field that is not there would else let every
// pod do everything.
Result<std::int64_t> read_number(const Lookup& lookup, const std::string& name) {
  const char* text = lookup(name.c_str());
  if (text == nullptr) return in_environment(name, "not set", "set it");
  const auto value = digits(text);
  if (!value) return in_environment(name, "got '" + std::string(text) + "'", "want a whole number from 0 up");
  return *value;
}

Result<int> read_count(const Lookup& lookup, const std::string& name) {
  const Result<std::int64_t> count = read_number(lookup, name);
  if (!count) return count.error();
  if (*count < 1 || *count > kMostShards)
    return in_environment(name, "got " + std::to_string(*count), "want from 1 to " + std::to_string(kMostShards));
  return static_cast<int>(*count);
}

Result<Shard> slurm_shard_of_count(const Lookup& lookup) {
  const Result<std::int64_t> task = read_number(lookup, kSlurmTask);
  if (!task) return task.error();
  const Result<int> count = read_count(lookup, kCount);
  if (!count) return count.error();
  if (*task < 1 || *task > *count)
    return in_environment(
        kSlurmTask, "task " + std::to_string(*task) + " of DCAT_SHARDS=" + std::to_string(*count),
        "with DCAT_SHARDS the array's tasks are numbered from 1 to it (--array=1-" + std::to_string(*count) + ")");
  return Shard{static_cast<int>(*task), *count};
}

Result<Shard> slurm_shard(const Lookup& lookup) {
  if (lookup(kCount) != nullptr) return slurm_shard_of_count(lookup);
  std::map<std::string, std::int64_t> array;
  for (const char* key : {"ID", "MIN", "MAX", "STEP", "COUNT"}) {
    const Result<std::int64_t> value = read_number(lookup, "SLURM_ARRAY_TASK_" + std::string(key));
    if (!value) return value.error();
    array[key] = *value;
  }
  const std::int64_t id = array["ID"], min = array["MIN"], max = array["MAX"], step = array["STEP"];
  const std::string got = "task " + std::to_string(id) + " of " + std::to_string(array["COUNT"]) + " from " +
                          std::to_string(min) + " to " + std::to_string(max) + " by " + std::to_string(step);
  // A list with holes (--array=1,3,7) shows its bounds and its number only: whose turn is third cannot be told.
  const bool regular = step >= 1 && min <= max && (max - min) / step + 1 == array["COUNT"];
  if (!regular)
    return in_environment(kSlurmTask, got + " is no array of equal steps",
                          "use --array=1-N, or set DCAT_SHARDS=N to send single tasks of 1-N again");
  if (id < min || id > max || (id - min) % step != 0)
    return in_environment(kSlurmTask, got + " is not in its array", "use --array=1-N");
  if (array["COUNT"] > kMostShards)
    return in_environment(kSlurmTask, got, "want at most " + std::to_string(kMostShards) + " tasks");
  return Shard{static_cast<int>((id - min) / step) + 1, static_cast<int>(array["COUNT"])};
}

Result<Shard> kubernetes_shard(const Lookup& lookup) {
  const Result<std::int64_t> index = read_number(lookup, kKubernetesIndex);
  if (!index) return index.error();
  constexpr const char* kCompletions = "JOB_COMPLETIONS";
  std::optional<int> count;
  for (const char* name : {kCount, kCompletions}) {
    if (lookup(name) == nullptr) continue;
    const Result<int> said = read_count(lookup, name);
    if (!said) return said.error();
    if (count && *count != *said)
      return in_environment(kCount, "it is " + std::to_string(*count) + " and JOB_COMPLETIONS " + std::to_string(*said),
                            "set one of them, to the Job's completions");
    count = *said;
  }
  if (!count)
    return in_environment(kKubernetesIndex, "how many pods there are is not said",
                          "set DCAT_SHARDS to the Job's completions");
  if (*index >= *count)
    return in_environment(kKubernetesIndex, "pod " + std::to_string(*index) + " (from 0) of " + std::to_string(*count),
                          "set DCAT_SHARDS to the Job's completions");
  return Shard{static_cast<int>(*index) + 1, *count};
}

}  // namespace

Result<Shard> parse_shard(const std::string& text) {
  const std::size_t slash = text.find('/');
  const auto index = digits(text.substr(0, slash));
  const auto count = slash == std::string::npos ? std::nullopt : digits(text.substr(slash + 1));
  if (!index || !count || *index < 1 || *index > *count || *count > kMostShards)
    return Error{ErrorCode::bad_input, "shard", "got '" + text + "'",
                 "want K/N, the K-th of N parts: 1/8 to 8/8, N at most " + std::to_string(kMostShards), 0};
  return Shard{static_cast<int>(*index), static_cast<int>(*count)};
}

std::string format_shard(const Shard& shard) {
  return std::to_string(shard.index) + "/" + std::to_string(shard.count);
}

std::optional<Result<Shard>> shard_of_environment(const Lookup& lookup) {
  const bool slurm = lookup(kSlurmTask) != nullptr;
  const bool kubernetes = lookup(kKubernetesIndex) != nullptr;
  if (slurm && kubernetes)
    return in_environment(kSlurmTask, std::string(kKubernetesIndex) + " is set as well", "unset one of them");
  if (slurm) return slurm_shard(lookup);
  if (kubernetes) return kubernetes_shard(lookup);
  return std::nullopt;
}

bool mine(const Shard& shard, std::size_t job) {
  return job % static_cast<std::size_t>(shard.count) == static_cast<std::size_t>(shard.index) - 1;
}

std::size_t jobs_in(const Shard& shard, std::size_t jobs) {
  const auto count = static_cast<std::size_t>(shard.count);
  return jobs / count + (static_cast<std::size_t>(shard.index) <= jobs % count ? 1 : 0);
}

}  // namespace dcat::sim
