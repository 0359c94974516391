#include "perfmon/sample.h"

namespace dcat {

std::string_view name_of(Event event) {
  switch (event) {
    case Event::instructions: return "instructions";
    case Event::cycles: return "cycles";
    case Event::memory_accesses: return "memory_accesses";
    case Event::llc_references: return "llc_references";
    case Event::llc_misses: return "llc_misses";
  }
  return "";
}

}  // namespace dcat
