// The least unfairness (greatest slowdown / least slowdown), then the greater throughput. Exact.
//
// Idle bus. Slowdowns are finitely many: one a member, cluster and size. For a least slowdown a the question is the
// smallest h such that clusters whose members all lie in [a, h] find ways: yes or no by dynamic programming for the
// fewest ways (with a depth to keep, for the least depth), h by bisection over the slowdowns. Candidates a are gone
// through by halving: a block [a, b] of them where nothing lies in [a, b x best ratio so far] is done with one
// question. With a ceiling: the factor L (sum_search.h) is cut into intervals, and in each the configurations are
// walked through. In [a, b] nobody is slowed less than at a nor more than at b; tables of the least greatest and the
// greatest least slowdown of who is left bound the ratio, those of the least and most traffic tell whether L can lie
// there at all.
#pragma once

#include "sim/oracle/sum_search.h"

namespace dcat::sim {

// Among configurations whose depth is at most `depth`; `known`: one of them, or nothing where
// `depth` is 0 because there are no floors. bound: of minus the unfairness.
Found least_unfairness(const Problem& problem, double depth, const Picks& known);

}  // namespace dcat::sim
