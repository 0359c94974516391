// SIGINT, SIGTERM and SIGHUP (where it is not ignored) set a flag and cut waits short; the run then ends as if its last
// period had come. SIGHUP of a run that nobody's terminal belongs to is another one's to take (cli/reload.h).
#pragma once

#include <atomic>

#include "core/units.h"

namespace dcat::cli {

// end: a terminal that closes ends the run. wait: it is blocked in this thread and all that are made, for a signalfd.
enum class Hangup { end, wait };

// Handles these signals from now on. The flag lives as long as the program.
const std::atomic<bool>& stop_on_signals(Hangup hangup = Hangup::end);

// Input or output is a terminal, or this process has a controlling one, whose end it would hear of by SIGHUP.
bool at_a_terminal();

// Waits that long, less when a signal has come.
void wait_for(Duration duration);

}  // namespace dcat::cli
