// In the place of installed_papi.cpp where PAPI was not found when this was built.
#include "perfmon/papi/papi_api.h"

namespace dcat {

Result<std::unique_ptr<PapiApi>> open_installed_papi() {
  return Error{ErrorCode::unsupported, "--counters papi", "not built in: PAPI was not found",
               "install libpapi-dev and build again, or use --counters cgroup"};
}

}  // namespace dcat
