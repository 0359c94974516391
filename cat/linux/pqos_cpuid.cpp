#include "cat/linux/pqos_cpuid.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace dcat {

namespace {

constexpr std::uint32_t bit(int n) {
  return std::uint32_t{1} << n;
}

Error has_not(const std::string& what) {
  return {ErrorCode::unsupported, "--backend pqos-msr", "this processor has no " + what,
          "libpqos is not asked; use --backend none"};
}

}  // namespace

CpuidLeaf read_cpuid(std::uint32_t leaf, std::uint32_t subleaf) {
  CpuidLeaf read;
#if defined(__x86_64__) || defined(__i386__)
  if (__get_cpuid_count(leaf, subleaf, &read.eax, &read.ebx, &read.ecx, &read.edx) == 0) return {};
#else
  (void)leaf;
  (void)subleaf;
#endif
  return read;
}

Status check_cache_allocation(const ReadCpuid& cpuid) {
  if ((cpuid(7, 0).ebx & bit(15)) == 0) return has_not("RDT allocation (CPUID leaf 7, EBX bit 15)");
  if ((cpuid(0x10, 0).ebx & bit(1)) == 0) return has_not("L3 cache allocation (CPUID leaf 0x10, EBX bit 1)");
  // "AuthenticAMD": libpqos goes another way there, which needs bandwidth enforcement as well.
  const bool amd = cpuid(0, 0).ebx == 0x68747541;
  if (amd && (cpuid(0x80000008, 0).ebx & bit(6)) == 0)
    return has_not("bandwidth enforcement (CPUID leaf 0x80000008, EBX bit 6), without which libpqos fails on AMD");
  return {};
}

}  // namespace dcat
