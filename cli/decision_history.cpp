#include "cli/decision_history.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/explain.h"
#include "controller/trace_writer.h"

namespace dcat::cli {

namespace {

using trace::Writer;

// The header's bound.
static_assert(sizeof(KeptDecision) * DecisionHistory::kMostEntries * DecisionHistory::kMostRows <= 15'000'000);

KeptDecision keep(const ContainerDecision& row, TimePoint at, WallTime now) {
  KeptDecision kept;
  kept.since = kept.until = now;
  kept.at = at;
  kept.before = row.before;
  kept.after = row.after;
  kept.dedicated = row.dedicated;
  kept.demand = row.demand;
  kept.phase = row.phase;
  kept.contract = row.contract;
  kept.ways_before = row.ways_before;
  kept.ways_after = row.ways_after;
  kept.reason = row.reason;
  kept.absent = row.metrics.absent;
  kept.ipc = row.metrics.ipc;
  return kept;
}

// As explain() wants it.
ContainerDecision row_of(const KeptDecision& kept) {
  ContainerDecision row;
  row.before = kept.before;
  row.after = kept.after;
  row.dedicated = kept.dedicated;
  row.phase = kept.phase;
  row.contract = kept.contract;
  row.ways_before = kept.ways_before;
  row.ways_after = kept.ways_after;
  row.reason = kept.reason;
  row.metrics.absent = kept.absent;
  row.metrics.ipc = kept.ipc;
  return row;
}

// The same but for its numbers.
bool equal(const KeptDecision& a, const KeptDecision& b) {
  return a.before == b.before && a.after == b.after && a.dedicated == b.dedicated && a.phase == b.phase &&
         a.contract == b.contract && a.ways_before == b.ways_before && a.ways_after == b.ways_after &&
         a.reason.code == b.reason.code && a.absent == b.absent;
}

bool changes_nothing(const KeptDecision& d) {
  return d.before == d.after && d.ways_before == d.ways_after;
}

void keep_phase(const Phase& phase, KeptPhase& kept) {
  kept.id = phase.id;
  kept.reference = phase.reference;
  kept.baseline_ipc = phase.baseline_ipc;
  kept.preferred = phase.preferred;
  kept.keeps_contract = phase.keeps_contract;
  kept.table.clear();
  for (const TableEntry& entry : phase.table.entries())
    kept.table.emplace_back(entry.ways.count, static_cast<float>(entry.normalised_ipc));
}

// A period changes the phase that it is in, and sometimes which there are.
void keep_phases(const PhaseState& phases, DomainHistory& history) {
  const bool as_before = std::ranges::equal(phases.phases, history.phases, {}, &Phase::id, &KeptPhase::id);
  if (!as_before) {
    history.phases.resize(phases.phases.size());
    for (std::size_t i = 0; i < phases.phases.size(); ++i) keep_phase(phases.phases[i], history.phases[i]);
  }
  history.present = phases.present;
  if (phases.present < history.phases.size()) keep_phase(phases.now(), history.phases[phases.present]);
}

void write_decision(Writer& w, const KeptDecision& d, bool simulated) {
  w.open('{');
  w.word("since", format_utc(d.since));
  w.word("until", format_utc(d.until));
  if (simulated) w.field("t", seconds(d.at.time_since_epoch()));
  w.field("periods", d.periods);
  w.word("before", name_of(d.before));
  w.word("after", name_of(d.after));
  w.field("ways_before", d.ways_before);
  w.field("ways_after", d.ways_after);
  w.field("contract", d.contract);
  if (d.phase > 0) w.field("phase", d.phase);
  w.word("code", name_of(d.reason.code));
  w.name("reason", explain(row_of(d)));
  w.close('}');
}

void write_phase(Writer& w, const KeptPhase& phase) {
  w.open('{');
  w.field("id", phase.id);
  w.field("memory_accesses_per_instruction", phase.reference);
  w.field("baseline_ipc", phase.baseline_ipc);
  if (phase.preferred) w.field("preferred", *phase.preferred);
  w.open("table", '[');
  for (const auto& [ways, normalised] : phase.table) {
    w.open('{');
    w.field("ways", ways);
    w.field("normalised_ipc", static_cast<double>(normalised));
    w.close('}');
  }
  w.close(']');
  w.close('}');
}

void write_domain(Writer& w, const DomainHistory& history, bool simulated) {
  w.open('{');
  w.field("id", history.domain);
  const KeptPhase* const phase = history.present < history.phases.size() ? &history.phases[history.present] : nullptr;
  if (phase != nullptr) w.field("phase", phase->id);
  if (!history.decisions.empty())
    if (const std::string needs = needs_text(history.decisions.back(), phase); !needs.empty()) w.name("needs", needs);
  w.open("phases", '[');
  for (const KeptPhase& each : history.phases) write_phase(w, each);
  w.close(']');
  w.open("decisions", '[');
  for (const KeptDecision& decision : history.decisions) write_decision(w, decision, simulated);
  w.close(']');
  w.close('}');
}

const ContainerStatus* find_by_id(const NodeStatus& status, const ContainerId& id) {
  const auto found = std::ranges::lower_bound(status.containers, id, {},
                                              [](const ContainerStatus& c) -> const ContainerId& { return c.info.id; });
  return found != status.containers.end() && found->info.id == id ? &*found : nullptr;
}

}  // namespace

std::string needs_text(const KeptDecision& d, const KeptPhase* phase) {
  switch (d.reason.code) {
    case ReasonCode::refused:
    case ReasonCode::isolation_no_room: return fmt::format("{} ways that no other contract holds", d.contract.count);
    case ReasonCode::no_closid:
    case ReasonCode::isolation_no_closid: return "a class of service (CLOSID) that nobody uses";
    case ReasonCode::isolation_no_contract:
    case ReasonCode::shared_by_choice: return "a contract, to have ways of its own";
    case ReasonCode::observed_only: return "mode manage, to be given ways";
    case ReasonCode::absent:
      return d.absent == Absence::too_few_instructions ? "to run, to be judged" : "periods that can be judged";
    default: break;
  }
  if (!d.dedicated) return "";
  if (d.after == State::reclaim) return fmt::format("a full period at its contract of {} ways", d.contract.count);
  if (d.after == State::streaming) return "nothing: it misses at any size";
  if (phase != nullptr && phase->preferred) {
    const int short_of = phase->preferred->count - d.ways_after.count;
    if (short_of > 0)
      return fmt::format("{} ways in this phase, {} more than it has", phase->preferred->count, short_of);
    if (d.after == State::keeper) return "nothing: more ways than these did not help in this phase";
  }
  if (d.demand == DemandKind::grow || d.after == State::unknown || d.after == State::receiver)
    return "more ways; how many is being found out";
  if (d.after == State::donor) return fmt::format("no more than {} ways as it is now", d.ways_after.count);
  return "nothing: it has what it is known to need";
}

Status DecisionHistory::on_decision(const Observation& o, const Decision& d) {
  const WallTime now = clock_();
  const std::lock_guard lock(mutex_);
  let_go(o);
  std::vector<Row*> rows;
  rows.reserve(o.containers.size());
  for (const ContainerInfo& info : o.containers) rows.push_back(&rows_[info.id]);
  places_ = 0;
  for (const DomainDecision& domain : d.domains) places_ += domain.containers.size();
  for (const DomainDecision& domain : d.domains)
    for (const ContainerDecision& row : domain.containers)
      if (row.container != kSharedRegion) add(*rows[row.container], domain.id, keep(row, o.at, now));
  return {};
}

void DecisionHistory::on_state(const ControllerState& state) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < state.containers.size(); ++i) {
    const auto row = rows_.find(state.containers[i]);
    if (row == rows_.end()) continue;
    for (DomainHistory& history : row->second.domains) {
      const auto domain = std::ranges::find(state.domains, history.domain, &DomainState::id);
      if (domain != state.domains.end() && i < domain->tenants.size())
        keep_phases(domain->tenants[i].profile.phases, history);
    }
  }
}

// Who is not there any more is set aside with what was said of it last.
void DecisionHistory::let_go(const Observation& o) {
  std::shared_ptr<const NodeStatus> last;
  for (auto next = rows_.begin(); next != rows_.end();) {
    const auto row = next++;
    if (std::ranges::binary_search(o.containers, row->first, {}, &ContainerInfo::id)) continue;
    if (!last) last = board_.latest();
    const ContainerStatus* const status = last ? find_by_id(*last, row->first) : nullptr;
    if (status != nullptr) gone_.push_back({*status, std::move(row->second), last->decided, o.at});
    rows_.erase(row);
  }
  std::erase_if(gone_, [&o](const Gone& g) { return o.at - g.at > kKeepGone; });
  if (gone_.size() > kMostGone) gone_.erase(gone_.begin(), gone_.end() - static_cast<std::ptrdiff_t>(kMostGone));
}

std::size_t DecisionHistory::most_entries() const {
  return std::clamp<std::size_t>(kMostEntries * kMostRows / std::max<std::size_t>(places_, 1), 2, kMostEntries);
}

void DecisionHistory::add(Row& row, DomainId domain, KeptDecision decision) const {
  auto at = std::ranges::lower_bound(row.domains, domain, {}, &DomainHistory::domain);
  if (at == row.domains.end() || at->domain != domain) at = row.domains.insert(at, DomainHistory{domain, {}, {}, 0});
  std::vector<KeptDecision>& kept = at->decisions;
  if (!kept.empty() && equal(kept.back(), decision)) {
    KeptDecision& last = kept.back();
    ++last.periods;
    last.until = decision.until;
    last.reason = decision.reason;
    last.ipc = decision.ipc;
    return;
  }
  while (kept.size() >= most_entries()) {
    const auto rest = std::find_if(kept.begin(), kept.end() - 1, changes_nothing);
    kept.erase(rest != kept.end() - 1 ? rest : kept.begin());
  }
  kept.push_back(std::move(decision));
}

Result<std::string> DecisionHistory::answer(const AskExplain& ask) const {
  const std::shared_ptr<const NodeStatus> status = board_.latest();
  if (!status)
    return Error{ErrorCode::failed, "explain " + printable(ask.container), "the daemon has not looked at the node yet",
                 "ask again"};
  const Result<const ContainerStatus*> found = find_container(*status, ask.container);
  const std::lock_guard lock(mutex_);
  if (found) {
    const auto row = rows_.find((*found)->info.id);
    return answer(*status, **found, row != rows_.end() ? row->second : Row(), std::nullopt);
  }
  // The last one of that name.
  for (auto gone = gone_.rbegin(); gone != gone_.rend(); ++gone) {
    NodeStatus alone;
    alone.containers = {gone->status};
    if (find_container(alone, ask.container)) return answer(*status, gone->status, gone->row, gone->since);
  }
  return found.error();
}

std::string DecisionHistory::answer(const NodeStatus& node, const ContainerStatus& container, const Row& row,
                                    const std::optional<WallTime>& gone) const {
  Writer w;
  w.open('{');
  w.field("container", container.info.id);
  w.word("mode", name_of(node.mode));
  w.truth("simulated", node.simulated);
  w.name("node", node.node);
  w.field("interval_ms", std::chrono::round<std::chrono::milliseconds>(node.interval).count());
  w.word("at", format_utc(node.decided));
  if (node.simulated) w.field("t", seconds(node.node_time.time_since_epoch()));
  if (gone) w.word("gone_at", format_utc(*gone));
  w.key("status");
  write_container(w, container, {});
  w.open("domains", '[');
  for (const DomainHistory& history : row.domains) write_domain(w, history, node.simulated);
  w.close(']');
  w.close('}');
  return std::move(w).take();
}

}  // namespace dcat::cli
