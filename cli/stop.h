// SIGINT, SIGTERM and SIGHUP (where it is not ignored) set a flag and cut waits short; the run then ends as if its last
// period had come.
#pragma once

#include <atomic>

#include "core/units.h"

namespace dcat::cli {

// Handles these signals from now on. The flag lives as long as the program.
const std::atomic<bool>& stop_on_signals();

// Waits that long, less when a signal has come.
void wait_for(Duration duration);

}  // namespace dcat::cli
