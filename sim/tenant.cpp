#include "sim/tenant.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace dcat::sim {
namespace {

constexpr double kNanosecondsPerSec = 1e9;
constexpr double kFarAwaySec = 1e9;  // beyond any run; keeps times within an int64 of nanoseconds

LlcShape shape_of(const DomainSpec& domain) {
  return {domain.ways.count, domain.way_bytes};
}

}  // namespace

Tenant::Tenant(const TenantSpec& spec, const std::vector<DomainSpec>& domains, int node_cpus) : spec_(spec) {
  assert(!spec.phases.empty() && !spec.placements.empty());
  int cpus = 0;
  for (const PlacementSpec& placement : spec.placements) {
    const auto domain =
        std::find_if(domains.begin(), domains.end(), [&](const auto& d) { return d.id == placement.domain; });
    assert(domain != domains.end());
    domains_.push_back(&*domain);
    places_.emplace_back().spec = placement;
    cpus += placement.cpus;
  }
  cpu_share_ = static_cast<double>(cpus) / node_cpus;
  for (const PhaseSpec& p : spec.phases)
    if (p.workload && !memory_accesses_per_instruction(*p.workload, shape_of(*domains_.front())))
      counts_memory_accesses_ = false;
}

const Workload* Tenant::workload() const {
  if (!present_ || !phase().workload) return nullptr;
  return &*phase().workload;
}

TruthRow Tenant::truth() const {
  TruthRow row{spec_.id, present_, phase_, 0, 0, instructions_at_contract_, instructions_at_best_};
  for (const Place& place : places_) {
    row.instructions += place.counts.instructions;
    row.cycles += place.counts.cycles;
  }
  return row;
}

double Tenant::instructions_per_sec() const {
  double sum = 0;
  for (const Place& place : places_) sum += place.rates.instructions_per_sec;
  return sum;
}

// The last phase stays when nothing comes after it: what would have ended it, ends nothing.
bool Tenant::phase_stays() const {
  return phase_ + 1 == spec_.phases.size() && !spec_.repeat;
}

TimePoint Tenant::phase_end(TimePoint now) const {
  if (phase_stays()) return TimePoint::max();
  if (phase().time) return phase_start_ + *phase().time;
  if (!phase().instructions || !phase().workload) return TimePoint::max();
  const double left = static_cast<double>(*phase().instructions) - phase_instructions_;
  const double left_sec = left / instructions_per_sec();
  if (!(left_sec < kFarAwaySec)) return TimePoint::max();
  const auto left_ns = static_cast<Duration::rep>(std::ceil(left_sec * kNanosecondsPerSec));
  return now + Duration(std::max<Duration::rep>(left_ns, 1));
}

TimePoint Tenant::next_event(TimePoint now) const {
  if (gone_) return TimePoint::max();
  if (!present_) return spec_.arrival;
  TimePoint next = phase_end(now);
  if (spec_.departure) next = std::min(next, *spec_.departure);
  for (const SlowInterval& s : spec_.slow)
    for (const TimePoint edge : {s.from, s.until})
      if (edge > now) next = std::min(next, edge);
  for (const Place& place : places_)
    if (!place.pending.empty()) next = std::min(next, place.pending.front().first);
  return next;
}

void Tenant::accrue(TimePoint from, TimePoint to) {
  if (workload() == nullptr) return;
  double time_sec = seconds(to - from);
  if (phase().instructions && !phase_stays() && phase_end(from) == to) {
    // The event is the next whole nanosecond after the phase's last instruction: count up to that one
    // exactly.
    time_sec = (static_cast<double>(*phase().instructions) - phase_instructions_) / instructions_per_sec();
    phase_instructions_ = static_cast<double>(*phase().instructions);
  } else {
    phase_instructions_ += instructions_per_sec() * time_sec;
  }
  for (Place& place : places_) {
    const double instructions = place.rates.instructions_per_sec * time_sec;
    const double cycles = place.rates.cycles_per_sec * time_sec;
    place.counts.instructions += instructions;
    place.counts.cycles += cycles;
    place.counts.memory_accesses += instructions * place.accesses_per_instruction;
    place.counts.references += place.rates.references_per_sec * time_sec;
    place.counts.misses += place.rates.misses_per_sec * time_sec;
    place.counts.busy_sec += place.spec.cpus * load() * time_sec;
    instructions_at_contract_ += cycles * place.ipc_at_contract;
    instructions_at_best_ += cycles * place.best_ipc;
  }
}

bool Tenant::fire(TimePoint now) {
  bool changed = update_presence(now);
  changed |= update_masks(now);
  if (!present_) return changed;
  changed |= update_phase(now);
  changed |= update_slow_factor(now);
  return changed;
}

bool Tenant::update_presence(TimePoint now) {
  if (!present_ && !gone_ && spec_.arrival <= now) {
    present_ = true;
    enter_phase(0, spec_.arrival);
    return true;
  }
  if (present_ && spec_.departure && *spec_.departure <= now) {
    present_ = false;
    gone_ = true;
    return true;
  }
  return false;
}

bool Tenant::phase_is_over(TimePoint now) const {
  if (phase_stays()) return false;
  if (phase().time) return phase_start_ + *phase().time <= now;
  return phase().instructions && phase_instructions_ >= static_cast<double>(*phase().instructions);
}

bool Tenant::update_phase(TimePoint now) {
  bool changed = false;
  while (phase_is_over(now)) {
    enter_phase((phase_ + 1) % spec_.phases.size(), phase().time ? phase_start_ + *phase().time : now);
    changed = true;
  }
  return changed;
}

void Tenant::enter_phase(std::size_t index, TimePoint now) {
  phase_ = index;
  phase_start_ = now;
  phase_instructions_ = 0;
  if (!phase().workload) return;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const LlcShape shape = shape_of(*domains_[i]);
    places_[i].accesses_per_instruction = memory_accesses_per_instruction(*phase().workload, shape).value_or(0);
    const double contract = contract_ways(*domains_[i]);
    places_[i].best_ipc = best_ipc(*phase().workload, shape);
    places_[i].ipc_at_contract = contract > 0 ? 1 / evaluate(*phase().workload, contract, shape).cpi() : 0;
  }
}

double Tenant::contract_ways(const DomainSpec& domain) const {
  switch (spec_.contract_kind) {
    case ContainerInfo::ContractKind::given: return spec_.contract.count;
    case ContainerInfo::ContractKind::cpu_share:
      // The controller's rule: rounded down, at least 1. The small term is for shares such as 1/3 of 18 ways.
      return std::max(1.0, std::floor(cpu_share_ * domain.ways.count + 1e-9));
    case ContainerInfo::ContractKind::none: return 0;
  }
  return 0;
}

bool Tenant::update_slow_factor(TimePoint now) {
  double factor = 1;
  for (const SlowInterval& s : spec_.slow)
    if (s.from <= now && now < s.until) factor *= s.factor;
  const bool changed = factor != slow_factor_;
  slow_factor_ = factor;
  return changed;
}

bool Tenant::update_masks(TimePoint now) {
  bool changed = false;
  for (Place& place : places_) {
    while (!place.pending.empty() && place.pending.front().first <= now) {
      changed |= place.mask != place.pending.front().second;
      place.mask = place.pending.front().second;
      place.pending.pop_front();
    }
  }
  return changed;
}

bool Tenant::set_mask(std::size_t index, Cbm mask, TimePoint due, TimePoint now) {
  Place& place = places_[index];
  if (mask == (place.pending.empty() ? place.mask : place.pending.back().second)) return false;
  // Several writes at one time take effect as the last of them.
  if (!place.pending.empty() && place.pending.back().first == due)
    place.pending.back().second = mask;
  else
    place.pending.emplace_back(due, mask);
  return update_masks(now);
}

bool Tenant::set_throttle(std::size_t index, Throttle throttle) {
  return std::exchange(places_[index].throttle, throttle) != throttle;
}

}  // namespace dcat::sim
