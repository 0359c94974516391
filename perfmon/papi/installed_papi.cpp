// PAPI behind PapiApi. Facts of the library that are kept here: the component, the domain and the granularity of a set
// are given before its target, and the target before its events (the granularity resets the CPU, and every event that
// is added opens all descriptors anew); PAPI tries one hardware event whenever a target is given, and a machine without
// any refuses every target.
//
// PAPI tells no time. The kernel's task-clock, in the same group as the events and so on counters exactly when they
// are, is the time that they were counted.
#include <papi.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <string>
#include <utility>

#include "perfmon/papi/papi_api.h"
#include "perfmon/papi/papi_library.h"

namespace dcat {

namespace {

constexpr PerfCode kTaskClock{kPerfTypeSoftware, 1};  // nanoseconds

Status check(const char* what, int code) {
  if (code == PAPI_OK) return {};
  return papi_error(what, code);
}

Status attach(int set, const PapiTarget& target) {
  if (!target.cpu && target.thread == 0) return {};
  if (!target.cpu) return check("PAPI_attach", PAPI_attach(set, static_cast<unsigned long>(target.thread)));
  PAPI_option_t granularity{};
  granularity.granularity.eventset = set;
  granularity.granularity.granularity = PAPI_GRN_SYS;
  if (Status given = check("PAPI_GRANUL", PAPI_set_opt(PAPI_GRANUL, &granularity)); !given) return given;
  PAPI_option_t cpu{};
  cpu.cpu.eventset = set;
  cpu.cpu.cpu_num = static_cast<unsigned>(*target.cpu);
  return check("PAPI_CPU_ATTACH", PAPI_set_opt(PAPI_CPU_ATTACH, &cpu));
}

Status add(int set, const PerfCode& code) {
  const std::optional<std::string> name = papi_name_of(code);
  if (!name)
    return Error{ErrorCode::unsupported, "count by PAPI",
                 "it has no name for type " + std::to_string(code.type) + " config " + std::to_string(code.config), "",
                 ENOENT};
  const int added = PAPI_add_named_event(set, name->c_str());
  if (added == PAPI_OK) return {};
  return papi_error("PAPI_add_named_event " + *name, added);
}

std::string describe(const PapiTarget& target) {
  return target.cpu ? "CPU " + std::to_string(*target.cpu) : "thread " + std::to_string(target.thread);
}

class InstalledPapi : public PapiApi {
 public:
  ~InstalledPapi() override {
    while (!sizes_.empty()) close(sizes_.begin()->first);
  }

  Result<int> open(const std::vector<PerfCode>& codes, const PapiTarget& target) override {
    int set = PAPI_NULL;
    if (const int code = PAPI_create_eventset(&set); code != PAPI_OK) return papi_error("PAPI_create_eventset", code);
    sizes_[set] = codes.size();
    Status filled = fill(set, codes, target);
    if (filled) return set;
    close(set);
    Error error = std::move(filled).error();
    // PAPI answers "invalid argument" or "no such event" for a thread that has just ended.
    if (!target.cpu && target.thread != 0 && ::access(("/proc/" + std::to_string(target.thread)).c_str(), F_OK) != 0)
      error.sys_errno = ESRCH;
    return std::move(error).with_context(describe(target));
  }

  Status start(int set) override { return check("PAPI_start", PAPI_start(set)); }

  Result<PapiReading> read(int set) override {
    std::vector<long long> counts(sizes_.at(set) + 1);
    if (const int code = PAPI_read(set, counts.data()); code != PAPI_OK) return papi_error("PAPI_read", code);
    PapiReading reading;
    reading.running = Duration(counts.back());
    for (std::size_t i = 0; i + 1 < counts.size(); ++i) reading.values.push_back(static_cast<std::uint64_t>(counts[i]));
    return reading;
  }

  Status stop(int set) override {
    std::vector<long long> counts(sizes_.at(set) + 1);
    return check("PAPI_stop", PAPI_stop(set, counts.data()));
  }

  void close(int set) override {
    int state = 0;
    if (PAPI_state(set, &state) == PAPI_OK && (state & PAPI_RUNNING) != 0) static_cast<void>(stop(set).ok());
    PAPI_cleanup_eventset(set);
    sizes_.erase(set);
    PAPI_destroy_eventset(&set);
  }

 private:
  static Status fill(int set, const std::vector<PerfCode>& codes, const PapiTarget& target) {
    const int component = papi_cpu_component();
    if (Status ok = check("PAPI_assign_eventset_component", PAPI_assign_eventset_component(set, component)); !ok)
      return ok;
    if (Status ok = attach(set, target); !ok) return ok;
    for (const PerfCode& code : codes)
      if (Status ok = add(set, code); !ok) return ok;
    return add(set, kTaskClock);
  }

  std::map<int, std::size_t> sizes_;  // events of each set, without the clock
};

}  // namespace

Result<std::unique_ptr<PapiApi>> open_installed_papi() {
  if (Status started = start_papi(); !started) return std::move(started).error();
  return std::unique_ptr<PapiApi>(std::make_unique<InstalledPapi>());
}

}  // namespace dcat
