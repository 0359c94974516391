#include "sim/oracle/plan.h"

#include <algorithm>

#include "sim/oracle/patience.h"

namespace dcat::sim {
namespace {

constexpr int kNever = 1 << 20;  // ways; twice this is no overflow

// The state's first tenant and every subset of the others.
void append_subsets(std::uint32_t state, std::vector<Option>& options) {
  const std::uint32_t first = state & (~state + 1);
  const std::uint32_t others = state ^ first;
  for (std::uint32_t with = others;; with = (with - 1) & others) {
    options.push_back({with | first, others ^ with});
    if (with == 0) return;
  }
}

}  // namespace

StateSpace::StateSpace(std::size_t tenants, bool clusters, int ways, int least, int closids)
    : ways_(ways),
      least_(least),
      layers_(static_cast<std::size_t>(closids) < tenants ? static_cast<std::size_t>(closids) + 1 : 1),
      first_{0, 0} {
  const std::size_t states = clusters ? std::size_t{1} << tenants : tenants + 1;
  for (std::size_t state = 1; state < states; ++state) {
    if (clusters)
      append_subsets(static_cast<std::uint32_t>(state), options_);
    else
      options_.push_back({static_cast<std::uint32_t>(tenants - state), static_cast<std::uint32_t>(state - 1)});
    first_.push_back(options_.size());
  }
}

BestSums::BestSums(const StateSpace& space, Kind kind)
    : space_(&space),
      kind_(kind),
      stride_(static_cast<std::size_t>(space.ways()) + 1),
      best_(space.layers() * space.states() * stride_, kForbidden) {
  for (std::size_t layer = 0; layer < space.layers(); ++layer)
    std::fill_n(best_.begin() + static_cast<std::ptrdiff_t>(layer * space.states() * stride_), stride_,
                kind == Kind::sum ? 0.0 : -kForbidden);
}

bool BestSums::solve(const Scores& scores, Patience& patience) {
  if (kind_ == Kind::sum) return solve(scores, patience, [](double mine, double rest) { return mine + rest; });
  return solve(scores, patience, [](double mine, double rest) { return std::min(mine, rest); });
}

template <class Combine>
bool BestSums::solve(const Scores& scores, Patience& patience, Combine combine) {
  const auto least = static_cast<std::size_t>(space_->least());
  for (std::size_t layer = space_->layers() == 1 ? 0 : 1; layer < space_->layers(); ++layer) {
    const double* below = best_.data() + space_->below(layer) * space_->states() * stride_;
    for (std::uint32_t state = 1; state < space_->states(); ++state) {
      if (patience.over()) return false;
      double* row = best_.data() + (layer * space_->states() + state) * stride_;
      std::fill_n(row, stride_, kForbidden);
      for (const Option option : space_->options(state)) {
        const double* rest = below + option.next * stride_;
        const double* score = scores.data() + option.item * stride_;
        for (std::size_t w = least; w < stride_; ++w) {
          const double mine = score[w];
          if (mine == kForbidden) continue;
          for (std::size_t all = w; all < stride_; ++all) row[all] = std::max(row[all], combine(mine, rest[all - w]));
        }
      }
    }
  }
  return true;
}

Picks BestSums::choice(const Scores& scores) const {
  Picks picks;
  std::size_t layer = space_->top();
  int left = space_->ways();
  for (std::uint32_t state = space_->start(); state != 0;) {
    Pick pick;
    std::uint32_t next = 0;
    double best = kForbidden;
    for (const Option option : space_->options(state)) {
      for (int w = space_->least(); w <= left; ++w) {
        const double sum = scores[option.item * stride_ + static_cast<std::size_t>(w)] +
                           this->best(space_->below(layer), option.next, left - w);
        if (sum <= best) continue;
        best = sum;
        pick = {option.item, w};
        next = option.next;
      }
    }
    picks.push_back(pick);
    left -= pick.ways;
    state = next;
    layer = space_->below(layer);
  }
  return picks;
}

FewestWays::FewestWays(const StateSpace& space) : space_(&space), fewest_(space.layers() * space.states(), kNever) {
  for (std::size_t layer = 0; layer < space.layers(); ++layer) fewest_[layer * space.states()] = 0;
}

int FewestWays::solve(std::span<const int> need) {
  for (std::size_t layer = space_->layers() == 1 ? 0 : 1; layer < space_->layers(); ++layer) {
    const int* below = fewest_.data() + space_->below(layer) * space_->states();
    int* here = fewest_.data() + layer * space_->states();
    for (std::uint32_t state = 1; state < space_->states(); ++state) {
      int fewest = kNever;
      for (const Option option : space_->options(state))
        fewest = std::min(fewest, need[option.item] + below[option.next]);
      here[state] = fewest;
    }
  }
  return fewest(space_->top(), space_->start());
}

}  // namespace dcat::sim
