#include "sim/counters.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace dcat::sim {

std::vector<EventChoice> SimulatedCounters::events() const {
  const std::vector<Event>& absent = model_.scenario().absent_counters;
  std::vector<EventChoice> choices;
  for (const Event event : kAllEvents) {
    const bool available = std::find(absent.begin(), absent.end(), event) == absent.end();
    choices.push_back({event, available, "simulated", available ? "" : "left out by the scenario"});
  }
  return choices;
}

std::vector<Error> SimulatedCounters::watch(const std::vector<ContainerId>& containers) {
  std::vector<Error> errors;
  if (containers == all_counted_) return errors;
  const std::set<ContainerId> wanted(containers.begin(), containers.end());
  std::erase_if(watched_, [&](const auto& entry) { return !wanted.contains(entry.first.first); });
  for (const ContainerId& id : wanted) {
    const Tenant* tenant = model_.find(id);
    if (tenant == nullptr || !tenant->present()) {
      errors.push_back({ErrorCode::failed, "count " + id.value, "no such tenant on the simulated node", "", 0});
      continue;
    }
    for (const Tenant::Place& place : tenant->places()) {
      const auto domain = static_cast<std::uint64_t>(place.spec.domain.value);
      Watched fresh{
          tenant, values_of(place.counts), {}, place.counts.busy_sec, Random(model_.scenario().seed, id.value, domain)};
      watched_.try_emplace({id, place.spec.domain}, std::move(fresh));
    }
  }
  all_counted_ = errors.empty() ? std::optional(containers) : std::nullopt;
  return errors;
}

Result<std::vector<ContainerSample>> SimulatedCounters::read() {
  std::vector<ContainerSample> samples;
  samples.reserve(watched_.size());
  for (auto& [key, watched] : watched_) {
    const Tenant& tenant = *watched.tenant;
    if (!tenant.present()) continue;
    for (const Tenant::Place& place : tenant.places()) {
      if (place.spec.domain != key.second) continue;
      add_increments(watched, values_of(place.counts));
      ContainerSample& s = samples.emplace_back(ContainerSample{key.first, key.second, {}});
      s.sample.at = model_.now();
      s.sample.enabled = Duration(std::llround((place.counts.busy_sec - watched.busy_from_sec) * 1e9));
      for (const Event event : kAllEvents) {
        if (!counted(event, tenant)) continue;
        const double value = watched.shown[static_cast<std::size_t>(event)];
        s.sample[event] = Reading{static_cast<std::uint64_t>(std::llround(value)), s.sample.enabled};
      }
    }
  }
  return samples;
}

SimulatedCounters::Values SimulatedCounters::values_of(const Counts& counts) {
  Values values{};
  for (const Event event : kAllEvents) {
    double& value = values[static_cast<std::size_t>(event)];
    switch (event) {
      case Event::instructions: value = counts.instructions; break;
      case Event::cycles: value = counts.cycles; break;
      case Event::memory_accesses: value = counts.memory_accesses; break;
      case Event::llc_references: value = counts.references; break;
      case Event::llc_misses: value = counts.misses; break;
    }
  }
  return values;
}

bool SimulatedCounters::counted(Event event, const Tenant& tenant) const {
  const std::vector<Event>& absent = model_.scenario().absent_counters;
  if (event == Event::memory_accesses && !tenant.counts_memory_accesses()) return false;
  return std::find(absent.begin(), absent.end(), event) == absent.end();
}

void SimulatedCounters::add_increments(Watched& watched, const Values& values) const {
  const double noise_ratio = model_.scenario().noise_ratio;
  // Nothing happened since the last read: the same answer, and no noise is drawn.
  if (values == watched.seen) return;
  double references = 0;
  for (const Event event : kAllEvents) {
    const auto i = static_cast<std::size_t>(event);
    double increment = values[i] - watched.seen[i];
    if (noise_ratio > 0) increment *= std::max(0.0, 1 + noise_ratio * watched.noise.normal());
    // A miss is a reference, in whatever way both are counted.
    if (event == Event::llc_references) references = increment;
    if (event == Event::llc_misses) increment = std::min(increment, references);
    watched.shown[i] += increment;
  }
  watched.seen = values;
}

}  // namespace dcat::sim
