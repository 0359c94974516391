#include "sim/tune/parzen.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace dcat::sim {
namespace {

constexpr double kNarrowest = 0.01;
constexpr int kTries = 100;  // before a draw that always leaves the scale is put at its end

double normal_density(double z) {
  return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
}

double normal_below(double z) {
  return std::erfc(-z / std::numbers::sqrt2) / 2;
}

std::size_t index_below(std::size_t count, Random& random) {
  const double place = (1 - random.uniform()) * static_cast<double>(count);  // from 0, below count
  return std::min(static_cast<std::size_t>(place), count - 1);
}

}  // namespace

Parzen::Parzen(const Dimension& dimension, std::vector<double> units) : centres_(std::move(units)) {
  if (dimension.kind == Kind::choice) {
    categories_ = static_cast<std::size_t>(dimension.to - dimension.from) + 1;
    const double whole = static_cast<double>(centres_.size()) + 1;
    masses_.assign(categories_, 1 / static_cast<double>(categories_) / whole);
    for (const double unit : centres_) masses_[category(unit)] += 1 / whole;
    return;
  }
  std::sort(centres_.begin(), centres_.end());
  const double least = std::max(kNarrowest, 1 / (1 + static_cast<double>(centres_.size())));
  for (std::size_t k = 0; k < centres_.size(); ++k) {
    const double left = centres_[k] - (k > 0 ? centres_[k - 1] : 0);
    const double right = (k + 1 < centres_.size() ? centres_[k + 1] : 1) - centres_[k];
    const double width = std::max({left, right, least});
    widths_.push_back(width);
    masses_.push_back(normal_below((1 - centres_[k]) / width) - normal_below(-centres_[k] / width));
  }
}

std::size_t Parzen::category(double unit) const {
  const auto place = static_cast<std::size_t>(std::clamp(unit, 0.0, 1.0) * static_cast<double>(categories_));
  return std::min(place, categories_ - 1);
}

double Parzen::draw_kernel(std::size_t k, Random& random) const {
  for (int i = 0; i < kTries; ++i) {
    const double unit = centres_[k] + widths_[k] * random.normal();
    if (unit >= 0 && unit <= 1) return unit;
  }
  return centres_[k];
}

double Parzen::draw(Random& random) const {
  if (categories_ == 0) {
    const std::size_t k = index_below(centres_.size() + 1, random);
    return k < centres_.size() ? draw_kernel(k, random) : random.uniform();
  }
  double left = random.uniform();
  std::size_t chosen = 0;
  while (chosen + 1 < categories_ && left > masses_[chosen]) left -= masses_[chosen++];
  return (static_cast<double>(chosen) + 0.5) / static_cast<double>(categories_);
}

double Parzen::density(double unit) const {
  if (categories_ > 0) return masses_[category(unit)];
  double sum = 1;  // the even kernel
  for (std::size_t k = 0; k < centres_.size(); ++k)
    sum += normal_density((unit - centres_[k]) / widths_[k]) / widths_[k] / masses_[k];
  return sum / (static_cast<double>(centres_.size()) + 1);
}

double most_promising(const Parzen& good, const Parzen& rest, int candidates, Random& random) {
  double chosen = 0;
  double greatest = -1;
  for (int i = 0; i < candidates; ++i) {
    const double unit = good.draw(random);
    const double ratio = good.density(unit) / rest.density(unit);
    if (ratio > greatest) chosen = unit, greatest = ratio;
  }
  return chosen;
}

}  // namespace dcat::sim
