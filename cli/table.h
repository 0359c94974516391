// What a run looks like: a table that is drawn anew every period in a terminal, plain lines elsewhere. Pure: decisions
// in, lines out.
#pragma once

#include <string>
#include <vector>

#include "controller/decision.h"
#include "controller/observation.h"
#include "core/mode.h"

namespace dcat::cli {

struct View {
  Mode mode = Mode::observe;
  bool simulated = false;
  std::string node;   // "paper-6x3", "cgroups"
  int columns = 100;  // of the terminal
  int rows = 40;
  bool colour = false;  // ANSI colours
};

// The whole screen, a string a line, none longer than `columns` (colour codes apart) and not more than `rows`.
std::vector<std::string> draw_table(const Observation& observation, const Decision& decision, const View& view);

// One line for the period, then one for each container whose state or ways change; in observe mode one for each
// container.
std::vector<std::string> plain_lines(const Observation& observation, const Decision& decision, const View& view);

// One line for each container that has no partition of its own although it wants one, and why.
std::vector<std::string> refusal_lines(const Observation& observation, const Decision& decision, const View& view);

}  // namespace dcat::cli
