// Headers and observations as lines. Structured bindings name every member: one that is added and not written
// here does not compile.
#include <cassert>

#include "controller/trace.h"
#include "controller/trace_masks.h"
#include "controller/trace_parameters.h"
#include "controller/trace_words.h"
#include "controller/trace_writer.h"

namespace dcat {

namespace trace {

namespace {

void write_domain(Writer& w, const DomainGeometry& domain) {
  const auto& [id, available, shareable, min_cbm_bits, tied, shared_may_be_empty, way_bytes, throttles] = domain;
  w.open('{');
  w.field("id", id);
  w.field("available", available);
  w.unless_default("shareable", shareable);
  if (min_cbm_bits != Ways(1)) w.field("min_cbm_bits", min_cbm_bits);
  if (!tied.empty()) {
    w.open("tied", '[');
    for (const Cbm mask : tied) w.mask(mask);
    w.close(']');
  }
  w.flag("shared_may_be_empty", shared_may_be_empty);
  w.unless_default("way_bytes", way_bytes);
  if (throttles) {
    w.open("throttles", '{');
    w.field("least_percent", throttles->least.percent);
    w.field("step_percent", throttles->step);
    w.close('}');
  }
  w.close('}');
}

void write_geometry(Writer& w, const Geometry& geometry) {
  const auto& [domains, closids] = geometry;
  w.open("geometry", '{');
  w.field("closids", closids);
  w.open("domains", '[');
  for (const DomainGeometry& domain : domains) write_domain(w, domain);
  w.close(']');
  w.close('}');
}

void write_masks(Writer& w, const Masks& masks) {
  const auto& [domains, members] = masks;
  if (domains.empty() && members.empty()) return;
  w.open("masks", '{');
  write_mask_domains(w, domains);
  if (!members.empty()) write_members(w, members);
  w.close('}');
}

void write_containers(Writer& w, const std::vector<ContainerInfo>& containers) {
  if (containers.empty()) return;
  w.open("containers", '[');
  for (const auto& [id, contract_kind, contract, cpu_share, priority, counted, managed, isolated, starting] :
       containers) {
    w.open('{');
    w.field("id", id);
    if (contract_kind != ContainerInfo{}.contract_kind) w.word("contract_kind", word_for(contract_kind));
    w.unless_default("contract", contract);
    w.unless_default("cpu_share", cpu_share);
    w.unless_default("priority", priority);
    w.flag("uncounted", !counted);
    w.flag("unmanaged", !managed);
    w.flag("isolated", isolated);
    w.flag("starting", starting);
    w.close('}');
  }
  w.close(']');
}

void write_sample(Writer& w, const Sample& sample) {
  const auto& [at, enabled, readings, counting, llc_occupancy_bytes, memory_bytes] = sample;
  w.open('{');
  w.field("at_ns", at);
  w.unless_default("enabled_ns", enabled);
  if (counting) w.field("counting_ns", *counting);
  for (const Event event : kAllEvents) {
    const std::optional<Reading>& reading = sample[event];
    if (!reading) continue;
    const auto& [value, running] = *reading;
    if (running == enabled) {
      w.field(name_of(event), value);
      continue;
    }
    w.open(name_of(event), '[');
    w.number(value);
    w.number(running.count());
    w.close(']');
  }
  if (llc_occupancy_bytes) w.field("llc_occupancy_bytes", *llc_occupancy_bytes);
  if (memory_bytes) w.field("memory_bytes", *memory_bytes);
  w.close('}');
}

void write_series(Writer& w, const DomainObservation& domain) {
  w.open('{');
  w.field("id", domain.id);
  if (!domain.series.empty()) {
    w.open("series", '[');
    for (const SampleSeries& series : domain.series) {
      assert(series.first <= domain.samples.size() && series.count <= domain.samples.size() - series.first);
      w.open('{');
      w.field("container", series.container);
      w.open("samples", '[');
      for (const Sample& sample : domain.samples_of(series)) write_sample(w, sample);
      w.close(']');
      w.close('}');
    }
    w.close(']');
  }
  w.close('}');
}

struct WriteParameter {
  Writer& w;
  int version;
  template <class T>
  void operator()(std::string_view key, const T& value) const {
    if (in_version(version, key)) write(key, value);
  }

 private:
  void write(std::string_view key, bool value) const { w.truth(key, value); }
  void write(std::string_view key, PolicyKind policy) const { w.word(key, word_for(policy)); }
  void write(std::string_view key, AdaptiveGoal goal) const { w.word(key, word_for(goal)); }
  template <class T>
  void write(std::string_view key, const T& value) const {
    w.field(key, value);
  }
};

}  // namespace

}  // namespace trace

std::string_view name_of(TraceLine kind) {
  switch (kind) {
    case TraceLine::header: return "header";
    case TraceLine::memory: return "memory";
    case TraceLine::observation: return "observation";
    case TraceLine::decision: return "decision";
  }
  return "";
}

std::optional<TraceLine> kind_of(std::string_view line) {
  constexpr std::string_view kStart = "{\"kind\":\"";
  if (!line.starts_with(kStart)) return std::nullopt;
  const std::string_view rest = line.substr(kStart.size());
  for (const TraceLine kind : {TraceLine::header, TraceLine::memory, TraceLine::observation, TraceLine::decision}) {
    const std::string_view name = name_of(kind);
    if (rest.starts_with(name) && rest.substr(name.size()).starts_with('"')) return kind;
  }
  return std::nullopt;
}

std::string format_trace_header(const TraceHeader& header) {
  const auto& [version, dcat_version, simulated, mode, backend, counters, parameters, interval] = header;
  trace::Writer w;
  trace::open_line(w, TraceLine::header, simulated);
  w.field("version", version);
  w.name("dcat_version", dcat_version);
  w.word("mode", name_of(mode));
  w.name("backend", backend);
  w.name("counters", counters);
  w.field("interval_ns", interval);
  w.open("parameters", '{');
  trace::visit_parameters(parameters, trace::WriteParameter{w, version});
  w.close('}');
  w.close('}');
  return std::move(w).take();
}

std::string format_observation(const Observation& observation, bool simulated) {
  const auto& [at, geometry, masks, containers, domains] = observation;
  trace::Writer w;
  std::size_t samples = 0;
  for (const DomainObservation& domain : domains) samples += domain.samples.size();
  w.reserve(1024 + 256 * containers.size() + 256 * samples);  // about what it takes
  trace::open_line(w, TraceLine::observation, simulated);
  w.field("at_ns", at);
  trace::write_geometry(w, geometry);
  trace::write_masks(w, masks);
  trace::write_containers(w, containers);
  if (!domains.empty()) {
    w.open("domains", '[');
    for (const DomainObservation& domain : domains) trace::write_series(w, domain);
    w.close(']');
  }
  w.close('}');
  return std::move(w).take();
}

}  // namespace dcat
