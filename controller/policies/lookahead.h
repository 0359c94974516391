// Lookahead: the greedy split of ways by marginal utility over any number of ways at once.
// Source: M. K. Qureshi, Y. N. Patt, "Utility-Based Cache Partitioning", MICRO 2006, algorithm 2.
//
// Everybody starts at its least size; then, as long as ways are left, whoever lowers its cost most per way over its
// best next stretch gets that stretch. Ties go to the first. Ways that lower nobody's cost any more are spread evenly,
// the first ones get the rest.
#pragma once

#include <span>
#include <vector>

namespace dcat {

// costs[i][w - 1]: of claimant i with w ways. REQUIRES: least sizes are at least 1 and add up to at most `ways`, and
// every cost has `ways` entries.
std::vector<int> look_ahead(std::span<const std::vector<double>> costs, std::vector<int> least, int ways);

}  // namespace dcat
