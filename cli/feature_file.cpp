#include "cli/feature_file.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "cat/linux/kept_file.h"
#include "controller/period.h"

namespace dcat::cli {

std::map<DomainId, Ways> free_for_contracts(const Observation& o, const Decision& d, const Parameters& parameters) {
  std::map<DomainId, Ways> free;
  for (const DomainGeometry& geometry : o.geometry.domains)
    free[geometry.id] = geometry.ways() - shared_floor(geometry, parameters);
  for (const DomainDecision& domain : d.domains)
    for (const ContainerDecision& row : domain.containers)
      if (row.container != kSharedRegion && row.dedicated) free[domain.id] -= row.contract;
  for (auto& [id, ways] : free) ways = std::max(ways, Ways(0));
  return free;
}

std::string format_features(const std::map<DomainId, Ways>& free, std::time_t expires) {
  if (free.empty()) return {};
  std::tm utc{};
  ::gmtime_r(&expires, &utc);
  char time[sizeof "2026-01-02T03:09:05Z"];
  std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", &utc);
  std::string text = "# +expiry-time=" + std::string(time) + "\n";
  const auto line = [&text](const std::string& key, Ways ways) {
    text += "dcat.dev/" + key + ".free-ways=" + std::to_string(ways.count) + "\n";
  };
  const auto by_ways = [](const auto& a, const auto& b) { return a.second < b.second; };
  line("l3", std::min_element(free.begin(), free.end(), by_ways)->second);
  for (const auto& [id, ways] : free) line("l3." + std::to_string(id.value), ways);
  return text;
}

FeatureFile::~FeatureFile() {
  remove();
}

void FeatureFile::remove() {
  if (written_at_) ::unlink(path_.c_str());
  written_at_.reset();
  free_.reset();
}

void FeatureFile::move_to(const std::string& path) {
  if (path == path_) return;
  remove();
  path_ = path;
}

void FeatureFile::on_mode(Mode mode, const std::string&) {
  promises_ = mode == Mode::enforce;
  if (!promises_) remove();
}

Status FeatureFile::on_decision(const Observation& observation, const Decision& decision) {
  if (!promises_ || path_.empty()) return {};
  std::map<DomainId, Ways> free = free_for_contracts(observation, decision, parameters_);
  at_ = observation.at;
  const bool fresh = written_at_ && at_ - *written_at_ < kRefresh;
  if (!fresh || free != written_)
    free_ = std::move(free);
  else
    free_.reset();
  return {};
}

void FeatureFile::on_beat() {
  if (!free_) return;
  const std::time_t expires = std::time(nullptr) + std::chrono::duration_cast<std::chrono::seconds>(kExpiry).count();
  const std::size_t slash = path_.rfind('/');
  // What is lost with the machine is written by the next run.
  const Status done = replace_file(path_.substr(0, slash), path_.substr(slash + 1), format_features(*free_, expires),
                                   Kept::for_others, Outlives::daemon);
  if (!done && !told_) spdlog::warn("feature_file: {}", done.error().to_string());
  told_ = !done;
  if (!done) return;
  written_ = *std::exchange(free_, std::nullopt);
  written_at_ = at_;
}

}  // namespace dcat::cli
