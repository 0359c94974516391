#include "sim/experiment/question.h"

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>

#include "sim/random.h"
#include "sim/steady/figures.h"

namespace dcat::sim {
namespace {

constexpr double kFewestLoads = 0.15;
constexpr double kMostLoads = 0.50;

// One curve for all phases that run the program: a long scenario has many.
using Programs = std::map<std::string, std::shared_ptr<const Curve>>;

Workload workload_of(const std::string& program, const CurveTable& curves, Programs& programs) {
  std::shared_ptr<const Curve>& curve = programs[program];
  if (!curve) curve = std::make_shared<const Curve>(curves.at(program));
  Workload workload;
  workload.kind = CurveProgram{curve};
  workload.memory_accesses_per_instruction = stand_in_loads(program);
  return workload;
}

const std::string& another(const CurveTable& curves, const std::string& present, Random& random) {
  const auto others = static_cast<double>(curves.size() - 1);
  auto index = static_cast<std::size_t>(std::min(others - 1, (1 - random.uniform()) * others));
  auto at = curves.begin();
  for (;; ++at) {
    if (at->first == present) continue;
    if (index-- == 0) return at->first;
  }
}

// Evenly from 0 to count - 1.
long draw(long count, Random& random) {
  const auto choices = static_cast<double>(count);
  return static_cast<long>(std::min(choices - 1, (1 - random.uniform()) * choices));
}

Duration draw_length(const PhaseChanges& phases, Random& random) {
  const auto whole = [](Duration d) { return std::chrono::duration_cast<std::chrono::seconds>(d).count(); };
  return std::chrono::seconds(whole(phases.shortest) +
                              draw(whole(phases.longest) - whole(phases.shortest) + 1, random));
}

// By tenant: how long it stays with each of its programs but the last, where one changes at a time.
std::vector<std::vector<Duration>> turns_of(const TimeFrame& frame, std::size_t tenants) {
  std::vector<std::vector<Duration>> lengths(tenants);
  if (!frame.phases || !frame.one_at_a_time) return lengths;
  std::vector<Duration> since(tenants);
  Random random(frame.seed, "turns", 0);
  for (Duration now = draw_length(*frame.phases, random); now < frame.period * frame.periods;
       now += draw_length(*frame.phases, random)) {
    const auto t = static_cast<std::size_t>(draw(static_cast<long>(tenants), random));
    lengths[t].push_back(now - since[t]);
    since[t] = now;
  }
  return lengths;
}

// `turns`: of this tenant, with one_at_a_time.
std::vector<PhaseSpec> phases_of(const std::string& first, const CurveTable& curves, const TimeFrame& frame,
                                 const std::vector<Duration>& turns, std::size_t tenant, Programs& programs) {
  std::vector<PhaseSpec> phases;
  if (!frame.phases || curves.size() < 2) {
    phases.push_back({workload_of(first, curves, programs), std::nullopt, std::nullopt});
    return phases;
  }
  Random random(frame.seed, "phases", tenant);
  std::string program = first;
  if (frame.one_at_a_time) {
    for (const Duration length : turns) {
      phases.push_back({workload_of(program, curves, programs), length, std::nullopt});
      program = another(curves, program, random);
    }
    phases.push_back({workload_of(program, curves, programs), std::nullopt, std::nullopt});
    return phases;
  }
  for (Duration until{}; until < frame.period * frame.periods;) {
    const Duration length = draw_length(*frame.phases, random);
    phases.push_back({workload_of(program, curves, programs), length, std::nullopt});
    until += length;
    program = another(curves, program, random);
  }
  phases.back().time.reset();
  return phases;
}

std::string tenant_name(std::size_t index, const std::string& program) {
  const std::string number = std::to_string(index + 1);
  return (number.size() < 2 ? "0" : "") + number + ":" + program;
}

// Not everybody can have a partition: some have the least one, the others what is left together.
std::vector<Ways> contracts_of_few(const MixNode& node, const std::vector<int>& weights) {
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return weights[a] > weights[b]; });
  std::vector<Ways> contracts(weights.size());
  const auto few = static_cast<std::size_t>((node.ways - node.least).count / node.least.count);
  for (std::size_t k = 0; k < std::min(few, order.size()); ++k) contracts[order[k]] = node.least;
  return contracts;
}

}  // namespace

double stand_in_loads(const std::string& program) {
  return kFewestLoads + (kMostLoads - kFewestLoads) * Random(0, program, 0).uniform();
}

std::vector<Ways> contracts_of(const MixNode& node, std::size_t tenants) {
  std::vector<int> weights(tenants, 1);
  for (std::size_t i = 0; i < tenants && !node.contract_weights.empty(); ++i)
    weights[i] = node.contract_weights[i % node.contract_weights.size()];
  if (static_cast<int>(tenants) * node.least.count > node.ways.count) return contracts_of_few(node, weights);
  if (node.contract_weights.empty()) return equal_contracts(node.ways, tenants);
  const int sum = std::accumulate(weights.begin(), weights.end(), 0);
  std::vector<Ways> contracts;
  int left = node.ways.count;
  for (const int weight : weights) {
    contracts.emplace_back(std::max(node.least.count, node.ways.count * weight / sum));
    left -= contracts.back().count;
  }
  for (std::size_t i = 0; left > 0; i = (i + 1) % tenants, --left) contracts[i] += Ways(1);
  // A least mask for everybody may be more than there is: the largest contracts give.
  for (; left < 0; ++left) *std::max_element(contracts.begin(), contracts.end()) -= Ways(1);
  return contracts;
}

Scenario scenario_of(const Mix& mix, const CurveTable& curves, const MixNode& node, const std::vector<Ways>& contracts,
                     const TimeFrame& frame) {
  Scenario scenario;
  scenario.name = "mix " + std::to_string(mix.number);
  scenario.periods = frame.periods;
  scenario.closids = node.closids;
  scenario.noise_ratio = frame.noise_ratio;
  scenario.seed = frame.seed;
  DomainSpec domain;
  domain.ways = node.ways;
  domain.way_bytes = node.way_bytes;
  domain.min_cbm_bits = node.least;
  // Who has no contract lives in the shared region: it keeps the least mask.
  domain.shared_may_be_empty = std::ranges::find(contracts, Ways(0)) == contracts.end();
  domain.cpus = static_cast<int>(mix.programs.size());
  domain.memory_bytes_per_sec = node.memory_bytes_per_sec;
  scenario.domains.push_back(domain);
  Programs programs;
  const std::vector<std::vector<Duration>> turns = turns_of(frame, mix.programs.size());
  for (std::size_t i = 0; i < mix.programs.size(); ++i) {
    TenantSpec tenant;
    tenant.id = ContainerId{tenant_name(i, mix.programs[i])};
    using Kind = ContainerInfo::ContractKind;
    tenant.contract_kind = contracts[i] > Ways(0) ? Kind::given : Kind::none;
    tenant.contract = contracts[i];
    tenant.placements.push_back({domain.id, 1});
    tenant.hertz = node.hertz;
    tenant.phases = phases_of(mix.programs[i], curves, frame, turns[i], i, programs);
    scenario.tenants.push_back(std::move(tenant));
  }
  return scenario;
}

SteadyNode steady_node_of(const Mix& mix, const CurveTable& curves, const MixNode& node) {
  SteadyNode steady{node.ways, node.least, node.closids, node.memory_bytes_per_sec, {}};
  Programs programs;
  for (const std::string& program : mix.programs)
    steady.programs.emplace_back(program, workload_of(program, curves, programs),
                                 LlcShape{node.ways.count, node.way_bytes}, node.hertz);
  return steady;
}

}  // namespace dcat::sim
