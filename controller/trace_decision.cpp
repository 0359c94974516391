// Decisions as lines. A row says all that played a part; what did not is left out.
#include <cassert>

#include "controller/trace.h"
#include "controller/trace_masks.h"
#include "controller/trace_writer.h"

namespace dcat {

namespace trace {

namespace {

// Of a period that cannot be judged only what happened in it is known.
void write_metrics(Writer& w, const Metrics& metrics) {
  const auto& [absent, instructions, ipc, ipc_standard_error, memory_accesses_per_instruction, llc_refs_per_sec,
               llc_refs_per_ki, miss_ratio, mpki, running_ratio, sub_samples, llc_occupancy_bytes,
               memory_bytes_per_sec] = metrics;
  w.open("metrics", '{');
  if (llc_occupancy_bytes) w.field("llc_occupancy_bytes", *llc_occupancy_bytes);
  if (memory_bytes_per_sec) w.field("memory_bytes_per_sec", *memory_bytes_per_sec);
  if (absent) {
    w.word("absent", name_of(*absent));
    w.unless_default("instructions", instructions);
    w.field("llc_refs_per_sec", llc_refs_per_sec);
    w.close('}');
    return;
  }
  w.field("instructions", instructions);
  w.field("ipc", ipc);
  if (ipc > 0) w.field("cpi", metrics.cpi());
  w.field("ipc_standard_error", ipc_standard_error);
  w.field("memory_accesses_per_instruction", memory_accesses_per_instruction);
  w.field("llc_refs_per_sec", llc_refs_per_sec);
  w.field("llc_refs_per_ki", llc_refs_per_ki);
  w.field("miss_ratio", miss_ratio);
  w.field("mpki", mpki);
  w.field("running_ratio", running_ratio);
  w.field("sub_samples", sub_samples);
  w.close('}');
}

void write_reason(Writer& w, const Reason& reason) {
  const auto& [code, normalised_ipc, gain, cumulative_gain, value, threshold, ways] = reason;
  w.open("reason", '{');
  w.word("code", name_of(code));
  w.field("normalised_ipc", normalised_ipc);
  w.field("gain", gain);
  w.field("cumulative_gain", cumulative_gain);
  w.field("value", value);
  w.field("threshold", threshold);
  w.field("ways", ways);
  w.close('}');
}

void write_row(Writer& w, const ContainerDecision& row, const Observation& observation) {
  const auto& [container, dedicated, before, after, demand, reason, event, phase, contract, ways_before, ways_after,
               metrics] = row;
  w.open('{');
  if (container == kSharedRegion) {
    w.flag("shared_region", true);
  } else {
    assert(container < observation.containers.size());
    w.field("container", observation.containers[container].id);
  }
  w.word("state", name_of(after));
  w.word("was", name_of(before));
  w.field("ways", ways_after);
  w.field("ways_before", ways_before);
  w.unless_default("contract", contract);
  w.flag("dedicated", dedicated);
  w.unless_default("phase", phase);
  if (event != PhaseEvent::none) w.word("event", name_of(event));
  if (demand != DemandKind::hold) w.word("demand", name_of(demand));
  write_reason(w, reason);
  write_metrics(w, metrics);
  w.close('}');
}

void write_domains(Writer& w, const Decision& decision, const Observation& observation) {
  if (decision.domains.empty()) return;
  w.open("domains", '[');
  for (const auto& [id, containers, shared, free] : decision.domains) {
    w.open('{');
    w.field("id", id);
    w.field("shared", shared);
    w.unless_default("free", free);
    w.open("containers", '[');
    for (const ContainerDecision& row : containers) write_row(w, row, observation);
    w.close(']');
    w.close('}');
  }
  w.close(']');
}

void write_throttles(Writer& w, const std::vector<GroupThrottle>& throttles) {
  if (throttles.empty()) return;
  w.open("throttles", '[');
  for (const auto& [group, throttle] : throttles) {
    w.open('{');
    w.field("group", group);
    w.field("percent", throttle.percent);
    w.close('}');
  }
  w.close(']');
}

void write_plan(Writer& w, const Plan& plan) {
  const auto& [domains, members] = plan;
  if (domains.empty() && members.empty()) return;
  w.open("plan", '{');
  if (!domains.empty()) {
    w.open("domains", '[');
    for (const auto& [id, dedicated, shared, overlapping, throttles] : domains) {
      w.open('{');
      w.field("id", id);
      w.field("shared", shared);
      w.open("groups", '[');
      for (std::size_t i = 0; i < dedicated.size(); ++i) {
        const auto& [group, ways] = dedicated[i];
        w.open('{');
        w.field("group", group);
        w.field("ways", ways);
        if (!overlapping.empty()) w.field("mask", overlapping[i]);
        w.close('}');
      }
      w.close(']');
      write_throttles(w, throttles);
      w.close('}');
    }
    w.close(']');
  }
  if (!members.empty()) write_members(w, members);
  w.close('}');
}

// Left out: masks that stay as they were observed, and members that are the plan's. What is empty and is not
// those is written as empty.
void write_masks(Writer& w, const Decision& decision, const Masks& observed) {
  if (decision.masks == observed) return;
  const auto& [domains, members] = decision.masks;
  w.open("masks", '{');
  write_mask_domains(w, domains);
  if (members != decision.plan.members) write_members(w, members);
  w.close('}');
}

struct WriteChange {
  Writer& w;
  void operator()(const CreateGroup& create) const { w.field("create", create.group); }
  void operator()(const WriteMasks& write) const {
    w.field("write", write.group);
    if (!write.masks.empty() || write.throttles.empty()) {
      w.open("masks", '[');
      for (const auto& [id, mask] : write.masks) {
        w.open('{');
        w.field("id", id);
        w.field("mask", mask);
        w.close('}');
      }
      w.close(']');
    }
    if (write.throttles.empty()) return;
    w.open("throttles", '[');
    for (const auto& [id, throttle] : write.throttles) {
      w.open('{');
      w.field("id", id);
      w.field("percent", throttle.percent);
      w.close('}');
    }
    w.close(']');
  }
  void operator()(const MoveContainer& move) const {
    w.field("move", move.container);
    w.field("to", move.to);
  }
  void operator()(const RemoveGroup& remove) const { w.field("remove", remove.group); }
};

void write_changes(Writer& w, const Changes& changes) {
  if (changes.empty()) return;
  w.open("changes", '[');
  for (const Change& change : changes) {
    w.open('{');
    std::visit(WriteChange{w}, change);
    w.close('}');
  }
  w.close(']');
}

}  // namespace

}  // namespace trace

std::string format_decision(const Decision& decision, const Observation& observation, bool simulated) {
  [[maybe_unused]] const auto& [tick, at, domains, plan, masks, changes, refused] = decision;
  trace::Writer w;
  std::size_t rows = 0;
  for (const DomainDecision& domain : domains) rows += domain.containers.size();
  w.reserve(1024 + 640 * rows);  // about what it takes
  trace::open_line(w, TraceLine::decision, simulated);
  w.field("tick", tick);
  w.field("at_ns", at);
  if (refused) w.name("refused", *refused);
  trace::write_domains(w, decision, observation);
  trace::write_plan(w, plan);
  trace::write_masks(w, decision, observation.masks);
  trace::write_changes(w, changes);
  w.close('}');
  return std::move(w).take();
}

}  // namespace dcat
