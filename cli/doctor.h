// `dcat doctor`: can this node enforce allocations, and if not, why not. What it asks is in cli/doctor_checks.h; here
// is what comes of it: a line a check for people, or JSON (docs/doctor.md), and the exit code.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/doctor_checks.h"
#include "perfmon/linux/self_check.h"

namespace dcat::cli::doctor {

// What the doctor looks at.
struct Surroundings {
  std::string root;             // in front of every path; "" is this machine
  bool simulated_node = false;  // DCAT_EMULATOR is set: counts and time are simulated
  // Counts known work on the calling thread; nullopt where that says nothing of the node below `root`.
  std::function<std::optional<CheckedEvents>(const EventTable&)> try_counters;
};

// Every check, in the order of the names in docs/doctor.md. Reads, and writes nothing: a daemon may be at work.
std::vector<Check> examine(const Surroundings& surroundings);

// Enforcement is possible: nothing is bad.
bool possible(const std::vector<Check>& checks);

struct Layout {
  std::size_t columns = 80;
  bool colour = false;
};
// Columns of verdict, name and text, wrapped; what to do behind "->"; the sum of it at the end.
std::vector<std::string> format_checks(const std::vector<Check>& checks, const Layout& layout);
std::string format_json(const std::vector<Check>& checks);

}  // namespace dcat::cli::doctor
