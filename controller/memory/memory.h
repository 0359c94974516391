// Memory: what was learned of containers that are not here now, so that who comes back, or is found by a controller
// that was started again, need not be learned anew: its phases, each with baseline, performance table and the size it
// had, per L3 domain.
//
// A memory is a claim, never a fact: a container is given nothing because of it until a period of its own looks like
// one of these phases, and then the phase is on trial as any that comes back (classifier/phase.h): periods that
// contradict it make it a new one. It counts only for the contract that its baselines were measured at and on a cache
// whose ways are as large (of a cache whose ways' size nobody knows: with as many ways). It knows no policy.
//
// Pure values; where they are kept is the shell's (cli/memory_file.h).
#pragma once

#include <cstdint>
#include <vector>

#include "classifier/phase.h"
#include "core/ids.h"
#include "core/parameters.h"
#include "core/units.h"
#include "perfmon/container_source.h"

namespace dcat {

struct ControllerState;
struct DomainState;

struct DomainMemory {
  DomainId domain;
  Ways contract;                // at which 1.0 was measured
  Ways ways;                    // of the domain then
  std::uint64_t way_bytes = 0;  // of one of them; 0 = not known
  int next_id = 1;              // of phases
  std::uint64_t periods = 0;    // what Phase::last_seen counts in
  std::vector<Phase> phases;    // with baseline and record, all of them
  bool operator==(const DomainMemory&) const = default;
};

struct ContainerMemory {
  ContainerId id;
  TimePoint seen;                     // when it was last here
  std::vector<DomainMemory> domains;  // ascending; not empty
  bool operator==(const ContainerMemory&) const = default;
};

struct Memory {
  int most_containers = 0;                  // the longest gone go first; 0: nothing is remembered
  Duration forget_after{};                  // who is gone for longer is forgotten
  std::vector<ContainerMemory> containers;  // ascending by id
  bool operator==(const Memory&) const = default;
};

// Everything that is known, of those that are here too: what the next controller starts with.
Memory memory_of(const ControllerState& state, TimePoint at);

// Who was here at the last step and is not `there` any more goes into the state's memory.
void remember_who_left(ControllerState& state, const std::vector<ContainerInfo>& there, TimePoint at);

// Drops who is gone for too long, and the longest gone beyond most_containers.
void forget(Memory& memory, TimePoint at);

// What a container's life in this domain begins with; empty where nothing is remembered that counts.
PhaseState recall(const Memory& memory, const ContainerId& container, const DomainState& domain, Ways contract,
                  const Parameters& parameters);

// nullptr: nothing is known of it there.
const DomainMemory* find_memory(const Memory& memory, const ContainerId& container, DomainId domain);
// The phase that it was seen in last; its table is not empty.
const Phase& last_phase(const DomainMemory& memory);

// Another state, size, phase, contract or container than before; not where only averages went on.
bool differs_in_kind(const Memory& a, const Memory& b);

}  // namespace dcat
