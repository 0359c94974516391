#include "perfmon/counting_fault.h"

namespace dcat {

std::string_view name_of(CountingFault fault) {
  switch (fault) {
    case CountingFault::fell: return "fell";
    case CountingFault::jumped: return "jumped";
    case CountingFault::too_many_cycles: return "too_many_cycles";
    case CountingFault::too_many_instructions: return "too_many_instructions";
    case CountingFault::counted_nothing: return "counted_nothing";
    case CountingFault::never_scheduled: return "never_scheduled";
  }
  return "";
}

}  // namespace dcat
