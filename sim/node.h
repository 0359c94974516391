// SimulatedNode: a node with L3 domains and tenants behind the four ports, for the daemon's simulated mode,
// `dcat simulate` and tests. The model: sim/model.h and docs/simulator.md. Not thread safe.
#pragma once

#include <functional>

#include "cat/cache_control.h"
#include "core/clock.h"
#include "perfmon/container_source.h"
#include "perfmon/counter_source.h"
#include "sim/counters.h"
#include "sim/model.h"

namespace dcat::sim {

// Real waiting belongs to the caller: the simulator reads no clock. The default: as fast as the model
// computes.
struct Pace {
  double factor = 0;  // simulated seconds per real second; 0 = do not wait
  // Waits that long in real time, or less when the program has been asked to end.
  std::function<void(Duration)> wait{};
};

class SimulatedNode {
 public:
  // REQUIRES: pace.wait is callable when pace.factor > 0.
  explicit SimulatedNode(Scenario scenario, Pace pace = {});
  SimulatedNode(const SimulatedNode&) = delete;
  SimulatedNode& operator=(const SimulatedNode&) = delete;

  dcat::Clock& clock() { return clock_; }
  CounterSource& counters() { return counters_; }
  ContainerSource& containers() { return containers_; }
  CacheControl& cache() { return cache_; }

  const Scenario& scenario() const { return model_.scenario(); }
  // Ascending by tenant; every tenant of the scenario, whether it is there or not.
  std::vector<TruthRow> truth() const { return model_.truth(); }
  // Ascending by tenant, then domain; who is present.
  std::vector<Standing> standings() { return model_.standings(); }

 private:
  class Clock : public dcat::Clock {
   public:
    Clock(Model& model, Pace pace) : model_(model), pace_(std::move(pace)) {}
    TimePoint now() override { return model_.now(); }
    void sleep_until(TimePoint until) override;

   private:
    Model& model_;
    Pace pace_;
  };

  class Containers : public ContainerSource {
   public:
    explicit Containers(const Model& model) : model_(model) {}
    std::string name() const override { return "sim"; }
    Result<std::vector<ContainerInfo>> list() override { return model_.containers(); }

   private:
    const Model& model_;
  };

  class Cache : public CacheControl {
   public:
    explicit Cache(Model& model) : model_(model) {}
    std::string name() const override { return "sim"; }
    Result<Geometry> read_geometry() override { return model_.groups().geometry(); }
    Result<Masks> read_masks() override { return model_.groups().masks(); }
    Status apply(const Change& change) override { return model_.apply(change); }

   private:
    Model& model_;
  };

  Model model_;
  Clock clock_;
  SimulatedCounters counters_;
  Containers containers_;
  Cache cache_;
};

}  // namespace dcat::sim
