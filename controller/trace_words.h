// Words of a trace that no other header names, and the numbers nothing in a trace exceeds. Private to the
// trace.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/parameters.h"
#include "perfmon/container_source.h"

namespace dcat::trace {

// 126 years in nanoseconds: the sum or difference of two times still fits 64 bits.
inline constexpr std::int64_t kMostNanoseconds = 4'000'000'000'000'000'000;
// Far above any machine or contract; products with a factor of the same size fit 64 bits, sums fit 32.
inline constexpr std::int64_t kMostCount = 1'000'000;

inline constexpr std::array kContractKinds{ContainerInfo::ContractKind::given, ContainerInfo::ContractKind::cpu_share,
                                           ContainerInfo::ContractKind::none};

constexpr std::string_view word_for(PolicyKind policy) {
  return name_of(policy);
}

constexpr std::string_view word_for(AdaptiveGoal goal) {
  return name_of(goal);
}

constexpr std::string_view word_for(ContainerInfo::ContractKind kind) {
  switch (kind) {
    case ContainerInfo::ContractKind::given: return "given";
    case ContainerInfo::ContractKind::cpu_share: return "cpu_share";
    case ContainerInfo::ContractKind::none: return "none";
  }
  return "";
}

}  // namespace dcat::trace
