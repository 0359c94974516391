// A capacity bitmask (CBM): the set of LLC ways that a class of service may fill. Bit 0 is way 0.
// Source: Intel SDM vol. 3B, "Cache Allocation Technology"; Linux Documentation/arch/x86/resctrl.rst.
#pragma once

#include <bit>
#include <compare>
#include <cstdint>
#include <string>

#include "core/units.h"

namespace dcat {

struct Cbm {
  std::uint64_t bits = 0;

  constexpr Cbm() = default;
  constexpr explicit Cbm(std::uint64_t b) : bits(b) {}
  // `size` ways from `first` upwards. REQUIRES: first + size <= 64.
  static constexpr Cbm run(WayIndex first, Ways size) {
    if (size.count <= 0) return Cbm();
    const std::uint64_t ones = size.count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << size.count) - 1;
    return Cbm(ones << first.value);
  }

  constexpr auto operator<=>(const Cbm&) const = default;
  constexpr bool empty() const { return bits == 0; }
  constexpr Ways size() const { return Ways(std::popcount(bits)); }
  // REQUIRES: !empty()
  constexpr WayIndex lowest() const { return WayIndex(std::countr_zero(bits)); }
  constexpr WayIndex highest() const { return WayIndex(63 - std::countl_zero(bits)); }
  // One run of ones. The empty mask is not contiguous: no machine that demands contiguity takes it.
  constexpr bool contiguous() const {
    if (bits == 0) return false;
    const std::uint64_t shifted = bits >> std::countr_zero(bits);
    return (shifted & (shifted + 1)) == 0;
  }
  constexpr bool overlaps(Cbm o) const { return (bits & o.bits) != 0; }
  constexpr bool contains(Cbm o) const { return (bits & o.bits) == o.bits; }
};
constexpr Cbm operator&(Cbm a, Cbm b) {
  return Cbm(a.bits & b.bits);
}
constexpr Cbm operator|(Cbm a, Cbm b) {
  return Cbm(a.bits | b.bits);
}
// The ways of a that are not in b.
constexpr Cbm operator-(Cbm a, Cbm b) {
  return Cbm(a.bits & ~b.bits);
}

// As resctrl prints it: lower-case hexadecimal without a prefix.
std::string format_cbm(Cbm mask);

}  // namespace dcat
