// Shards: a sweep cut into N parts that may run anywhere, in any order. Shard K of N (K from 1) has the jobs
// K-1, K-1+N, K-1+2N...: neighbours in the list of jobs cost alike, so every shard gets its part of the slow ones.
//   Properties: every job is in exactly one shard of N; their sizes differ by one at most.
// Which shard this is, is said by `K/N` or by the batch system that started us:
//   Slurm (sbatch, "Job arrays"): SLURM_ARRAY_TASK_ID among _MIN to _MAX by _STEP, _COUNT of them;
//   Kubernetes (Job, "completionMode: Indexed"): JOB_COMPLETION_INDEX from 0, how many there are by DCAT_SHARDS, which
//   the manifest has to set.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "core/result.h"

namespace dcat::sim {

struct Shard {
  int index = 1;  // from 1 to count
  int count = 1;
  bool operator==(const Shard&) const = default;
};

inline constexpr int kMostShards = 1'000'000;

// "K/N", 1 <= K <= N <= kMostShards. Error: bad_input.
Result<Shard> parse_shard(const std::string& text);
std::string format_shard(const Shard& shard);

// Absent: no batch system numbered this process. `lookup` is getenv, or stands for it: nullptr = not set.
// With DCAT_SHARDS=N a Slurm task's id is the K of K/N itself, whatever the array: tasks that failed can be sent again
// alone. Errors (bad_input): what is set is no number, does not fit together, or comes from both systems.
using Lookup = std::function<const char*(const char*)>;
std::optional<Result<Shard>> shard_of_environment(const Lookup& lookup);

// REQUIRES: a shard as parse_shard gives it. `job` from 0.
bool mine(const Shard& shard, std::size_t job);

// How many of `jobs` are this shard's.
std::size_t jobs_in(const Shard& shard, std::size_t jobs);

}  // namespace dcat::sim
