// Port: PAPI's event sets as the papi source uses them. One set counts some events of one thread or one CPU.
//
// Tests put readings and refusals behind it; InstalledPapi is the library. Not thread safe: one thread makes all calls.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/units.h"
#include "perfmon/event_table.h"

namespace dcat {

// One of the two. (PAPI refuses both at once, and it has no cgroups.)
struct PapiTarget {
  std::optional<int> cpu;  // everything that runs there
  pid_t thread = 0;        // wherever it runs, not the threads that it starts; 0: the calling thread
  bool operator==(const PapiTarget&) const = default;
};

// Since start(), in the order of the codes.
struct PapiReading {
  std::vector<std::uint64_t> values;
  // How long the events were on counters: while the thread ran; of a CPU all the time, idle or not.
  Duration running{};
};

class PapiApi {
 public:
  virtual ~PapiApi() = default;
  // A stopped set. sys_errno: ESRCH when the thread is gone, else the nearest to what PAPI says.
  virtual Result<int> open(const std::vector<PerfCode>& codes, const PapiTarget& target) = 0;
  // Counts from 0. REQUIRES: no other set of the same target is started.
  virtual Status start(int set) = 0;
  virtual Result<PapiReading> read(int set) = 0;
  virtual Status stop(int set) = 0;
  virtual void close(int set) = 0;  // started or not
};

// unsupported: PAPI does not start here, or this was built without it.
Result<std::unique_ptr<PapiApi>> open_installed_papi();

// What PAPI calls a code: "perf::CYCLES", "perf_raw::r4844", with guests counted. Absent: nothing.
std::optional<std::string> papi_name_of(const PerfCode& code);

// A set that is closed with the object.
class PapiSet {
 public:
  PapiSet(PapiApi& api, int set) : api_(&api), set_(set) {}
  PapiSet(PapiSet&& other) noexcept : api_(other.api_), set_(other.set_) { other.api_ = nullptr; }
  PapiSet& operator=(PapiSet&& other) noexcept {
    std::swap(api_, other.api_);
    std::swap(set_, other.set_);
    return *this;
  }
  PapiSet(const PapiSet&) = delete;
  PapiSet& operator=(const PapiSet&) = delete;
  ~PapiSet() {
    if (api_ != nullptr) api_->close(set_);
  }
  Status start() { return api_->start(set_); }
  Result<PapiReading> read() { return api_->read(set_); }
  Status stop() { return api_->stop(set_); }

 private:
  PapiApi* api_;
  int set_;
};

}  // namespace dcat
