// A Memory as a line. Structured bindings name every member: one that is added and not written here does not compile.
#include "controller/memory/memory_line.h"
#include "controller/trace_masks.h"
#include "controller/trace_writer.h"

namespace dcat {

namespace {

using trace::Writer;

void write_table(Writer& w, const PerformanceTable& table) {
  w.open("table", '[');
  for (const auto& [ways, normalised_ipc, weight, llc_refs_per_ki, mpki] : table.entries()) {
    w.open('{');
    w.field("ways", ways);
    w.field("normalised_ipc", normalised_ipc);
    w.field("weight", weight);
    w.field("llc_refs_per_ki", llc_refs_per_ki);
    w.field("mpki", mpki);
    w.close('}');
  }
  w.close(']');
}

// Nothing of a phase that `adaptive` has not learned.
void write_evidence(Writer& w, const Evidence& evidence) {
  if (evidence.empty()) return;
  const auto& [accesses_per_instruction, refs_per_ki, features_ways, features_weight] = evidence.features();
  w.open("features", '{');
  w.field("accesses_per_instruction", accesses_per_instruction);
  w.field("refs_per_ki", refs_per_ki);
  w.field("ways", features_ways);
  w.field("weight", features_weight);
  w.close('}');
  w.open("measured", '[');
  for (const auto& [ways, mpki, cpi, weight] : evidence.all()) {
    w.open('{');
    w.field("ways", ways);
    w.field("mpki", mpki);
    w.field("cpi", cpi);
    w.field("weight", weight);
    w.close('}');
  }
  w.close(']');
}

void write_phase(Writer& w, const Phase& phase) {
  const auto& [id, reference, baseline_ipc, baseline_mpki, table, preferred, keeps_contract, suffered_sharing, probed,
               record, last_seen, evidence] = phase;
  w.open('{');
  w.field("id", id);
  w.field("last_seen", last_seen);
  w.field("reference", reference);
  w.field("baseline_ipc", baseline_ipc);
  w.field("baseline_mpki", baseline_mpki);
  if (preferred) w.field("preferred", *preferred);
  w.flag("keeps_contract", keeps_contract);
  w.flag("suffered_sharing", suffered_sharing);
  w.flag("probed", probed);
  if (record) {
    const auto& [state, idle, ways] = *record;
    w.word("state", name_of(state));
    w.flag("idle", idle);
    w.field("size", ways);
  }
  write_table(w, table);
  write_evidence(w, evidence);
  w.close('}');
}

void write_domain(Writer& w, const DomainMemory& domain) {
  const auto& [id, contract, ways, way_bytes, next_id, periods, phases] = domain;
  w.open('{');
  w.field("id", id);
  w.field("contract", contract);
  w.field("ways", ways);
  w.unless_default("way_bytes", way_bytes);
  w.field("next_phase", next_id);
  w.field("periods", periods);
  w.open("phases", '[');
  for (const Phase& phase : phases) write_phase(w, phase);
  w.close(']');
  w.close('}');
}

}  // namespace

std::string format_memory(const Memory& memory, bool simulated) {
  const auto& [most_containers, forget_after, containers] = memory;
  Writer w;
  w.reserve(256 + 2048 * containers.size());  // about what it takes
  trace::open_line(w, TraceLine::memory, simulated);
  w.field("most_containers", most_containers);
  w.field("forget_after_ns", forget_after);
  w.open("containers", '[');
  for (const auto& [id, seen, domains] : containers) {
    w.open('{');
    w.field("id", id);
    w.field("seen_ns", seen);
    w.open("domains", '[');
    for (const DomainMemory& domain : domains) write_domain(w, domain);
    w.close(']');
    w.close('}');
  }
  w.close(']');
  w.close('}');
  return std::move(w).take();
}

}  // namespace dcat
