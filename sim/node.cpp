#include "sim/node.h"

#include <utility>

namespace dcat::sim {

SimulatedNode::SimulatedNode(Scenario scenario, Pace pace)
    : model_(std::move(scenario)),
      clock_(model_, std::move(pace)),
      counters_(model_),
      containers_(model_),
      cache_(model_) {}

void SimulatedNode::Clock::sleep_until(TimePoint until) {
  if (until <= model_.now()) return;
  if (pace_.factor > 0) {
    const double simulated_ns = static_cast<double>((until - model_.now()).count());
    pace_.wait(Duration(static_cast<Duration::rep>(simulated_ns / pace_.factor)));
  }
  model_.advance_to(until);
}

}  // namespace dcat::sim
