// What holds for whatever a hook makes of a stranger's input; a fault ends the process. It is somebody's, its line fits
// the daemon's door and says the same on the other side, and what is told to people is short, printable and little.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <variant>
#include <vector>

#include "hooks/announcement.h"
#include "hooks/wire.h"

namespace dcat::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

inline bool is_printable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

inline void require_passes_the_door(const Announcement& told) {
  require(!told.id.empty());
  const std::string line = format_ask(told);
  require(line.size() <= kMostLine && line.find('\n') == std::string::npos);
  const Result<Ask> heard = parse_ask(line);
  require(heard.ok() && std::get<Announcement>(*heard) == told);
}

// Sixteen of the readers', and one for each text that was left out (hooks/bound.h).
inline void require_tellable(const std::vector<std::string>& mistakes) {
  require(mistakes.size() <= 24);
  for (const std::string& mistake : mistakes) require(mistake.size() <= 512 && is_printable(mistake));
}

inline void require_tellable(const Error& error) {
  require(error.code == ErrorCode::bad_input && !error.why.empty());
  require(error.to_string().size() <= 2048);
}

}  // namespace dcat::fuzz
