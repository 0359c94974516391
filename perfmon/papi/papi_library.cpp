#include "perfmon/papi/papi_library.h"

#include <papi.h>

#include <cerrno>
#include <utility>

namespace dcat {

namespace {

int errno_of(int code) {
  switch (code) {
    case PAPI_EPERM: return EPERM;
    case PAPI_ENOMEM: return ENOMEM;
    case PAPI_ENOEVNT:
    case PAPI_ENOCNTR: return ENOENT;
    case PAPI_ECNFLCT:
    case PAPI_ECOUNT: return ENOSPC;
    case PAPI_ESYS: return errno != 0 ? errno : EIO;
    default: return EINVAL;
  }
}

}  // namespace

Error papi_error(std::string what, int code) {
  const int nearest = errno_of(code);
  return {ErrorCode::failed, std::move(what), "PAPI: " + std::string(PAPI_strerror(code)), "", nearest};
}

int papi_cpu_component() {
  return PAPI_get_component_index("perf_event");
}

Status start_papi() {
  if (PAPI_is_initialized() != PAPI_NOT_INITED) return {};
  const int version = PAPI_library_init(PAPI_VER_CURRENT);
  if (version != PAPI_VER_CURRENT)
    return Error{ErrorCode::unsupported, "start PAPI",
                 version > 0 ? "the library has another version than this program was built with"
                             : std::string(PAPI_strerror(version)),
                 "install the PAPI that this was built with, or use --counters cgroup"};
  const int component = papi_cpu_component();
  if (component < 0)
    return Error{ErrorCode::unsupported, "start PAPI", "it has no component for the CPU's counters",
                 "use --counters cgroup"};
  // The header of this file says why. PAPI hands out its own record for reading, and there is no other switch.
  const_cast<PAPI_component_info_t*>(PAPI_get_component_info(component))->fast_counter_read = 0;
  // The kernel's part of a container's work is its work too; the default is the user's alone.
  if (const int code = PAPI_set_cmp_domain(PAPI_DOM_ALL, component); code != PAPI_OK)
    return papi_error("count kernel and user alike", code);
  return {};
}

}  // namespace dcat
