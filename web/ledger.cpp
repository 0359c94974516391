#include "web/ledger.h"

#include <algorithm>
#include <cstdlib>

#include "cat/diff.h"
#include "controller/shell/repairs.h"
#include "perfmon/container_identity.h"
#include "perfmon/metrics.h"

namespace dcat::web {

namespace {

std::shared_ptr<const Workload> workload_of(const ContainerId& id, const Announcement* announced) {
  const ContainerIdentity identity = identity_of(id, announced);
  auto workload = std::make_shared<Workload>();
  workload->id = id.value;
  workload->kind = name_of(identity.kind);
  workload->name_space = identity.name_space;
  if (announced != nullptr) workload->pod = announced->pod;
  workload->name = identity.name;
  return workload;
}

// What was counted between two samples, over all of the time between them.
void add_counts(Totals& totals, const Sample* previous, const Sample& last) {
  // Only what cannot be true is left out: totals are no judgement.
  DeriveRules all;
  all.min_running_ratio = 0;
  all.min_instructions = 0;
  all.settled_at = TimePoint::min();
  const IntervalCounts counts = count_interval(previous, {&last, 1}, all);
  const double windows = previous != nullptr && counts.interval > Duration(0)
                             ? std::max(1.0, seconds(last.at - previous->at) / seconds(counts.interval))
                             : 1.0;
  for (const Event event : kAllEvents) {
    auto& total = totals.events[static_cast<std::size_t>(event)];
    if (!last[event]) continue;
    total = total.value_or(0) + (counts.absent ? 0 : counts[event].value_or(0) * windows);
  }
  if (last.memory_bytes) totals.memory_bytes = last.memory_bytes;
}

Closids closids_of(const Geometry& geometry, const Masks& masks) {
  Closids closids;
  std::size_t groups = 0;
  for (const DomainMasks& domain : masks.domains) groups = std::max(groups, domain.groups.size());
  closids.used = static_cast<int>(groups) + 1;  // the default group's
  closids.free = std::max(0, geometry.closids - closids.used);
  return closids;
}

}  // namespace

Snapshot Ledger::enter(const Observation& observation, const Decision& decision, Mode mode) {
  ++entries_;
  Snapshot out;
  out.mode = mode;
  out.tick = decision.tick;
  out.at = observation.at;
  identify_all(observation, out);
  count_all(observation);
  look_for_foreign_writes(observation, mode);
  count_decided(decision, mode);
  const Masks& masks = mode == Mode::enforce ? decision.masks : observation.masks;
  out.closids = closids_of(observation.geometry, masks);
  for (const DomainDecision& domain : decision.domains) {
    const DomainGeometry* const geometry = observation.geometry.find(domain.id);
    out.domains.push_back({domain.id, geometry != nullptr ? geometry->ways() : Ways(0), domain.shared, domain.free});
    const DomainMasks* const in_force = find_domain(masks, domain.id);
    for (const ContainerDecision& decided : domain.containers) {
      if (decided.container == kSharedRegion || decided.container >= out.workloads.size()) continue;
      const Known& who = *listed_[decided.container];
      const auto place = std::ranges::find(who.domains, domain.id, &InDomain::domain);
      Row row{decided.container, domain.id, decided, place != who.domains.end() ? place->totals : Totals{}, {}, {}};
      row.group = group_of(masks.members, observation.containers[decided.container].id).value;
      const Cbm* const mask = in_force != nullptr ? find_mask(*in_force, GroupId{row.group}) : nullptr;
      if (mask != nullptr) row.mask = *mask;
      out.rows.push_back(std::move(row));
    }
  }
  out.totals = totals_;
  return out;
}

void Ledger::identify_all(const Observation& observation, Snapshot& out) {
  const std::uint64_t generation = announcements_ != nullptr ? announcements_->generation() : 0;
  const bool anew = generation != generation_;
  generation_ = generation;
  listed_.clear();
  listed_.reserve(observation.containers.size());
  out.workloads.reserve(std::min(observation.containers.size(), kMostWorkloads));
  for (const ContainerInfo& info : observation.containers) {
    if (out.workloads.size() == kMostWorkloads) {
      ++out.left_out;
      continue;
    }
    Known& who = known(info.id);
    if (!who.workload || anew)
      who.workload = workload_of(info.id, announcements_ != nullptr ? announcements_->of(info.id) : nullptr);
    who.seen = entries_;
    listed_.push_back(&who);
    out.workloads.push_back(who.workload);
  }
  if (known_.size() > listed_.size())
    std::erase_if(known_, [this](const auto& k) { return k.second.seen != entries_; });
}

void Ledger::count_all(const Observation& observation) {
  for (const DomainObservation& domain : observation.domains)
    for (const SampleSeries& series : domain.series) {
      if (series.container >= listed_.size() || series.count == 0) continue;
      std::vector<InDomain>& places = listed_[series.container]->domains;
      auto place = std::ranges::find(places, domain.id, &InDomain::domain);
      if (place == places.end()) place = places.insert(places.end(), InDomain{domain.id, {}, {}});
      const Sample& last = domain.samples_of(series).back();
      add_counts(place->totals, place->last ? &*place->last : nullptr, last);
      place->last = last;
    }
}

void Ledger::count_decided(const Decision& decision, Mode mode) {
  ++totals_.decisions;
  if (decision.refused) ++totals_.refused;
  for (const DomainDecision& domain : decision.domains)
    for (const ContainerDecision& row : domain.containers) {
      if (row.container == kSharedRegion) continue;
      if (mode == Mode::enforce && row.ways_after != row.ways_before) {
        ++totals_.reallocations[row.reason.code];
        totals_.ways_moved += static_cast<std::uint64_t>(std::abs(row.ways_after.count - row.ways_before.count));
      }
      if (row.reason.code != ReasonCode::guarantee) continue;
      ++totals_.guarantee_violations;
      if (row.container >= listed_.size()) continue;
      std::vector<InDomain>& places = listed_[row.container]->domains;
      const auto place = std::ranges::find(places, domain.id, &InDomain::domain);
      if (place != places.end()) ++place->totals.guarantee_violations;
    }
}

void Ledger::look_for_foreign_writes(const Observation& observation, Mode mode) {
  if (mode != Mode::enforce) {
    expected_.reset();
    return;
  }
  if (expected_ && !damage(*expected_, geometry_, observation.masks, observation.geometry).empty())
    ++totals_.foreign_writes;
  expected_ = observation.masks;
  geometry_ = observation.geometry;
}

void Ledger::applied(const Change& change) {
  if (expected_) apply_change(*expected_, change);
}

}  // namespace dcat::web
