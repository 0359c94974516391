// A Memory from a line. A reader a type, as in controller/trace_parse.cpp.
#include <algorithm>
#include <array>
#include <limits>

#include "controller/memory/memory_line.h"
#include "controller/trace.h"
#include "controller/trace_json.h"
#include "controller/trace_words.h"

namespace dcat {

namespace trace {

// Not in an unnamed namespace: Fields finds them by their arguments, which does not look into one.

constexpr int kMostWays = 64;  // bits of a Cbm
constexpr double kMost = std::numeric_limits<double>::max();

static void read(const Node& n, double& out) {
  out = n.number(0, kMost);
}
static void read(const Node& n, std::optional<double>& out) {
  out = n.number(0, kMost);
}
static void read(const Node& n, bool& out) {
  out = n.truth();
}
static void read(const Node& n, std::uint64_t& out) {
  out = n.count();
}
static void read(const Node& n, Ways& out) {
  out = Ways(static_cast<int>(n.integer(1, kMostWays)));
}
static void read(const Node& n, State& out) {
  // Not Reclaim: a phase that has a baseline has left it.
  constexpr std::array kStates{State::keeper, State::unknown, State::receiver, State::donor, State::streaming};
  const std::string_view text = n.text();
  const auto* const state = std::ranges::find(kStates, text, [](State s) { return name_of(s); });
  if (state == kStates.end()) return n.expected("one of Keeper, Unknown, Receiver, Donor, Streaming");
  out = *state;
}

static void read_positive(const Node& n, double& out) {
  out = n.number(0, kMost);
  if (!(out > 0)) n.expected("a number above 0");
}

static void read(const Node& n, PerformanceTable& out) {
  std::vector<TableEntry> entries;
  n.each([&entries](const Node& one) {
    TableEntry entry;
    Fields f(one);
    f.need("ways", entry.ways);
    f.need("normalised_ipc", entry.normalised_ipc);
    f.need("weight", entry.weight);
    f.may("llc_refs_per_ki", entry.llc_refs_per_ki);
    f.may("mpki", entry.mpki);
    f.done();
    if (!one.failed() && !entries.empty() && entries.back().ways >= entry.ways)
      one.fail("is not after the one before it: the list is to be in order, each once");
    entries.push_back(entry);
  });
  out.restore(std::move(entries));
}

// A curve is fitted to these: no program shows more than kMostRate, per 1,000 instructions or in cycles each.
static double rate(const Node& n) {
  constexpr double kMostRate = 1e6;
  return n.number(0, kMostRate);
}
static void read_rate(const Node& n, double& out) {
  constexpr double kLeastRate = 1e-6;
  out = rate(n);
  if (!(out >= kLeastRate)) n.expected("a number of at least 1e-06");
}

// Both, or neither: what was measured is of a program that has features.
static void read_evidence(const Node& phase, Fields& f, Evidence& out) {
  Features features;
  std::vector<Measurement> measured;
  f.may_with("features", [&features](const Node& n) {
    Fields of(n);
    of.may("accesses_per_instruction", features.accesses_per_instruction);
    of.need_with("refs_per_ki", [&features](const Node& refs) { features.refs_per_ki = rate(refs); });
    of.need_with("ways", [&features](const Node& ways) { features.ways = ways.number(0, kMostWays); });
    of.need_with("weight", [&features](const Node& weight) { read_rate(weight, features.weight); });
    of.done();
  });
  f.may_with("measured", [&measured](const Node& n) {
    n.each([&measured](const Node& one) {
      Measurement m;
      Fields of(one);
      of.need_with("ways", [&m](const Node& ways) {
        read_rate(ways, m.ways);
        if (m.ways > kMostWays) ways.expected("at most " + std::to_string(kMostWays));
      });
      of.need_with("mpki", [&m](const Node& mpki) { m.mpki = rate(mpki); });
      of.need_with("cpi", [&m](const Node& cpi) { read_rate(cpi, m.cpi); });
      of.need_with("weight", [&m](const Node& weight) { read_rate(weight, m.weight); });
      of.done();
      if (!one.failed() && !measured.empty() && measured.back().ways >= m.ways)
        one.fail("is not after the one before it: the list is to be in order, each once");
      measured.push_back(m);
    });
    if (measured.empty() || measured.size() > kMostMeasurements)
      n.expected("1 to " + std::to_string(kMostMeasurements) + " sizes");
  });
  if (measured.empty() != (features.weight <= 0)) phase.fail("it has features or measured sizes, and not both");
  out.restore(std::move(measured), features);
}

static void read_phase(const Node& n, const DomainMemory& of, Phase& out) {
  Fields f(n);
  f.need_with("id", [&](const Node& id) { out.id = static_cast<int>(id.integer(1, of.next_id - 1)); });
  f.need_with("last_seen", [&](const Node& seen) {
    read(seen, out.last_seen);
    if (out.last_seen > of.periods) seen.expected("at most periods, " + std::to_string(of.periods));
  });
  f.may("reference", out.reference);
  f.need_with("baseline_ipc", [&out](const Node& ipc) { read_positive(ipc, out.baseline_ipc.emplace()); });
  f.may("baseline_mpki", out.baseline_mpki);
  f.may_with("preferred", [&out](const Node& ways) { read(ways, out.preferred.emplace()); });
  f.may("keeps_contract", out.keeps_contract);
  f.may("suffered_sharing", out.suffered_sharing);
  f.may("probed", out.probed);
  PhaseRecord& record = out.record.emplace();
  f.need("state", record.state);
  f.may("idle", record.idle);
  f.need("size", record.ways);
  f.need("table", out.table);
  read_evidence(n, f, out.evidence);
  if (out.table.empty() && out.evidence.empty()) n.fail("a phase's table is empty, and nothing was measured");
  f.done();
}

static void read_domain(const Node& n, DomainMemory& out) {
  constexpr int kMostId = std::numeric_limits<int>::max();
  Fields f(n);
  f.need_with("id", [&out](const Node& id) { out.domain.value = static_cast<int>(id.integer(0, kMostId)); });
  f.need("contract", out.contract);
  f.need("ways", out.ways);
  f.may("way_bytes", out.way_bytes);
  // Room for the phases that are still to come.
  f.need_with("next_phase", [&out](const Node& id) { out.next_id = static_cast<int>(id.integer(2, kMostId / 2)); });
  f.need_with("periods", [&out](const Node& periods) {
    read(periods, out.periods);
    if (out.periods > std::uint64_t{INT64_MAX}) periods.expected("at most 9223372036854775807");
  });
  f.need_with("phases", [&out](const Node& list) {
    list.each([&out](const Node& one) { read_phase(one, out, out.phases.emplace_back()); });
    if (out.phases.empty()) list.fail("nothing is known of this domain");
  });
  f.done();
}

static void read_container(const Node& n, ContainerMemory& out) {
  Fields f(n);
  f.need_with("id", [&out](const Node& id) {
    out.id.value = id.name();
    if (out.id.value.empty()) id.expected("a container");
  });
  f.need_with("seen_ns", [&out](const Node& seen) {
    out.seen = TimePoint(Duration(seen.integer(-kMostNanoseconds, kMostNanoseconds)));
  });
  f.need_with("domains", [&out](const Node& list) {
    list.each([&out](const Node& one) {
      DomainMemory domain;
      read_domain(one, domain);
      if (!one.failed() && !out.domains.empty() && out.domains.back().domain >= domain.domain)
        one.fail("is not after the one before it: the list is to be in order, each once");
      out.domains.push_back(std::move(domain));
    });
    if (out.domains.empty()) list.fail("nothing is known of this container");
  });
  f.done();
}

static void read_containers(const Node& n, std::vector<ContainerMemory>& out) {
  n.each([&out](const Node& one) {
    ContainerMemory container;
    read_container(one, container);
    if (!one.failed() && !out.empty() && out.back().id >= container.id)
      one.fail("is not after the one before it: the list is to be in order, each once");
    out.push_back(std::move(container));
  });
}

}  // namespace trace

Result<Memory> parse_memory(std::string_view line, bool simulated) {
  const Result<trace::Json> json = trace::parse_json(line, "memory");
  if (!json) return json.error();
  trace::Fault fault("memory");
  const trace::Node node(*json, fault);
  Memory memory;
  trace::Fields f(node);
  f.need_with("kind", [](const trace::Node& n) {
    if (n.text() != name_of(TraceLine::memory)) n.expected(std::string(name_of(TraceLine::memory)));
  });
  bool line_simulated = false;
  f.may("simulated", line_simulated);
  if (!node.failed() && line_simulated != simulated)
    node.fail(simulated ? "was measured, and simulated is wanted" : "is simulated, and measured is wanted");
  f.need_with("most_containers", [&memory](const trace::Node& n) {
    memory.most_containers = static_cast<int>(n.integer(0, trace::kMostCount));
  });
  f.need_with("forget_after_ns", [&memory](const trace::Node& n) {
    memory.forget_after = Duration(n.integer(0, trace::kMostNanoseconds));
  });
  f.need_with("containers", [&memory](const trace::Node& n) { trace::read_containers(n, memory.containers); });
  f.done();
  if (fault.any()) return fault.error();
  return memory;
}

}  // namespace dcat
