// Where two lines of JSON part. Private to the trace.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace dcat::trace {

struct Place {
  std::string path;       // "domains[0].containers[2 web].ways"; empty outside every value
  std::size_t value = 0;  // where the value at `path` starts
};

// The innermost value of the line that byte `at` belongs to; a list's element carries the name of its
// container, group or domain. Any text will do: of what is not JSON it says what it can.
Place place_of(std::string_view line, std::size_t at);

struct Difference {
  std::size_t byte = 0;
  std::string path;
  std::string recorded, replayed;  // the values there, cut short
};

// nullopt: the same bytes.
std::optional<Difference> first_difference(std::string_view recorded, std::string_view replayed);

}  // namespace dcat::trace
