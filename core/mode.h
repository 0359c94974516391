// How far the controller goes.
#pragma once

#include <optional>
#include <string_view>

namespace dcat {

enum class Mode {
  observe,  // reads counters, writes nothing, plans nothing
  advise,   // plans and says what it would do
  enforce,  // applies it
};

constexpr std::string_view name_of(Mode mode) {
  switch (mode) {
    case Mode::observe: return "observe";
    case Mode::advise: return "advise";
    case Mode::enforce: return "enforce";
  }
  return "";
}

constexpr std::optional<Mode> parse_mode(std::string_view word) {
  for (const Mode mode : {Mode::observe, Mode::advise, Mode::enforce})
    if (name_of(mode) == word) return mode;
  return std::nullopt;
}

}  // namespace dcat
