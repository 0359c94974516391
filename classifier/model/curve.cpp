#include "classifier/model/curve.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "classifier/model/shapes.h"

namespace dcat {

namespace {

// How far a real program is from the nearest shape: of its misses, of its references, and misses per 1,000 instructions
// that are nothing at all.
constexpr double kShapeError = 0.03, kReferenceError = 0.004, kNothing = 0.01;
// Part of the references that miss with next to no cache.
constexpr double kUsualLevel = 0.95, kLevelSpread = 0.12;
// What a miss usually costs, in cycles per instruction for one miss per 1,000 instructions: 25 cycles, out-of-order
// machines overlapping several of some 200 each; as likely next to nothing as twice that, and more where references
// (per 1,000 instructions) are few.
constexpr double kUsualPrice = 0.025, kPriceSpread = 0.02, kLonePriceSpread = 0.05, kManyReferences = 5;
// No program waits for memory longer than this part of its time because of one kind of miss, by any account.
constexpr double kMostStall = 0.9, kUsualStall = 0.3;
// How far CPI is from a straight line over misses, relative.
constexpr double kBend = 0.02;
// Measurements pull a curve as much as so many of them outweigh what the shapes are sure of.
// Of the way in misses from the last measurement on, what may be otherwise.
constexpr double kBeyond = 0.5;
constexpr std::size_t kAllNodes = kFineNodes.size() + kMostModelWays - 3;
constexpr double kLeastMisses = 1e-4;

double line_variance(const Measurement& m, double noise) {
  const double error = m.cpi * noise;
  return error * error / m.weight + kBend * kBend * m.cpi * m.cpi / 4;
}

}  // namespace

Curve::Curve(const Evidence& evidence, double noise, int ways) : noise_(noise) {
  const std::size_t nodes = nodes_up_to(ways);
  mpki_.assign(nodes, 0);
  deviation_.assign(nodes, 0);
  refs_ = evidence.features().refs_per_ki;
  for (const Measurement& m : evidence.all()) refs_ = std::max(refs_, m.mpki);
  refs_ = std::max(refs_, kLeastMisses);
  for (const Measurement& m : evidence.all()) measured_.push_back(m.mpki);
  std::ranges::sort(measured_);
  weigh_shapes(evidence, noise);
  pass_through(evidence, noise);
  fit_price(evidence, noise);
  bend(evidence, noise);
}

double Curve::read(const std::vector<double>& values, double ways) const {
  const Place at = place_of(ways, values.size());
  if (at.part <= 0) return values[at.below];
  return values[at.below] + at.part * (values[at.below + 1] - values[at.below]);
}

void Curve::weigh_shapes(const Evidence& evidence, double noise) {
  const std::vector<Shape>& all = shapes();
  struct Seen {
    Place at;
    std::size_t next;  // node
    double mpki;
    double variance;
  };
  const double unexplained = kReferenceError * kReferenceError * refs_ * refs_ + kNothing * kNothing;
  std::vector<Seen> seen;
  for (const Measurement& m : evidence.all()) {
    const double error = noise * std::max(m.mpki, kNothing);
    const Place at = place_of(m.ways, kAllNodes);
    seen.push_back({at, std::min(at.below + 1, kAllNodes - 1), m.mpki, error * error / m.weight + unexplained});
  }
  // How many of the references miss with next to no cache is not quite known: what is used again at once does not. Each
  // shape has its own best answer.
  struct Fit {
    double log_likelihood, level;
  };
  std::vector<Fit> fits;
  fits.reserve(all.size());
  double best = -1e300;
  std::array<double, kMostMeasurements> at, weight;
  for (const Shape& shape : all) {
    constexpr double kSure = 1 / (kLevelSpread * kLevelSpread);
    double precision = kSure, level = kUsualLevel * kSure;
    double variances = 1;  // their product: one logarithm does for all
    for (std::size_t i = 0; i < seen.size(); ++i) {
      const Seen& s = seen[i];
      const double below = shape.at[s.at.below];
      at[i] = refs_ * (below + s.at.part * (shape.at[s.next] - below));
      const double model = kShapeError * std::max(at[i], s.mpki);
      const double variance = s.variance + model * model;
      weight[i] = 1 / variance;
      variances *= variance;
      precision += at[i] * at[i] * weight[i];
      level += at[i] * s.mpki * weight[i];
    }
    level = std::min(level / precision, 1.0);
    double squares = (level - kUsualLevel) * (level - kUsualLevel) * kSure;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      const double d = seen[i].mpki - level * at[i];
      squares += d * d * weight[i];
    }
    const double log_likelihood = shape.log_prior - 0.5 * (squares + std::log(variances * precision));
    fits.push_back({log_likelihood, level});
    best = std::max(best, log_likelihood);
  }
  double sum = 0;
  for (Fit& fit : fits) sum += fit.log_likelihood = std::exp(fit.log_likelihood - best);
  std::vector<double> squares(mpki_.size(), 0);
  for (std::size_t h = 0; h < all.size(); ++h) {
    const double w = fits[h].log_likelihood / sum;
    if (w < 1e-6) continue;
    for (std::size_t k = 0; k < mpki_.size(); ++k) {
      const double m = all[h].at[k] * refs_ * fits[h].level;
      mpki_[k] += w * m;
      squares[k] += w * m * m;
    }
  }
  for (std::size_t k = 0; k < mpki_.size(); ++k)
    deviation_[k] = std::sqrt(std::max(0.0, squares[k] - mpki_[k] * mpki_[k]));
}

// What was measured is so: the curve is shifted to it there, and in proportion between two measurements. Beyond them
// the shift stays what it is, in proportion to what misses are left.
void Curve::pass_through(const Evidence& evidence, double noise) {
  struct Shift {
    double ways, factor;
  };
  std::vector<Shift> shifts;
  for (const Measurement& m : evidence.all()) {
    const double fitted = std::max(read(mpki_, m.ways), kLeastMisses);
    const double trust = 1 / (1 + noise * noise / m.weight / (kShapeError * kShapeError));
    const double ratio = std::max(m.mpki, kLeastMisses) / fitted;
    shifts.push_back({m.ways, 1 + trust * (std::clamp(ratio, 0.2, 5.0) - 1)});
  }
  std::size_t next = 0;
  for (std::size_t k = 0; k < mpki_.size(); ++k) {
    const double w = node_at(k);
    while (next < shifts.size() && shifts[next].ways < w) ++next;
    double factor;
    if (next == 0)  // towards no ways at all, where every reference misses
      factor = 1 + (shifts[0].factor - 1) * (shifts[0].ways > 0 ? w / shifts[0].ways : 1);
    else if (next == shifts.size())
      factor = shifts.back().factor;
    else
      factor = shifts[next - 1].factor + (shifts[next].factor - shifts[next - 1].factor) * (w - shifts[next - 1].ways) /
                                             (shifts[next].ways - shifts[next - 1].ways);
    mpki_[k] = std::min(mpki_[k] * factor, refs_);
  }
  for (std::size_t k = 1; k < mpki_.size(); ++k) mpki_[k] = std::min(mpki_[k], mpki_[k - 1]);
}

void Curve::fit_price(const Evidence& evidence, double noise) {
  double weight = 0, mean_m = 0, mean_cpi = 0, most = 1e9;
  for (const Measurement& m : evidence.all()) {
    const double w = 1 / line_variance(m, noise);
    weight += w;
    mean_m += w * m.mpki;
    mean_cpi += w * m.cpi;
    if (m.mpki > kNothing) most = std::min(most, kMostStall * m.cpi / m.mpki);
  }
  mean_m /= weight;
  mean_cpi /= weight;
  double sxx = 0, sxy = 0;
  for (const Measurement& m : evidence.all()) {
    const double w = 1 / line_variance(m, noise);
    sxx += w * (m.mpki - mean_m) * (m.mpki - mean_m);
    sxy += w * (m.mpki - mean_m) * (m.cpi - mean_cpi);
  }
  // A slow program waits for what it loads; and misses are not taken for more than kUsualStall of anybody's time.
  const double slow = std::max(1.0, mean_cpi);
  const double usual = std::min(kUsualPrice * slow, most * kUsualStall / kMostStall);
  // Where misses are few they are seldom overlapped, and may cost whole trips to memory.
  const double spread =
      std::min((kPriceSpread + kLonePriceSpread * std::exp(-refs_ / kManyReferences)) * slow, most / 2);
  const double precision = 1 / (spread * spread) + sxx;
  const double mean = (usual / (spread * spread) + sxy) / precision;
  price_ = {std::clamp(mean, 0.0, most), std::sqrt(1 / precision)};
  cpi_.assign(mpki_.size(), 0);
  for (std::size_t k = 0; k < mpki_.size(); ++k) cpi_[k] = mean_cpi + price_.mean * (mpki_[k] - mean_m);
}

// What was measured bends the line: between two measurements in proportion to misses, beyond them it stays parallel.
void Curve::bend(const Evidence& evidence, double noise) {
  struct Shift {
    double mpki, shift, variance;
  };
  std::vector<Shift> shifts;
  double least = 1e9;
  for (const Measurement& m : evidence.all()) least = std::min(least, m.cpi);
  const auto line = [&](double mpki) { return cpi_.front() + price_.mean * (mpki - mpki_.front()); };
  for (const Measurement& m : evidence.all()) {
    const double error = noise * noise / m.weight;
    const double trust = 1 / (1 + error / (kBend * kBend));
    shifts.push_back({m.mpki, trust * (m.cpi - line(m.mpki)), trust * error});
  }
  std::ranges::sort(shifts, {}, &Shift::mpki);
  seen_.assign(mpki_.size(), 0);
  for (std::size_t k = mpki_.size(); k-- > 0;) {
    const double misses = mpki_[k];
    const auto above = std::ranges::lower_bound(shifts, misses, {}, &Shift::mpki);
    if (above == shifts.begin()) {
      cpi_[k] += above->shift;
      seen_[k] = above->variance;
    } else if (above == shifts.end()) {
      cpi_[k] += shifts.back().shift;
      seen_[k] = shifts.back().variance;
    } else {
      const auto below = above - 1;
      const double width = above->mpki - below->mpki;
      const double part = width > 0 ? (misses - below->mpki) / width : 1;
      cpi_[k] += below->shift + part * (above->shift - below->shift);
      seen_[k] = below->variance + part * (above->variance - below->variance);
    }
    cpi_[k] = std::max(cpi_[k], least * (1 - kMostStall));
  }
  for (std::size_t k = cpi_.size() - 1; k-- > 0;) cpi_[k] = std::max(cpi_[k], cpi_[k + 1]);
}

// Beyond what was measured shapes are only shapes.
double Curve::mpki_deviation(double ways) const {
  const double misses = mpki(ways);
  const double beyond = std::max({0.0, measured_.front() - misses, misses - measured_.back()});
  return read(deviation_, ways) + kBeyond * beyond;
}

// From the nearest measurement on, in misses, the price and the misses may be others than thought.
double Curve::cpi_deviation(double ways) const {
  const double misses = mpki(ways);
  double away = 1e9;
  for (const double m : measured_) away = std::min(away, std::abs(m - misses));
  const double of_price = price_.deviation * away;
  const double of_misses = std::max(price_.mean, price_.deviation / 2) * mpki_deviation(ways);
  const double of_noise = cpi(ways) * std::sqrt(read(seen_, ways));
  return std::sqrt(of_price * of_price + of_misses * of_misses + of_noise * of_noise);
}

Spread Curve::relative_ipc(double ways, double contract) const {
  const double here = cpi(ways);
  const double there = cpi(contract);
  if (ways == contract) return {1, 0};
  const double misses = mpki(ways) - mpki(contract);
  const double d_here = read(deviation_, ways), d_there = read(deviation_, contract);
  const double of_price = price_.deviation * misses;
  const double price = std::max(price_.mean, price_.deviation / 2);
  const double of_misses = price * (d_here + d_there) / 2;
  const double apart = std::min(1.0, std::abs(misses) / (0.05 * refs_ + kNothing));
  const double of_noise = here * std::sqrt(read(seen_, ways) + read(seen_, contract)) * apart;
  const double variance = of_price * of_price + of_misses * of_misses + of_noise * of_noise;
  return {there / here, std::sqrt(variance) * there / (here * here)};
}

}  // namespace dcat
