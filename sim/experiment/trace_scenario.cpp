#include "sim/experiment/trace_scenario.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "controller/memory/memory_line.h"
#include "controller/step.h"
#include "controller/trace.h"

namespace dcat::sim {
namespace {

struct Mean {
  double sum = 0;
  double weight = 0;
  void add(double value) {
    sum += value;
    ++weight;
  }
  std::optional<double> value() const { return weight > 0 ? std::optional(sum / weight) : std::nullopt; }
};

struct SizeSeen {
  Mean ipc;
  Mean references_per_ki;
  Mean misses_per_ki;
};

struct PhaseSeen {
  std::map<int, SizeSeen> own;     // by ways that nobody else could fill
  std::map<int, SizeSeen> shared;  // others filled them too
  const std::map<int, SizeSeen>& sizes() const { return own.empty() ? shared : own; }
  Mean accesses_per_instruction;
};

// A run of periods of one phase; absent: it did not run.
struct Stretch {
  std::optional<int> phase;
  int periods = 0;
};

struct TenantSeen {
  ContainerInfo info;
  int arrived = 0;
  int last = 0;  // period in which it was listed
  std::map<int, PhaseSeen> phases;
  std::vector<Stretch> stretches;
  std::map<DomainId, double> cycles;
  double busy_periods = 0;
};

// Whether nobody else may fill the ways that the container's group has in this domain.
bool has_own_ways(const Masks& masks, const ContainerId& container, DomainId domain) {
  const auto member = std::ranges::find(masks.members, container, &Member::container);
  if (member == masks.members.end() || member->group.is_shared_region()) return false;
  for (const auto& other : masks.members)
    if (other.group == member->group && other.container != container) return false;
  const auto in = std::ranges::find(masks.domains, domain, &DomainMasks::id);
  if (in == masks.domains.end()) return false;
  const auto own = std::ranges::find(in->groups, member->group, &GroupMask::group);
  if (own == in->groups.end() || own->mask.overlaps(in->shared)) return false;
  return std::ranges::none_of(in->groups,
                              [&](const auto& g) { return g.group != own->group && g.mask.overlaps(own->mask); });
}

class Reader {
 public:
  Reader(const std::string& text, const std::string& file) : text_(text), file_(file) {}

  Result<RecordedNode> read() {
    std::string line;
    if (!next(line)) return at("is empty, want what `dcat run --record` wrote");
    Result<TraceHeader> header = parse_trace_header(line);
    if (!header) return std::move(header).error().with_context(place());
    header_ = *std::move(header);
    while (next(line)) {
      const std::optional<TraceLine> kind = kind_of(line);
      if (!complete_) return at("the last line is cut off");
      if (kind == TraceLine::memory && number_ == 2) {
        Result<Memory> memory = parse_memory(line, header_.simulated);
        if (!memory) return std::move(memory).error().with_context(place());
        state_.memory = *std::move(memory);
        continue;
      }
      if (!kind || *kind == TraceLine::memory) return at("is neither an observation nor a decision");
      if (*kind == TraceLine::decision) continue;
      if (*kind == TraceLine::header) {  // mode or parameters were changed while it ran
        Result<TraceHeader> next = parse_trace_header(line);
        if (!next) return std::move(next).error().with_context(place());
        if (next->simulated != header_.simulated) return at("is the header of another trace");
        if (next->interval != header_.interval) return at("changes the control period, and a scenario has one");
        header_ = *std::move(next);
        continue;
      }
      Result<Observation> observation = parse_observation(line, header_.simulated);
      if (!observation) return std::move(observation).error().with_context(place());
      take(*observation);
    }
    if (periods_ == 0) return at("has a header and no period after it");
    return finish();
  }

 private:
  bool next(std::string& line) {
    if (from_ >= text_.size()) return false;
    const std::size_t end = text_.find('\n', from_);
    complete_ = end != std::string::npos;
    line = text_.substr(from_, complete_ ? end - from_ : std::string::npos);
    from_ = complete_ ? end + 1 : text_.size();
    ++number_;
    return true;
  }
  std::string place() const { return file_ + ":" + std::to_string(number_); }
  Error at(const std::string& why) const {
    return {ErrorCode::bad_input, place(), why, "record the trace again, or cut it after the last whole period", 0};
  }

  void take(const Observation& observation) {
    geometry_ = observation.geometry;
    StepResult result = header_.mode == Mode::observe ? observe(std::move(state_), observation, header_.parameters)
                                                      : step(std::move(state_), observation, header_.parameters);
    state_ = std::move(result.state);
    std::map<std::string, std::pair<const ContainerDecision*, DomainId>> rows;  // where it used most
    for (const DomainDecision& domain : result.decision.domains)
      for (const ContainerDecision& row : domain.containers) {
        if (row.container == kSharedRegion) continue;
        auto& [best, id] = rows[observation.containers[row.container].id.value];
        if (best != nullptr && best->metrics.instructions >= row.metrics.instructions) continue;
        best = &row;
        id = domain.id;
      }
    for (const ContainerInfo& info : observation.containers) {
      const auto [tenant, is_new] = seen_.try_emplace(info.id.value);
      if (is_new) tenant->second.arrived = periods_;
      tenant->second.info = info;
      tenant->second.last = periods_;
      const auto row = rows.find(info.id.value);
      const DomainId domain = row == rows.end() ? DomainId{} : row->second.second;
      note(tenant->second, row == rows.end() ? nullptr : row->second.first, domain,
           has_own_ways(observation.masks, info.id, domain));
    }
    ++periods_;
  }

  void note(TenantSeen& tenant, const ContainerDecision* row, DomainId domain, bool alone) const {
    std::optional<int> phase;
    if (row != nullptr && !row->metrics.absent && row->metrics.ipc > 0) {
      phase = row->phase;
      PhaseSeen& seen = tenant.phases[row->phase];
      SizeSeen& size = (alone ? seen.own : seen.shared)[std::max(1, row->ways_before.count)];
      size.ipc.add(row->metrics.ipc);
      if (row->metrics.llc_refs_per_ki) size.references_per_ki.add(*row->metrics.llc_refs_per_ki);
      if (row->metrics.mpki) size.misses_per_ki.add(*row->metrics.mpki);
      if (row->metrics.memory_accesses_per_instruction)
        seen.accesses_per_instruction.add(*row->metrics.memory_accesses_per_instruction);
      tenant.cycles[domain] += row->metrics.instructions / row->metrics.ipc;
      ++tenant.busy_periods;
    } else if (row != nullptr && row->metrics.absent && *row->metrics.absent != Absence::too_few_instructions &&
               !tenant.stretches.empty()) {
      phase = tenant.stretches.back().phase;  // it could not be judged: what it was goes on
    }
    if (tenant.stretches.empty() || tenant.stretches.back().phase != phase) tenant.stretches.push_back({phase, 0});
    ++tenant.stretches.back().periods;
  }

  // A point for every way of the cache from those that were measured.
  static Curve curve_of(const PhaseSeen& phase, int ways) {
    std::vector<std::pair<int, CurvePoint>> known;
    for (const auto& [size, seen] : phase.sizes()) {
      CurvePoint point;
      point.ipc = *seen.ipc.value();
      point.misses_per_ki = seen.misses_per_ki.value().value_or(0);
      point.references_per_ki = std::max(point.misses_per_ki, seen.references_per_ki.value().value_or(0));
      point.stall_ratio = estimated_stall_ratio(point.ipc, point.misses_per_ki);
      known.emplace_back(size, point);
    }
    Curve curve;
    for (int w = 1; w <= ways; ++w) {
      const auto above = std::find_if(known.begin(), known.end(), [w](const auto& k) { return k.first >= w; });
      if (above == known.end() || above == known.begin()) {
        curve.points.push_back(above == known.end() ? known.back().second : known.front().second);
        continue;
      }
      const auto& [from, a] = *(above - 1);
      const auto& [to, b] = *above;
      const double part = static_cast<double>(w - from) / (to - from);
      const auto mix = [part](double x, double y) { return x + (y - x) * part; };
      curve.points.push_back({mix(a.ipc, b.ipc),
                              mix(a.references_per_ki, b.references_per_ki),
                              mix(a.misses_per_ki, b.misses_per_ki),
                              mix(a.stall_ratio, b.stall_ratio),
                              {}});
    }
    return curve;
  }

  Result<RecordedNode> finish() const {
    RecordedNode node;
    node.interval = header_.interval;
    node.scenario.name = file_;
    node.scenario.description = "recorded";
    node.scenario.periods = periods_;
    node.scenario.closids = std::max(1, geometry_.closids);
    for (const DomainGeometry& domain : geometry_.domains) {
      DomainSpec& spec = node.scenario.domains.emplace_back();
      spec.id = domain.id;
      spec.ways = domain.ways();
      spec.min_cbm_bits = domain.min_cbm_bits;
      spec.shared_may_be_empty = domain.shared_may_be_empty;
      if (domain.way_bytes > 0) spec.way_bytes = domain.way_bytes;
      spec.memory_bytes_per_sec = 0;  // nobody measured a ceiling
    }
    if (node.scenario.domains.empty())
      node.scenario.domains.emplace_back();  // nothing was partitioned: the model's own
    for (const auto& [name, tenant] : seen_)
      if (tenant.busy_periods > 0) node.scenario.tenants.push_back(spec_of(name, tenant, node));
    if (node.scenario.tenants.empty())
      return Error{ErrorCode::bad_input, file_, "nobody's IPC was measured in it",
                   "record a node that counts instructions and cycles", 0};
    return node;
  }

  TenantSpec spec_of(const std::string& name, const TenantSeen& tenant, RecordedNode& node) const {
    TenantSpec spec;
    spec.id = ContainerId{name};
    spec.contract_kind = tenant.info.contract_kind;
    spec.contract = tenant.info.contract;
    const auto most = std::max_element(tenant.cycles.begin(), tenant.cycles.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    const auto domain = std::find_if(node.scenario.domains.begin(), node.scenario.domains.end(),
                                     [&](const DomainSpec& d) { return d.id == most->first; });
    const DomainSpec& where = domain == node.scenario.domains.end() ? node.scenario.domains.front() : *domain;
    spec.placements.push_back({where.id, 1});
    double cycles = 0;
    for (const auto& [id, count] : tenant.cycles) cycles += count;
    spec.hertz = cycles / tenant.busy_periods / seconds(header_.interval);
    std::map<int, Workload> workloads;
    std::size_t& sizes = node.sizes_seen[name];
    for (const auto& [id, phase] : tenant.phases) {
      Workload& workload = workloads[id];
      workload.kind = CurveProgram{std::make_shared<const Curve>(curve_of(phase, where.ways.count))};
      workload.memory_accesses_per_instruction = phase.accesses_per_instruction.value();
      sizes = std::max(sizes, phase.sizes().size());
    }
    for (const Stretch& stretch : tenant.stretches) {
      PhaseSpec& phase = spec.phases.emplace_back();
      if (stretch.phase) phase.workload = workloads.at(*stretch.phase);
      phase.time = header_.interval * stretch.periods;
    }
    spec.phases.back().time.reset();
    spec.arrival = TimePoint(header_.interval * tenant.arrived);
    if (tenant.last + 1 < periods_) spec.departure = TimePoint(header_.interval * (tenant.last + 1));
    return spec;
  }

  const std::string& text_;
  const std::string& file_;
  std::size_t from_ = 0;
  std::size_t number_ = 0;
  bool complete_ = true;
  TraceHeader header_;
  ControllerState state_;
  Geometry geometry_;
  std::map<std::string, TenantSeen> seen_;
  int periods_ = 0;
};

}  // namespace

Result<RecordedNode> scenario_of_trace(const std::string& text, const std::string& file_name) {
  return Reader(text, file_name).read();
}

}  // namespace dcat::sim
