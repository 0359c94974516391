#include "sim/experiment/timed_run.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <utility>

#include "controller/policies/policy.h"
#include "controller/shell/daemon.h"
#include "sim/experiment/cast.h"
#include "sim/experiment/policy_list.h"
#include "sim/experiment/tied.h"
#include "sim/experiment/timed_record.h"
#include "sim/node.h"
#include "sim/random.h"

namespace dcat::sim {
namespace {

Error interrupted() {
  return {ErrorCode::failed, "run over time", "interrupted", "", 0};
}

// ---- The core's own policies: the daemon's loop on the simulated node.

class CoreRun : public Listener {
 public:
  CoreRun(const TimedQuestion& question, SimulatedNode& node, TimedRecord& record)
      : question_(question), node_(node), record_(record) {
    record_.start(node_.truth());
  }

  Status on_decision(const Observation& observation, const Decision& decision) override {
    const std::vector<TenantSpec>& tenants = question_.scenario.tenants;
    std::vector<std::size_t> tenant_of;  // by container; both are ascending
    for (const ContainerInfo& info : observation.containers) {
      std::size_t t = tenant_of.empty() ? 0 : tenant_of.back() + 1;
      while (tenants[t].id != info.id) ++t;
      tenant_of.push_back(t);
    }
    std::vector<std::optional<State>> states(tenants.size());
    for (const DomainDecision& domain : decision.domains)
      for (const ContainerDecision& row : domain.containers)
        if (row.container != kSharedRegion) states[tenant_of[row.container]] = row.after;
    if (decision.refused) record_.refuse(*decision.refused);
    const std::vector<TruthRow> truth = node_.truth();
    if (Status ended = record_.end(truth, node_.standings(), states); !ended) return ended;
    record_.start(truth);
    if (question_.rest > 0 && record_.resting() >= question_.rest) stop_ = true;
    if (question_.stop != nullptr && *question_.stop) return interrupted();
    return {};
  }
  const std::atomic<bool>& stop() const { return stop_; }
  // On a simulated node nothing fails but by the scenario's own doing, which the run then shows.
  void on_trouble(const Error&) override {}

 private:
  const TimedQuestion& question_;
  SimulatedNode& node_;
  TimedRecord& record_;
  std::atomic<bool> stop_ = false;
};

Status run_core(const TimedQuestion& question, TimedRecord& record) {
  SimulatedNode node(question.scenario);
  DaemonOptions options;
  options.mode = Mode::enforce;
  options.parameters = question.parameters;
  options.parameters.policy = *parse_policy(question.policy);
  options.interval = question.period;
  options.sample_interval = question.sample_interval;
  options.ticks = static_cast<std::uint64_t>(question.periods);
  CoreRun listener(question, node, record);
  return run_daemon({node.clock(), node.counters(), node.containers(), node.cache()}, options, listener.stop(),
                    listener);
}

// ---- The others: asked once a period, and domain by domain.

class PolicyRun {
 public:
  PolicyRun(const TimedQuestion& question, const Cast& cast, TimedRecord& record)
      : question_(question), cast_(cast), record_(record), model_(question.scenario) {
    for (std::size_t d = 0; d < question.scenario.domains.size(); ++d)
      policies_.push_back(is_oracle(question.policy) ? nullptr : make_policy(question.policy));
    for (std::size_t t = 0; t < cast.tenants(); ++t) noise_.emplace_back(question.scenario.seed, "measured", t);
    masks_.resize(question.scenario.domains.size());
    for (std::size_t d = 0; d < masks_.size(); ++d)
      masks_[d].assign(cast.tenants(), Cbm::run(WayIndex(0), question.scenario.domains[d].ways));
  }

  Status run() {
    known_ = running_of(question_.scenario, model_.truth());
    for (int period = 0; period < question_.periods; ++period) {
      if (question_.stop != nullptr && *question_.stop) return interrupted();
      const std::vector<TruthRow> truth = model_.truth();
      record_.start(truth);
      // An oracle is told what runs next, everybody else what ran last.
      const Running running = running_of(question_.scenario, truth);
      if (Status allocated = allocate(is_oracle(question_.policy) ? running : known_); !allocated) {
        if (period == 0) return allocated;
        record_.refuse(allocated.error().to_string());
      }
      const TimePoint start = model_.now();
      model_.advance_to(start + question_.period / 2);
      known_ = running_of(question_.scenario, model_.truth());
      const std::vector<Standing> middle = model_.standings();
      model_.advance_to(start + question_.period);
      if (Status ended = record_.end(model_.truth(), model_.standings(), {}); !ended) return ended;
      measure(truth, middle);
      if (question_.rest > 0 && record_.resting() >= question_.rest) break;
    }
    return {};
  }

 private:
  Status allocate(const Running& running) {
    for (std::size_t d = 0; d < masks_.size(); ++d) {
      const bool idle = policies_[d] != nullptr && policies_[d]->counts_idle();
      const Cast::Scene scene = idle ? cast_.whole_scene(d, present()) : cast_.scene(d, running);
      if (scene.tenants.empty()) continue;
      Result<Allocation> allocation = is_oracle(question_.policy) ? ask(scene) : policies_[d]->allocate(input(scene));
      if (allocation)
        allocation = keep_tied_together(*std::move(allocation), question_.scenario.domains[d], question_.policy);
      if (!allocation) return std::move(allocation).error();
      for (std::size_t k = 0; k < scene.tenants.size(); ++k)
        masks_[d][scene.tenants[k]] = allocation->masks[allocation->cluster_of[k]];
    }
    model_.replace_masks(as_groups());
    return {};
  }

  std::vector<bool> present() const {
    std::vector<bool> present;
    for (const TruthRow& row : model_.truth()) present.push_back(row.present);
    return present;
  }

  Result<Allocation> ask(const Cast::Scene& scene) {
    OracleQuestion question = oracle_question(question_.goal, question_.policy == kOracleClusters, scene.contracts);
    // Masks that overlap would be widened to whole tied sets, and might then be worse than clusters.
    if (!question_.scenario.domains[scene.domain].tied.empty()) question.overlaps = false;
    OracleMemo& memo = question_.oracle != nullptr ? *question_.oracle : own_memo_;
    Result<OracleAnswer> answer =
        memo.ask(scene.key, question_.scenario.domains[scene.domain].id, scene.node, question, question_.search);
    if (!answer) return std::move(answer).error();
    if (answer->cut) record_.count_cut_search();
    return std::move(answer->allocation);
  }

  PolicyInput input(const Cast::Scene& scene) const {
    PolicyInput input{scene.node.ways, scene.node.least, scene.node.closids, {}, {}};
    if (question_.goal.floors) input.floor_tolerance = question_.goal.tolerance;
    for (std::size_t k = 0; k < scene.tenants.size(); ++k) {
      PolicyTenant& tenant = input.tenants.emplace_back();
      tenant.contract = scene.contracts[k];
      tenant.curve = scene.curves[k];
      tenant.number = scene.tenants[k];
      const auto at = measured_.find({scene.tenants[k], scene.domain});
      if (at != measured_.end()) tenant.measured = at->second;
    }
    return input;
  }

  // A group a tenant, with the mask that the tenant's cluster has in each domain: the model does not count CLOSIDs
  // here, the record counts the masks in use.
  Masks as_groups() const {
    Masks masks;
    for (std::size_t d = 0; d < masks_.size(); ++d) {
      const DomainSpec& spec = question_.scenario.domains[d];
      DomainMasks& domain = masks.domains.emplace_back();
      domain.id = spec.id;
      domain.shared = Cbm::run(WayIndex(0), spec.ways);
      for (std::size_t t = 0; t < cast_.tenants(); ++t)
        domain.groups.push_back({GroupId{question_.scenario.tenants[t].id.value}, masks_[d][t]});
    }
    for (const TenantSpec& tenant : question_.scenario.tenants)
      masks.members.push_back({tenant.id, GroupId{tenant.id.value}});
    return masks;
  }

  // Rates are those of the middle of the period, IPC is all of it.
  void measure(const std::vector<TruthRow>& before, const std::vector<Standing>& middle) {
    measured_.clear();
    const std::vector<TruthRow> after = model_.truth();
    for (const Standing& s : middle) {
      if (s.ipc <= 0) continue;
      const auto at = std::ranges::find(question_.scenario.tenants, s.tenant, &TenantSpec::id);
      const auto t = static_cast<std::size_t>(at - question_.scenario.tenants.begin());
      const auto d = static_cast<std::size_t>(std::ranges::find(question_.scenario.domains, s.domain, &DomainSpec::id) -
                                              question_.scenario.domains.begin());
      const std::optional<std::size_t>& phase = known_[t];
      if (!phase || !at->phases[*phase].workload) continue;
      const DomainSpec& spec = question_.scenario.domains[d];
      const WorkloadPoint point =
          evaluate(*at->phases[*phase].workload, s.ways_held, LlcShape{spec.ways.count, spec.way_bytes});
      const auto noisy = [&](double value) {
        return std::max(0.0, value * (1 + question_.scenario.noise_ratio * noise_[t].normal()));
      };
      Measured m;
      m.ipc = noisy(ipc(before[t], after[t]).value_or(s.ipc));
      m.misses_per_sec = noisy(s.misses_per_sec);
      m.references_per_sec = std::max(
          m.misses_per_sec,
          noisy(s.misses_per_sec / std::max(1e-30, point.misses_per_instruction) * point.references_per_instruction));
      m.stall_ratio = std::min(1.0, noisy(s.stall_factor * point.stall_cpi / point.cpi(s.stall_factor)));
      m.ways_held = s.ways_held;
      measured_[std::pair(t, d)] = m;
    }
  }

  const TimedQuestion& question_;
  const Cast& cast_;
  TimedRecord& record_;
  Model model_;
  std::vector<std::unique_ptr<Policy>> policies_;                     // by domain; null: an oracle
  std::vector<Random> noise_;                                         // by tenant
  std::vector<std::vector<Cbm>> masks_;                               // by domain, then tenant
  std::map<std::pair<std::size_t, std::size_t>, Measured> measured_;  // by tenant and domain
  Running known_;
  OracleMemo own_memo_;
};

Scenario sorted(Scenario scenario) {
  std::ranges::sort(scenario.domains, {}, &DomainSpec::id);
  std::ranges::sort(scenario.tenants, {}, &TenantSpec::id);
  return scenario;
}

}  // namespace

Result<TimedResult> run_over_time(TimedQuestion question) {
  question.scenario = sorted(std::move(question.scenario));
  question.search.stop = question.stop;
  const Cast cast(question.scenario);
  TimedRecord record(question, cast);
  Status ran = is_of_core(question.policy) ? run_core(question, record) : PolicyRun(question, cast, record).run();
  if (!ran) return std::move(ran).error();
  TimedResult result = record.finish();
  // Its figures would be those of a cache that nobody divides.
  if (result.refused > 0 && result.refused == static_cast<std::uint64_t>(record.periods()))
    return Error{ErrorCode::bad_input, "policy " + question.policy,
                 "every period was refused, the last one: " + record.why_refused(), "", 0};
  return result;
}

}  // namespace dcat::sim
