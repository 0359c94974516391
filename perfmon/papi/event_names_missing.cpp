// In the place of event_names_pfm.cpp where libpfm4 or PAPI was not found when this was built.
#include "perfmon/papi/event_names.h"

namespace dcat {

Result<PerfCode> InstalledEventNames::code_of(const std::string& name) {
  return Error{ErrorCode::unsupported, "look up \"" + name + "\"",
               "names of events are not built in: libpfm4 and PAPI were not found",
               "install libpfm4-dev and libpapi-dev and build again, or write the event's code as r412e"};
}

std::vector<std::string> InstalledEventNames::all() {
  return {};
}

}  // namespace dcat
