// Every plan of at most 8 ways for at most 4 groups, from every previous layout of the same groups, against
// all orders tried one after the other: the same layout bit for bit, so the fewest ways moved and the
// documented ties.
#include <string>
#include <vector>

#include "cat/layout.h"
#include "tests/cat/builders.h"
#include "tests/cat/orders.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::testing;

namespace {

// Piece 0 is the shared region, the others are groups a, b, ...
using Pieces = std::vector<Cbm>;

bool splits_tied(const Pieces& pieces, const DomainGeometry& geometry) {
  for (const Cbm& set : geometry.tied)
    for (const Cbm& piece : pieces)
      if (piece.overlaps(set) && !piece.contains(set)) return true;
  return false;
}
bool tied_elsewhere(const Pieces& pieces, const DomainGeometry& geometry) {
  if (pieces[0].empty()) return false;
  return std::ranges::any_of(geometry.tied, [&](const Cbm& set) { return !pieces[0].contains(set); });
}
int covered(const Pieces& pieces, const DomainGeometry& geometry) {
  return (pieces[0] & geometry.shareable).size().count;
}
int moved(const Pieces& before, const Pieces& after) {
  int sum = 0;
  for (std::size_t i = 0; i < after.size(); ++i) sum += (after[i] - before[i]).size().count;
  return sum;
}

// The pieces' ranks in the order that breaks ties: as they lay before, new ones last, then by name.
std::vector<int> by_rank(const Pieces& before) {
  std::vector<int> ranked(before.size());
  std::iota(ranked.begin(), ranked.end(), 0);
  std::ranges::stable_sort(ranked, {}, [&](int i) {
    const Cbm mask = before[static_cast<std::size_t>(i)];
    return mask.empty() ? 99 : mask.lowest().value;
  });
  return ranked;
}

// Every order, worst to best: covers fewer shareable ways, moves more, comes later. Empty if none is allowed.
Pieces brute_force(const std::vector<int>& sizes, const Pieces& before, const DomainGeometry& geometry) {
  const std::vector<int> ranked = by_rank(before);
  Pieces best;
  Pieces pieces(sizes.size());
  std::vector<int> order(sizes.size());
  for_each_order(static_cast<int>(sizes.size()), [&](const std::vector<int>& ranks) {
    std::ranges::transform(ranks, order.begin(), [&](int rank) { return ranked[static_cast<std::size_t>(rank)]; });
    lay_side_by_side(sizes, order, pieces);
    if (splits_tied(pieces, geometry) || tied_elsewhere(pieces, geometry)) return;
    const int more = best.empty() ? 1 : covered(pieces, geometry) - covered(best, geometry);
    if (more > 0 || (more == 0 && moved(before, pieces) < moved(before, best))) best = pieces;
  });
  return best;
}

std::string group_name(std::size_t piece) {
  return std::string(1, static_cast<char>('a' + piece - 1));
}

Masks to_masks(const Pieces& pieces) {
  DomainMasks domain{DomainId{0}, pieces[0], {}};
  for (std::size_t i = 1; i < pieces.size(); ++i)
    if (!pieces[i].empty()) domain.groups.push_back({GroupId{group_name(i)}, pieces[i]});
  return Masks{{domain}, {}};
}
Plan to_plan(const std::vector<int>& sizes) {
  DomainPlan domain{DomainId{0}, {}, Ways(sizes[0])};
  for (std::size_t i = 1; i < sizes.size(); ++i) domain.dedicated.push_back({GroupId{group_name(i)}, Ways(sizes[i])});
  return Plan{{domain}, {}};
}

void compare(const std::vector<int>& sizes, const Pieces& before, const Geometry& geometry) {
  const Masks previous = to_masks(before);
  const Pieces expected = brute_force(sizes, before, geometry.domains[0]);
  const Result<Masks> got = layout(to_plan(sizes), geometry, previous);
  if (expected.empty() && !got.ok()) return;
  if (expected.empty() || !got.ok() || *got != to_masks(expected) ||
      moved_ways(previous, *got).count != moved(before, expected))
    FAIL("from " << text_of(previous) << " to " << (got ? text_of(*got) : got.error().to_string()) << ", expected "
                 << (expected.empty() ? "an error" : text_of(to_masks(expected))));
}

// From every previous layout of the same pieces, and with `forgotten` pieces that had no mask before.
int compare_all(int ways, int groups, const Geometry& geometry, const std::vector<std::size_t>& forgotten = {}) {
  const int least = geometry.domains[0].min_cbm_bits.count;
  const std::vector<std::vector<int>> all_sizes = compositions(ways, groups + 1, least);
  int compared = 0;
  for (const std::vector<int>& sizes_before : all_sizes)
    for_each_order(groups + 1, [&](const std::vector<int>& order) {
      Pieces before = side_by_side(sizes_before, order);
      for (const std::size_t piece : forgotten) before[piece] = Cbm();
      for (const std::vector<int>& sizes : all_sizes) {
        compare(sizes, before, geometry);
        ++compared;
      }
    });
  return compared;
}

}  // namespace

TEST_CASE("layout moves the fewest ways in every step of up to 4 groups on up to 8 ways") {
  int compared = 0;
  for (int ways = 1; ways <= 8; ++ways)
    for (int groups = 0; groups <= 4 && groups < ways; ++groups)
      compared += compare_all(ways, groups, geometry_of(ways));
  // Sum over ways and groups of compositions^2 x orders: for 8 ways and 4 groups alone C(7,4)^2 x 5! =
  // 147,000.
  CHECK(compared == 224'088);
}

TEST_CASE("layout covers the shareable ways and then moves the fewest, in every such step") {
  int compared = 0;
  for (const std::uint64_t shareable : {0xc0u, 0x03u, 0x18u, 0x81u})
    for (int groups = 0; groups <= 3; ++groups) compared += compare_all(8, groups, geometry_of(8, shareable));
  // 1 + 7^2 x 2 + 21^2 x 6 + 35^2 x 24 = 32,145 each.
  CHECK(compared == 4 * 32'145);
}

TEST_CASE("layout covers the two highest of 8 ways in every step of 4 groups") {
  CHECK(compare_all(8, 4, geometry_of(8, 0xc0)) == 147'000);
}

TEST_CASE("layout never splits tied ways, and refuses exactly where every order would") {
  for (const std::uint64_t tied : {0xc0u, 0x03u, 0xe0u})
    for (int groups = 0; groups <= 3; ++groups) compare_all(8, groups, geometry_of(8, tied, {Cbm(tied)}));
  SUCCEED();
}

TEST_CASE("layout keeps tied ways in one partition where the shared region is empty") {
  Geometry geometry = geometry_of(8, 0xc0, {Cbm(0xc0)});
  geometry.domains[0].shared_may_be_empty = true;
  for (int groups = 1; groups <= 4; ++groups)
    for (std::vector<int> sizes_before : compositions(8, groups))
      for_each_order(groups, [&](const std::vector<int>& order) {
        for (std::vector<int> sizes : compositions(8, groups)) {
          Pieces before = side_by_side(sizes_before, order);
          before.insert(before.begin(), Cbm());
          sizes.insert(sizes.begin(), 0);
          compare(sizes, before, geometry);
        }
      });
  SUCCEED();
}

TEST_CASE("layout moves the fewest ways for partitions of at least 2 ways") {
  for (int groups = 0; groups <= 3; ++groups) compare_all(8, groups, geometry_of(8, 0xc0, {}, 2));
  SUCCEED();
}

TEST_CASE("layout moves the fewest ways when some of the groups are new") {
  for (const std::vector<std::size_t>& forgotten :
       {std::vector<std::size_t>{1}, {2}, {3}, {1, 2}, {2, 3}, {1, 2, 3}, {0}, {0, 1, 2, 3}})
    compare_all(7, 3, geometry_of(7, 0x60), forgotten);
  SUCCEED();
}
