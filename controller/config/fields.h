// The settings of Parameters as rows: key, member, range, unit. Reading, printing and the list of keys all go
// by this table, so that none of them can forget one.
#pragma once

#include <cstdint>
#include <span>
#include <variant>

#include "core/parameters.h"
#include "core/units.h"

namespace dcat {

using ParameterMember =
    std::variant<double Parameters::*, int Parameters::*, Ways Parameters::*, std::uint64_t Parameters::*,
                 Duration Parameters::*, bool Parameters::*, PolicyKind Parameters::*, AdaptiveGoal Parameters::*>;

struct Field {
  const char* key;
  ParameterMember member;
  // The range of numbers, in `unit`; durations in seconds.
  double least = 0;
  double most = 0;
  const char* unit = "";
};

// In the order in which they are printed.
std::span<const Field> parameter_fields();

// The longest control period, in seconds.
constexpr double kLongestIntervalSeconds = 3600;
// A CBM has at most 64 bits.
constexpr int kMostWays = 64;

}  // namespace dcat
