// The cast of a scenario: every tenant's phases as tables for policies and oracles, and who runs what in a domain at a
// given moment. Built once a scenario. Phases of one measured curve at one load share its tables: a long run has many
// phases of few programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/experiment/oracle_memo.h"
#include "sim/experiment/question.h"
#include "sim/steady/steady.h"

namespace dcat::sim {

// By tenant: the phase it is in; absent: asleep or not there.
using Running = std::vector<std::optional<std::size_t>>;

class Cast {
 public:
  // `contracts[t][p]`: of tenant t in its p-th placement, at least 1.
  explicit Cast(const Scenario& scenario);

  std::size_t tenants() const { return roles_.size(); }

  struct Scene {
    std::size_t domain = 0;                 // index into Scenario::domains
    SteadyNode node;                        // those who run in it
    std::vector<std::size_t> tenants;       // ascending; as node.programs
    std::vector<Ways> contracts;            // as tenants
    std::vector<const KnownCurve*> curves;  // as tenants
    OracleMemo::Key key;                    // of phases that run the same program, the first
  };
  Scene scene(std::size_t domain, const Running& running) const;
  // The same with everybody who is there, asleep or not; `node.programs` and `key` are empty, curves are null.
  Scene whole_scene(std::size_t domain, const std::vector<bool>& present) const;
  // The first of the tenant's phases that runs the same program as `phase`: its curve, at whatever load; a parametric
  // kind is a program of its own in each phase. REQUIRES: not asleep in it.
  std::size_t program(std::size_t tenant, std::size_t phase) const;

 private:
  struct Act {
    SteadyProgram program;
    KnownCurve known;
    std::size_t first_phase = 0;
    std::size_t same_program = 0;  // the first phase with its curve, at whatever load
  };
  struct Role {
    std::vector<Ways> contracts;         // by place; 1 without a contract
    std::vector<std::size_t> domains;    // by place: index into Scenario::domains
    std::vector<std::vector<Act>> acts;  // by place: what it runs, each once
    // By place, then phase: which of them; absent: asleep.
    std::vector<std::vector<std::optional<std::uint32_t>>> act_of;
  };

  static void cast(const TenantSpec& tenant, const PlacementSpec& place, const DomainSpec& domain, Role& role);

  const Scenario& scenario_;
  std::vector<Role> roles_;
};

}  // namespace dcat::sim
