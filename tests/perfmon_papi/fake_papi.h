// PAPI for tests: counts what it is told to, refuses what it is told to, and keeps the library's rule that a thread or
// CPU has one started set at any time.
#pragma once

#include <algorithm>
#include <cerrno>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "perfmon/papi/papi_api.h"

namespace dcat::test {

class FakePapi : public PapiApi {
 public:
  struct Set {
    std::vector<PerfCode> codes;
    PapiTarget target;
    bool is_started = false;
    std::vector<std::uint64_t> values;
    Duration running{};
  };
  using Counts = std::function<std::uint64_t(const PerfCode&)>;

  // What a target did: its started set counts.
  void run(const PapiTarget& target, Duration running, const Counts& counts) {
    for (auto& [id, set] : sets) {
      if (!set.is_started || set.target != target) continue;
      set.running += running;
      for (std::size_t i = 0; i < set.codes.size(); ++i) set.values[i] += counts(set.codes[i]);
    }
  }

  Result<int> open(const std::vector<PerfCode>& codes, const PapiTarget& target) override {
    if (const int refused = refuse ? refuse(codes, target) : 0; refused != 0) return error("open", refused);
    most_events = std::max(most_events, codes.size());
    sets[next] = {codes, target, false, std::vector<std::uint64_t>(codes.size()), {}};
    return next++;
  }
  Status start(int id) override {
    Set& set = sets.at(id);
    for (const auto& [other, each] : sets)
      if (each.is_started && each.target == set.target) return error("start", EBUSY);
    std::fill(set.values.begin(), set.values.end(), 0U);
    set.running = {};
    set.is_started = true;
    return {};
  }
  Result<PapiReading> read(int id) override {
    const Set& set = sets.at(id);
    if (fail_reads) return error("read", EIO);
    return PapiReading{set.values, set.running};
  }
  Status stop(int id) override {
    if (!sets.at(id).is_started) return error("stop", EINVAL);
    sets.at(id).is_started = false;
    return {};
  }
  void close(int id) override { sets.erase(id); }

  std::vector<PapiTarget> started() const {
    std::vector<PapiTarget> targets;
    for (const auto& [id, set] : sets)
      if (set.is_started) targets.push_back(set.target);
    return targets;
  }

  std::map<int, Set> sets;
  std::function<int(const std::vector<PerfCode>&, const PapiTarget&)> refuse;  // errno, 0 = take it
  bool fail_reads = false;
  std::size_t most_events = 0;

 private:
  static Error error(const char* what, int number) { return {ErrorCode::failed, what, "refused", "", number}; }
  int next = 1;
};

}  // namespace dcat::test
