// Drives one container's Profile through periods, the way the controller does: what each period showed goes
// in, state, demand and reason come out. Ways are given by the test: nothing here grants anything.
#pragma once

#include <cmath>
#include <optional>

#include "classifier/classify.h"
#include "tests/support/catch.h"

namespace dcat {

// How Catch prints them.
inline std::ostream& operator<<(std::ostream& out, State s) {
  return out << name_of(s);
}
inline std::ostream& operator<<(std::ostream& out, DemandKind k) {
  return out << name_of(k);
}
inline std::ostream& operator<<(std::ostream& out, ReasonCode r) {
  return out << name_of(r);
}
inline std::ostream& operator<<(std::ostream& out, PhaseEvent e) {
  return out << name_of(e);
}
inline std::ostream& operator<<(std::ostream& out, Ways w) {
  return out << w.count << " ways";
}
inline std::ostream& operator<<(std::ostream& out, const Demand& d) {
  return out << name_of(d.kind) << " " << d.ways.count;
}

namespace test {

inline bool near(const std::optional<double>& got, double want) {
  return got && std::abs(*got - want) <= 1e-9 * std::max(1.0, std::abs(want));
}

constexpr double kAccesses = 0.25;  // memory accesses per instruction of the program's first phase
constexpr double kBusyRefs = 50e6;  // LLC references a second, far from idle
constexpr double kRefsPerKi = 20;   // LLC references per 1,000 instructions

// What one period showed.
struct Period {
  int ways = 4;
  double ipc = 1.0;
  std::optional<double> miss_ratio = 0.02;  // between the band (1.5 %) and the threshold (3 %): a Keeper holds
  std::optional<double> refs_per_sec = kBusyRefs;
  std::optional<double> accesses = kAccesses;  // nullopt: no such counter
  double refs_per_ki = kRefsPerKi;
  std::optional<double> mpki = std::nullopt;  // unless given: miss ratio x references per 1,000 instructions
  bool exclusive = true;
};

inline Metrics metrics_of(const Period& p) {
  Metrics m;
  m.instructions = 1e9;
  m.ipc = p.ipc;
  m.memory_accesses_per_instruction = p.accesses;
  m.llc_refs_per_sec = p.refs_per_sec;
  m.llc_refs_per_ki = p.refs_per_ki;
  m.miss_ratio = p.miss_ratio;
  m.mpki = p.mpki;
  if (!m.mpki && p.miss_ratio) m.mpki = *p.miss_ratio * p.refs_per_ki;
  m.running_ratio = 1;
  m.sub_samples = 8;
  return m;
}

inline Metrics absent_metrics(Absence why) {
  Metrics m;
  m.absent = why;
  return m;
}

class Driver {
 public:
  explicit Driver(Parameters p = {}, int contract = 4) : parameters(p), contract_(contract) {}

  Classification period(const Period& p) { return run(metrics_of(p), p.ways, p.exclusive); }
  Classification absent(Absence why, int ways = 4) { return run(absent_metrics(why), ways, true); }

  // Admission and one full period at the contract: a Keeper with the baseline `ipc`.
  Driver& keeper(double ipc = 1.0, double miss_ratio = 0.02) {
    const Classification c = period({.ways = contract_, .ipc = ipc, .miss_ratio = miss_ratio});
    REQUIRE(c.state == State::keeper);
    REQUIRE(c.reason.code == ReasonCode::baseline_stored);
    return *this;
  }
  // ... that misses 20 % and has not got a way yet.
  Driver& unknown(double ipc = 1.0) {
    keeper(ipc, 0.2);
    REQUIRE(period({.ways = contract_, .ipc = ipc, .miss_ratio = 0.2}).state == State::unknown);
    return *this;
  }
  // ... whose fifth way paid 10 %.
  Driver& receiver() {
    unknown();
    REQUIRE(period({.ways = contract_ + 1, .ipc = 1.1, .miss_ratio = 0.2}).state == State::receiver);
    return *this;
  }
  // ... that has hardly any references.
  Driver& idle_donor() {
    keeper();
    const Classification c = period({.ways = contract_, .refs_per_sec = 1e6});
    REQUIRE(c.state == State::donor);
    REQUIRE(profile.idle);
    return *this;
  }
  // ... whose set fits: it was asked to give its fourth way.
  Driver& fitting_donor() {
    keeper();
    REQUIRE(period({.ways = contract_, .miss_ratio = 0.01}).state == State::donor);
    REQUIRE_FALSE(profile.idle);
    return *this;
  }
  // ... that gained nothing up to three times its contract.
  Driver& streaming() {
    unknown();
    for (int w = contract_ + 1; w <= 3 * contract_; ++w) period({.ways = w, .miss_ratio = 0.9});
    REQUIRE(profile.state == State::streaming);
    return *this;
  }

  const Phase& phase() const { return profile.phases.now(); }

  Profile profile;
  Parameters parameters;
  bool keeps_contract = false;
  int least = 1;

 private:
  Classification run(const Metrics& metrics, int ways, bool exclusive) {
    const Standing standing{Ways(ways), exclusive, Ways(contract_), Ways(least), keeps_contract};
    ClassifyResult result = track_and_classify(profile, metrics, standing, parameters);
    profile = std::move(result.profile);
    REQUIRE(profile.state == result.classification.state);
    return result.classification;
  }

  int contract_;
};

}  // namespace test
}  // namespace dcat
