// Reasons in words, for tables and logs: `gained 12.3 % with its last way (limit 5.0 %)`.
#pragma once

#include <string>

#include "cli/terminal_text.h"
#include "controller/decision.h"
#include "controller/observation.h"

namespace dcat::cli {

std::string explain(const ContainerDecision& decision);

// "(shared region)" or the container's id.
std::string subject(const ContainerDecision& decision, const Observation& observation);

// The state for people: "Donor (idle)"; "-" for who has no partition.
std::string state_text(const ContainerDecision& decision);

}  // namespace dcat::cli
