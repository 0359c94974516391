// `dcat events`: what a reader of the daemon's events knows between two answers (docs/api.md). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/answer.h"

namespace dcat::cli {

// Follows the numbers over answers and over the daemon's restarts, whose events are numbered anew.
class EventReader {
 public:
  explicit EventReader(std::uint64_t after) : after_(after) {}

  std::uint64_t after() const { return after_; }  // what to ask for

  struct Read {
    std::vector<Answer> events;  // the answer's, those that are new
    std::uint64_t lost = 0;      // so many before them are not kept any more
    bool began_anew = false;     // another run of the daemon: ask again
    bool more = false;           // there are more: ask again at once
  };
  // REQUIRES: the answer outlives what is returned.
  Read read(const Answer& answer);

 private:
  std::uint64_t after_;
  std::string run_;  // when the daemon's run began; empty: none was seen
};

// "2026-12-01 00:38:39Z state web: domain 0: Keeper -> Unknown, 4 ways: ..."
std::string event_line(const Answer& event);

}  // namespace dcat::cli
