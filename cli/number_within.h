// A check of CLI11's for a number within a range. CLI::Range lets NaN pass, which is less than nothing.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

namespace dcat::cli {

inline CLI::Validator number_within(double least, double most) {
  const std::string range = fmt::format("{}..{}", least, most);
  const auto check = [least, most, range](std::string& text) {
    double value = 0;
    if (CLI::detail::lexical_cast(text, value) && value >= least && value <= most) return std::string();
    return fmt::format("got {}, want a number of {}", text, range);
  };
  return {check, "in " + range};
}

}  // namespace dcat::cli
