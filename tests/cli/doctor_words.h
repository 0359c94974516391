// Helpers of the doctor's tests.
#pragma once

#include <string>

#include "cli/doctor.h"
#include "tests/support/catch.h"

namespace dcat::test {

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// What is bad says what to do.
inline void require(const cli::doctor::Check& check, cli::doctor::Verdict verdict, const std::string& found) {
  INFO(check.name << ": " << check.found << " -> " << check.todo);
  CHECK(check.verdict == verdict);
  CHECK(has(check.found, found));
  CHECK((check.verdict != cli::doctor::Verdict::bad || !check.todo.empty()));
}

inline ResctrlInfo twenty_ways() {
  ResctrlInfo info;
  info.cbm_mask = Cbm(0xfffff);
  info.closids = 16;
  info.rmids = 64;
  info.occupancy = info.bandwidth = true;
  info.domains = {DomainId(0), DomainId(3)};
  return info;
}

inline std::string cpuinfo(const std::string& flags) {
  return "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\nflags\t\t: " + flags +
         "\n\nprocessor\t: 1\nflags\t\t: nothing\n";
}

inline const std::string kXeonFlags =
    "fpu vme rdt_a cat_l3 cdp_l3 mba cqm cqm_llc cqm_occup_llc cqm_mbm_total cqm_mbm_local";

}  // namespace dcat::test
