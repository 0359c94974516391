// The simulated counters: a tenant's counts since it is watched, as integers, with noise where the scenario
// has some.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "perfmon/counter_source.h"
#include "sim/model.h"
#include "sim/random.h"

namespace dcat::sim {

class SimulatedCounters : public CounterSource {
 public:
  // REQUIRES: `model` outlives it.
  explicit SimulatedCounters(const Model& model) : model_(model) {}

  std::string name() const override { return "sim"; }
  std::vector<EventChoice> events() const override;
  std::vector<Error> watch(const std::vector<ContainerId>& containers) override;
  Result<std::vector<ContainerSample>> read() override;

 private:
  using Values = std::array<double, kEventCount>;

  // What was seen of one tenant in one domain. `seen` is the model's count at the last read, `shown` what the
  // sum of the increments, each with its noise, has come to: it never falls.
  struct Watched {
    const Tenant* tenant = nullptr;  // the model's, which has the same ones for ever
    Values seen{};
    Values shown{};
    double busy_from_sec = 0;
    Random noise;
  };

  static Values values_of(const Counts& counts);
  bool counted(Event event, const Tenant& tenant) const;
  void add_increments(Watched& watched, const Values& values) const;

  const Model& model_;
  std::map<std::pair<ContainerId, DomainId>, Watched> watched_;
  // Asked for last, where none of them was an error: there is nothing to do again.
  std::optional<std::vector<ContainerId>> all_counted_;
};

}  // namespace dcat::sim
