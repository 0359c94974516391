// Names by libpfm4 and PAPI. libpfm4 knows every event of this CPU by its vendor's name and of the kernel by `perf::`;
// PAPI's presets (papi_avail) are names for sums of them, of which those that are one event can be used here.
#include <papi.h>
#include <perfmon/pfmlib.h>
#include <perfmon/pfmlib_perf_event.h>

#include <cstring>

#include "perfmon/papi/event_names.h"
#include "perfmon/papi/papi_library.h"

namespace dcat {

namespace {

constexpr const char* kPresetPrefix = "PAPI_";

Error unusable(const std::string& name, std::string why) {
  return {ErrorCode::bad_input, "look up \"" + name + "\"", std::move(why), ""};
}

// By libpfm4 alone.
Result<PerfCode> code_by_pfm(const std::string& name) {
  if (const int code = pfm_initialize(); code != PFM_SUCCESS)
    return Error{ErrorCode::unsupported, "start libpfm4", pfm_strerror(code), ""};
  perf_event_attr attr{};
  attr.size = sizeof(attr);
  pfm_perf_encode_arg_t arg{};
  arg.attr = &attr;
  arg.size = sizeof(arg);
  const int code = pfm_get_os_event_encoding(name.c_str(), PFM_PLM0 | PFM_PLM3, PFM_OS_PERF_EVENT_EXT, &arg);
  if (code != PFM_SUCCESS) return unusable(name, std::string("libpfm4: ") + pfm_strerror(code));
  // libpfm4 leaves guests and the hypervisor out unless told otherwise; only what the name itself asks for matters.
  if (attr.exclude_user != 0 || attr.exclude_kernel != 0)
    return unusable(name, "it counts a part of the time (:u or :k), and the sources count all of it");
  if (attr.config1 != 0 || attr.config2 != 0)
    return unusable(name, "it needs more than an event code (config1 or config2), which is not supported");
  if (attr.type > kPerfTypeRaw)
    return unusable(name, "it is no event of the CPU's cores: it cannot be counted per task");
  return PerfCode{attr.type, attr.config};
}

// A preset that is one native event.
Result<std::string> native_of_preset(const std::string& name) {
  if (Status started = start_papi(); !started) return std::move(started).error();
  int code = 0;
  if (PAPI_event_name_to_code(name.c_str(), &code) != PAPI_OK) return unusable(name, "PAPI has no such preset");
  PAPI_event_info_t info{};
  if (PAPI_get_event_info(code, &info) != PAPI_OK || info.count == 0)
    return unusable(name, "PAPI has this preset, but not on this CPU");
  if (info.count == 1) return std::string(info.name[0]);
  std::string natives;
  for (unsigned i = 0; i < info.count; ++i) natives += (i == 0 ? "" : " and ") + std::string(info.name[i]);
  return unusable(name, "on this CPU it is computed from " + natives + ", and one event is wanted");
}

void add_events(const pfm_pmu_info_t& pmu, std::vector<std::string>& names) {
  const bool is_kernel = pmu.pmu == PFM_PMU_PERF_EVENT;
  for (int at = pmu.first_event; at != -1; at = pfm_get_event_next(at)) {
    pfm_event_info_t event{};
    event.size = sizeof(event);
    if (pfm_get_event_info(at, PFM_OS_PERF_EVENT_EXT, &event) != PFM_SUCCESS) continue;
    const std::string name = (is_kernel ? "perf::" : "") + std::string(event.name);
    names.push_back(name);
    for (int i = 0; i < event.nattrs; ++i) {
      pfm_event_attr_info_t attr{};
      attr.size = sizeof(attr);
      if (pfm_get_event_attr_info(at, i, PFM_OS_PERF_EVENT_EXT, &attr) == PFM_SUCCESS && attr.type == PFM_ATTR_UMASK)
        names.push_back(name + ":" + attr.name);
    }
  }
}

void add_presets(std::vector<std::string>& names) {
  if (!start_papi()) return;
  int code = PAPI_PRESET_MASK;
  PAPI_event_info_t info{};
  if (PAPI_enum_event(&code, PAPI_ENUM_FIRST) != PAPI_OK) return;
  do {
    if (PAPI_get_event_info(code, &info) == PAPI_OK && info.count == 1) names.emplace_back(info.symbol);
  } while (PAPI_enum_event(&code, PAPI_PRESET_ENUM_AVAIL) == PAPI_OK);
}

}  // namespace

Result<PerfCode> InstalledEventNames::code_of(const std::string& name) {
  if (!name.starts_with(kPresetPrefix)) return code_by_pfm(name);
  Result<std::string> native = native_of_preset(name);
  if (!native) return std::move(native).error();
  return code_by_pfm(*native);
}

std::vector<std::string> InstalledEventNames::all() {
  std::vector<std::string> names;
  if (pfm_initialize() != PFM_SUCCESS) return names;
  for (int i = PFM_PMU_NONE; i < PFM_PMU_MAX; ++i) {
    pfm_pmu_info_t pmu{};
    pmu.size = sizeof(pmu);
    if (pfm_get_pmu_info(static_cast<pfm_pmu_t>(i), &pmu) != PFM_SUCCESS || pmu.is_present == 0) continue;
    if (pmu.type == PFM_PMU_TYPE_CORE || pmu.pmu == PFM_PMU_PERF_EVENT) add_events(pmu, names);
  }
  add_presets(names);
  return names;
}

}  // namespace dcat
