// Options of `dcat simulate` that would change no row: they are refused, since whoever gives one believes that it does
// something.
#pragma once

#include "cli/commands.h"
#include "core/result.h"
#include "sim/sweep/job.h"

namespace dcat::cli {

// Errors (bad_input) name the option and what would give it an effect. REQUIRES: `experiment` is what the arguments
// came to.
Status check_effects(const SimulateArguments& arguments, const sim::Experiment& experiment);

// --merge runs nothing: all that says what is to be run has no effect beside it.
Status check_merge_alone(const SimulateArguments& arguments);

}  // namespace dcat::cli
