#include "cat/cbm.h"

#include <charconv>

namespace dcat {

std::string format_cbm(Cbm mask) {
  char digits[16];
  const std::to_chars_result end = std::to_chars(digits, digits + sizeof digits, mask.bits, 16);
  return std::string(digits, end.ptr);
}

}  // namespace dcat
