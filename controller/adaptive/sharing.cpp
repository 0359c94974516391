#include "controller/adaptive/sharing.h"

#include <algorithm>
#include <cmath>

namespace dcat {

namespace {

constexpr int kRounds = 12;
constexpr double kLeastInsertions = 1e-9;  // of who inserts nothing: it holds what nobody else wants

double insertions(const Sharer& s, double ways) {
  if (s.curve == nullptr) return kLeastInsertions;
  return std::max(kLeastInsertions, s.cycles_per_sec * s.curve->mpki(ways) / s.curve->cpi(ways));
}

}  // namespace

std::vector<double> share_out(const std::vector<Sharer>& sharers, double ways) {
  std::vector<double> held(sharers.size(), ways / static_cast<double>(sharers.size()));
  if (sharers.size() < 2) return held;
  // Insertions fall with what is held, so that the step is halved: in the logarithm, where it cannot pass zero.
  std::vector<double> wanted(sharers.size());
  for (int round = 0; round < kRounds; ++round) {
    double sum = 0;
    for (std::size_t i = 0; i < sharers.size(); ++i) sum += wanted[i] = insertions(sharers[i], held[i]);
    double total = 0;
    for (std::size_t i = 0; i < sharers.size(); ++i) {
      held[i] = std::sqrt(std::max(held[i], 1e-9) * (ways * wanted[i] / sum));
      total += held[i];
    }
    for (double& w : held) w *= ways / total;
  }
  return held;
}

}  // namespace dcat
