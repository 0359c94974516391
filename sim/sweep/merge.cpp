#include "sim/sweep/merge.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "sim/sweep/result_file.h"

namespace dcat::sim {
namespace {

// A sentence, not a listing: beyond this the rest is counted.
constexpr std::size_t kMostRanges = 12;
constexpr std::size_t kMostDuplicates = 5;

struct Found {
  Row row;
  std::vector<std::string> places;
};
using Jobs = std::map<std::size_t, Found>;

std::string place_of(const std::string& path, std::size_t line) {
  return path + ":" + std::to_string(line);
}

Status same_experiment(const ResultHeader& first, const std::string& first_path, const ResultHeader& other,
                       const std::string& path) {
  const auto differ = [&](const std::string& how) {
    return Error{ErrorCode::bad_input, "merge " + first_path + " and " + path, how, "merge one experiment at a time",
                 0};
  };
  if (first.version != other.version) return differ("they are of dcat " + first.version + " and " + other.version);
  if (first.identity != other.identity || first.jobs != other.jobs)
    return differ("they are of different experiments (" + first.identity + ", " + std::to_string(first.jobs) +
                  " jobs; " + other.identity + ", " + std::to_string(other.jobs) + " jobs)");
  return {};
}

// The time of a row; rows that have none stay in the order of their places.
double time_of(const Row& row) {
  const Value* value = row.find("solve_us");
  if (value == nullptr) return 0;
  if (const auto* time = std::get_if<double>(value)) return *time;
  if (const auto* time = std::get_if<std::int64_t>(value)) return static_cast<double>(*time);
  return 0;
}

Status add_result(Jobs& jobs, const std::string& place, ResultLine result) {
  const auto [at, fresh] = jobs.try_emplace(result.job);
  Found& found = at->second;
  if (!fresh && !same_result(found.row, result.row))
    return Error{ErrorCode::bad_input, found.places.front() + " and " + place,
                 "they have different results of job " + std::to_string(result.job),
                 "remove the file that is wrong and run its shard again", 0};
  if (fresh || time_of(result.row) < time_of(found.row)) found.row = std::move(result.row);
  found.places.push_back(place);
  return {};
}

Status add_file(const std::string& path, Merged& merged, Jobs& jobs) {
  Result<StoredResults> stored = read_results(path);
  if (!stored) return std::move(stored).error();
  if (merged.files.empty()) merged.header = stored->header;
  if (!merged.files.empty())
    if (Status same = same_experiment(merged.header, merged.files.front().path, stored->header, path); !same)
      return same;
  std::set<std::size_t> own;
  for (StoredResult& each : stored->results) {
    own.insert(each.result.job);
    if (Status added = add_result(jobs, place_of(path, each.line), std::move(each.result)); !added) return added;
  }
  merged.files.push_back({path, stored->header.shard, own.size(), stored->cut});
  return {};
}

// Shards without a file that would fill a gap; none where the files do not agree on the number of shards.
std::vector<std::size_t> shards_without_file(const Merged& merged) {
  const int count = merged.files.front().shard.count;
  std::set<std::size_t> there;
  for (const MergedFile& file : merged.files) {
    if (file.shard.count != count) return {};
    there.insert(static_cast<std::size_t>(file.shard.index));
  }
  std::set<std::size_t> missing;
  for (const std::size_t job : merged.gaps) missing.insert(job % static_cast<std::size_t>(count) + 1);
  std::vector<std::size_t> without;
  std::set_difference(missing.begin(), missing.end(), there.begin(), there.end(), std::back_inserter(without));
  return without;
}

bool is_finished(const Merged& merged, const MergedFile& file) {
  return std::none_of(merged.gaps.begin(), merged.gaps.end(), [&](std::size_t job) { return mine(file.shard, job); });
}

std::string joined(const std::vector<std::string>& parts, const std::string& separator) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : separator) + part;
  return text;
}

}  // namespace

Result<Merged> merge_results(std::vector<std::string> paths) {
  if (paths.empty()) return Error{ErrorCode::bad_input, "merge", "no files were named", "name result files", 0};
  // Messages and places do not depend on the order either; a file named twice is read once.
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  Merged merged;
  Jobs jobs;
  for (const std::string& path : paths)
    if (Status added = add_file(path, merged, jobs); !added) return std::move(added).error();
  merged.header.shard = Shard{};
  std::size_t next = 0;
  for (auto& [job, found] : jobs) {
    for (; next < job; ++next) merged.gaps.push_back(next);
    next = job + 1;
    merged.rows.push_back(std::move(found.row));
    if (found.places.size() > 1) merged.duplicates.push_back({job, std::move(found.places)});
  }
  for (; next < merged.header.jobs; ++next) merged.gaps.push_back(next);
  return merged;
}

std::string format_gaps(const Merged& merged) {
  if (merged.gaps.empty()) return "";
  const bool one = merged.gaps.size() == 1;
  std::vector<std::string> reasons;
  const std::vector<std::size_t> without = shards_without_file(merged);
  const std::string of_count = "/" + std::to_string(merged.files.front().shard.count);
  if (without.size() == 1) reasons.push_back("no file of shard " + std::to_string(without.front()) + of_count);
  if (without.size() > 1)
    reasons.push_back("no files of shards " + format_ranges(without, kMostRanges) + " of " + of_count.substr(1));
  for (const MergedFile& file : merged.files)
    if (!is_finished(merged, file))
      reasons.push_back("shard " + format_shard(file.shard) + " (" + file.path + ") is not finished" +
                        (file.cut ? ", its last line was cut off" : ""));
  return std::string(one ? "job " : "jobs ") + format_ranges(merged.gaps, kMostRanges) + " of " +
         std::to_string(merged.header.jobs) + (one ? " is" : " are") + " missing" +
         (reasons.empty() ? "" : ": " + joined(reasons, "; "));
}

std::string format_duplicates(const Merged& merged) {
  if (merged.duplicates.empty()) return "";
  std::vector<std::string> parts;
  for (const DuplicateJob& each : merged.duplicates) {
    if (parts.size() == kMostDuplicates) break;
    parts.push_back("job " + std::to_string(each.job) + " (" + joined(each.places, ", ") + ")");
  }
  const std::size_t count = merged.duplicates.size();
  return std::to_string(count) + (count == 1 ? " job is" : " jobs are") +
         " there more than once, alike each time: " + joined(parts, ", ") + (count > parts.size() ? ", ..." : "");
}

std::string format_ranges(const std::vector<std::size_t>& numbers, std::size_t most) {
  std::vector<std::string> ranges;
  std::size_t first = 0;
  while (first < numbers.size() && ranges.size() < most) {
    std::size_t last = first;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    ranges.push_back(std::to_string(numbers[first]) + (last == first ? "" : "-" + std::to_string(numbers[last])));
    first = last + 1;
  }
  return joined(ranges, ", ") +
         (first < numbers.size() ? " and " + std::to_string(numbers.size() - first) + " more" : "");
}

}  // namespace dcat::sim
