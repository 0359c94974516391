// What foreign groups leave of a domain's ways.
//
// A foreign group whose mask is narrower than the cache holds those ways: dCat hands them out to nobody. One whose mask
// is the whole cache (nobody has given it ways: a monitoring tool's, or a group made a moment ago) holds none, and its
// tasks reach into every partition.
// dCat's ways are one contiguous run of what is left. As long as the run it had is free it stays: it may grow where
// ways beside it come free. Else the longest one, of equals the one with more shareable ways, then the lower.
#pragma once

#include <vector>

#include "cat/cbm.h"

namespace dcat {

// The ways that foreign masks hold. REQUIRES: masks are within cbm_mask.
Cbm held_ways(Cbm cbm_mask, const std::vector<Cbm>& foreign);

// Empty when every way is held. `previous` is what it returned last, or empty.
Cbm choose_run(Cbm free, Cbm shareable, Cbm previous);

// What the machine made of a mask that reads back wider than it was written: the ways that are taken only together, the
// extra ones and those they hang on to. Empty when nothing was added.
std::vector<Cbm> tied_sets(Cbm written, Cbm read_back);

// What the machine makes of a mask: every tied set that it touches is in it whole.
Cbm with_ties(Cbm mask, const std::vector<Cbm>& tied);

// The run without tied sets that would lie in its middle: dCat wants them at an end of its ways, where they can stay in
// the shared region, all of them at the same end. `tied` keeps the sets within the result.
Cbm leave_out_inner_ties(Cbm run, std::vector<Cbm>& tied);

}  // namespace dcat
