// Whether this processor has the cache allocation that libpqos' MSR interface needs, from CPUID: asked before libpqos
// is, for 4.5 ends the process where there is none (it frees memory twice on AMD processors). Source: Intel SDM vol.
// 3B, "Enumeration and Detection Support of Cache Allocation Technology"; AMD64 Technology Platform Quality of Service
// Extensions, "Feature identification".
#pragma once

#include <cstdint>
#include <functional>

#include "core/result.h"

namespace dcat {

struct CpuidLeaf {
  std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};
// A leaf that the processor does not have reads as zeros.
using ReadCpuid = std::function<CpuidLeaf(std::uint32_t leaf, std::uint32_t subleaf)>;

// This processor's.
CpuidLeaf read_cpuid(std::uint32_t leaf, std::uint32_t subleaf);

// unsupported: it has not, with the reason.
Status check_cache_allocation(const ReadCpuid& cpuid);

}  // namespace dcat
