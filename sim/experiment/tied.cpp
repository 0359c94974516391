#include "sim/experiment/tied.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

namespace dcat::sim {
namespace {

using Order = std::vector<std::size_t>;  // of masks, from the low end

bool splits(const std::vector<Cbm>& masks, const DomainSpec& domain) {
  return std::ranges::any_of(masks, [&](Cbm mask) {
    return std::ranges::any_of(domain.tied, [&](Cbm tied) { return mask.overlaps(tied) && !mask.contains(tied); });
  });
}

bool are_disjoint(const std::vector<Cbm>& masks) {
  Cbm taken;
  for (const Cbm mask : masks) {
    if (mask.overlaps(taken)) return false;
    taken = taken | mask;
  }
  return true;
}

void widen(std::vector<Cbm>& masks, const DomainSpec& domain) {
  // A set may lie within another one.
  for (Cbm& mask : masks)
    while (splits({mask}, domain))
      for (const Cbm tied : domain.tied)
        if (mask.overlaps(tied)) mask = mask | tied;
}

// Side by side from the low end, the last `high` of them at the high end instead.
std::vector<Cbm> laid_out(const std::vector<Cbm>& masks, const Order& order, std::size_t high, Ways ways) {
  std::vector<Cbm> out(masks.size());
  int at = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == order.size() - high) {
      at = ways.count;
      for (std::size_t k = i; k < order.size(); ++k) at -= masks[order[k]].size().count;
    }
    out[order[i]] = Cbm::run(WayIndex(at), masks[order[i]].size());
    at += masks[order[i]].size().count;
  }
  return out;
}

// `first` at the front, the others in their order.
Order with_first(const Order& order, std::size_t first) {
  Order out{first};
  std::ranges::copy_if(order, std::back_inserter(out), [&](std::size_t i) { return i != first; });
  return out;
}

Order greatest_first(const std::vector<Cbm>& masks, Order order) {
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return masks[b].size() < masks[a].size(); });
  return order;
}

// The same partitions in another order. Who is at which end is all that matters: sets lie at the ends.
std::optional<std::vector<Cbm>> reordered(const std::vector<Cbm>& masks, const DomainSpec& domain) {
  Order order(masks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return masks[a].lowest() < masks[b].lowest(); });
  // Whoever stands at an end stays there if possible, else the greatest one comes.
  const Order greatest = greatest_first(masks, order);
  std::vector<std::pair<std::size_t, std::size_t>> ends;
  for (const std::size_t high : with_first(greatest, order.back())) ends.emplace_back(order.front(), high);
  for (const std::size_t low : greatest) ends.emplace_back(low, order.back());
  for (const std::size_t low : greatest)
    for (const std::size_t high : greatest) ends.emplace_back(low, high);
  for (const auto& [low, high] : ends) {
    if (low == high && order.size() > 1) continue;
    Order candidate = with_first(order, low);
    std::ranges::stable_partition(candidate, [last = high](std::size_t i) { return i != last; });
    // Ways that nobody has may lie beside the last, at the high end, or at the low end.
    for (const std::size_t at_high : {std::size_t{1}, std::size_t{0}, candidate.size()})
      if (std::vector<Cbm> out = laid_out(masks, candidate, at_high, domain.ways); !splits(out, domain)) return out;
  }
  return std::nullopt;
}

}  // namespace

Result<Allocation> keep_tied_together(Allocation allocation, const DomainSpec& domain, const std::string& policy) {
  if (!splits(allocation.masks, domain)) return allocation;
  if (!are_disjoint(allocation.masks)) {
    widen(allocation.masks, domain);
    return allocation;
  }
  if (std::optional<std::vector<Cbm>> masks = reordered(allocation.masks, domain)) {
    allocation.masks = *std::move(masks);
    return allocation;
  }
  std::string sizes, sets;
  for (const Cbm mask : allocation.masks) sizes += (sizes.empty() ? "" : " ") + std::to_string(mask.size().count);
  for (const Cbm tied : domain.tied) sets += (sets.empty() ? "" : ", ") + format_cbm(tied);
  return Error{ErrorCode::bad_input, "policy " + policy,
               "partitions of " + sizes + " ways split the tied ways " + sets + " in any order", "leave it out", 0};
}

}  // namespace dcat::sim
