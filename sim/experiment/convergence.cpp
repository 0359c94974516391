#include "sim/experiment/convergence.h"

#include <algorithm>
#include <limits>
#include <map>

namespace dcat::sim {

void Convergence::change(bool worth, bool unseen) {
  close();
  change_ = CaughtUp{unseen};
  worth_ = worth;
  lasted_ = 0;
}

void Convergence::period(double part) {
  if (part >= kNearly && !change_.to_95) change_.to_95 = lasted_;
  if (part >= kReached && !change_.to_98) change_.to_98 = lasted_;
  ++lasted_;
}

void Convergence::close() {
  if (worth_ && lasted_ >= kWorthChasing) counted_.push_back(change_);
  worth_ = false;
}

std::vector<CaughtUp> Convergence::finish() {
  close();
  return std::move(counted_);
}

std::optional<double> median_of(const std::vector<std::optional<int>>& values) {
  if (values.empty()) return std::nullopt;
  std::vector<double> sorted;
  for (const std::optional<int>& v : values) sorted.push_back(v ? *v : std::numeric_limits<double>::infinity());
  std::sort(sorted.begin(), sorted.end());
  const std::size_t middle = sorted.size() / 2;
  const double median = sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  if (median == std::numeric_limits<double>::infinity()) return std::nullopt;
  return median;
}

std::string to_98_text(std::span<const CaughtUp> changes, bool unseen) {
  std::map<int, int> times;
  int never = 0;
  for (const CaughtUp& change : changes) {
    if (change.unseen != unseen) continue;
    if (change.to_98)
      ++times[*change.to_98];
    else
      ++never;
  }
  std::string text;
  for (const auto& [periods, count] : times)
    text += (text.empty() ? "" : " ") + std::to_string(periods) + ":" + std::to_string(count);
  if (never > 0) text += (text.empty() ? "never:" : " never:") + std::to_string(never);
  return text;
}

}  // namespace dcat::sim
