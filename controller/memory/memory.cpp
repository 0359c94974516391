#include "controller/memory/memory.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "controller/step.h"

namespace dcat {

namespace {

bool counts(const Phase& phase) {
  return phase.baseline_ipc && phase.record && (!phase.table.empty() || !phase.evidence.empty());
}

// What is known of a tenant in its domain, in this run or since.
DomainMemory learned(const DomainState& domain, const TenantState& tenant) {
  const PhaseState& phases = tenant.profile.phases;
  DomainMemory memory{domain.id, tenant.contract, domain.ways, domain.way_bytes, phases.next_id, phases.periods, {}};
  std::ranges::copy_if(phases.phases, std::back_inserter(memory.phases), counts);
  return memory;
}

ContainerMemory learned(const ControllerState& state, std::size_t container, TimePoint at) {
  ContainerMemory memory{state.containers[container], at, {}};
  for (const DomainState& domain : state.domains) {
    DomainMemory there = learned(domain, domain.tenants[container]);
    if (!there.phases.empty()) memory.domains.push_back(std::move(there));
  }
  return memory;
}

// Domains that nothing new is known of keep what was known.
void add_domains(ContainerMemory& fresh, std::vector<DomainMemory> old) {
  for (DomainMemory& domain : old) {
    const auto at = std::ranges::lower_bound(fresh.domains, domain.domain, {}, &DomainMemory::domain);
    if (at == fresh.domains.end() || at->domain != domain.domain) fresh.domains.insert(at, std::move(domain));
  }
}

// Both ascending. Of whom nothing at all is known is left out.
void merge(Memory& memory, std::vector<ContainerMemory> fresh) {
  std::vector<ContainerMemory> all;
  all.reserve(memory.containers.size() + fresh.size());
  auto old = memory.containers.begin();
  for (ContainerMemory& one : fresh) {
    for (; old != memory.containers.end() && old->id < one.id; ++old) all.push_back(std::move(*old));
    if (old != memory.containers.end() && old->id == one.id) add_domains(one, std::move((old++)->domains));
    if (!one.domains.empty()) all.push_back(std::move(one));
  }
  std::move(old, memory.containers.end(), std::back_inserter(all));
  memory.containers = std::move(all);
}

bool same_cache(const DomainMemory& memory, const DomainState& domain) {
  if (memory.way_bytes != domain.way_bytes) return false;
  return domain.way_bytes != 0 || memory.ways == domain.ways;
}

bool same_kind(const Phase& a, const Phase& b) {
  return std::tie(a.id, a.preferred, a.keeps_contract, a.suffered_sharing, a.probed, a.record) ==
             std::tie(b.id, b.preferred, b.keeps_contract, b.suffered_sharing, b.probed, b.record) &&
         std::ranges::equal(a.table.entries(), b.table.entries(), {}, &TableEntry::ways, &TableEntry::ways);
}

bool same_kind(const DomainMemory& a, const DomainMemory& b) {
  return std::tie(a.domain, a.contract, a.ways, a.way_bytes) == std::tie(b.domain, b.contract, b.ways, b.way_bytes) &&
         std::ranges::equal(a.phases, b.phases, [](const Phase& x, const Phase& y) { return same_kind(x, y); });
}

}  // namespace

Memory memory_of(const ControllerState& state, TimePoint at) {
  Memory memory = state.memory;
  if (memory.most_containers == 0) return memory;
  std::vector<ContainerMemory> here;
  here.reserve(state.containers.size());
  for (std::size_t c = 0; c < state.containers.size(); ++c) here.push_back(learned(state, c, at));
  merge(memory, std::move(here));
  forget(memory, at);
  return memory;
}

void remember_who_left(ControllerState& state, const std::vector<ContainerInfo>& there, TimePoint at) {
  if (state.memory.most_containers == 0) return;
  std::vector<ContainerMemory> left;
  for (std::size_t c = 0; c < state.containers.size(); ++c)
    if (!std::ranges::binary_search(there, state.containers[c], {}, &ContainerInfo::id))
      left.push_back(learned(state, c, at));
  if (left.empty()) return;
  merge(state.memory, std::move(left));
  forget(state.memory, at);
}

void forget(Memory& memory, TimePoint at) {
  const TimePoint since = at - memory.forget_after;
  std::erase_if(memory.containers, [since](const ContainerMemory& one) { return one.seen < since; });
  const auto most = static_cast<std::size_t>(std::max(0, memory.most_containers));
  if (memory.containers.size() <= most) return;
  std::ranges::stable_sort(memory.containers, std::ranges::greater{}, &ContainerMemory::seen);
  memory.containers.resize(most);
  std::ranges::sort(memory.containers, {}, &ContainerMemory::id);
}

PhaseState recall(const Memory& memory, const ContainerId& container, const DomainState& domain, Ways contract,
                  const Parameters& parameters) {
  const DomainMemory* const known = find_memory(memory, container, domain.id);
  if (known == nullptr || known->contract != contract || !same_cache(*known, domain)) return {};
  return recall_phases(known->phases, known->next_id, known->periods, parameters);
}

const DomainMemory* find_memory(const Memory& memory, const ContainerId& container, DomainId domain) {
  const auto one = std::ranges::lower_bound(memory.containers, container, {}, &ContainerMemory::id);
  if (one == memory.containers.end() || one->id != container) return nullptr;
  const auto there = std::ranges::lower_bound(one->domains, domain, {}, &DomainMemory::domain);
  return there == one->domains.end() || there->domain != domain ? nullptr : &*there;
}

const Phase& last_phase(const DomainMemory& memory) {
  return *std::ranges::max_element(memory.phases, {}, &Phase::last_seen);
}

bool differs_in_kind(const Memory& a, const Memory& b) {
  return !std::ranges::equal(a.containers, b.containers, [](const ContainerMemory& x, const ContainerMemory& y) {
    return x.id == y.id && std::ranges::equal(x.domains, y.domains, [](const DomainMemory& p, const DomainMemory& q) {
             return same_kind(p, q);
           });
  });
}

}  // namespace dcat
