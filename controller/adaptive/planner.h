// The planner of `adaptive`, stage by stage: learn (learn_tenants.cpp), arrange (arrange_domains.cpp), say why
// (say_why.cpp). Private to controller/adaptive.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "controller/adaptive/arrange.h"
#include "controller/divide.h"

namespace dcat {

// A size that was measured for so many periods has said what it has to say; and how often that is looked at again.
inline constexpr double kSeenEnough = 4;
inline constexpr std::uint64_t kSearchAnyway = 8;

inline double misses_per_sec(const Metrics& m) {
  return m.llc_refs_per_sec && m.miss_ratio ? *m.llc_refs_per_sec * *m.miss_ratio : 0;
}

// It is as well with any ways, and is owed none until it wakes.
inline bool is_asleep(const Metrics& m) {
  return m.absent == Absence::too_few_instructions || m.absent == Absence::counted_nothing;
}

inline bool is_known(const TenantState& t) {
  return !t.profile.phases.phases.empty() && !t.profile.phases.now().evidence.empty();
}

class AdaptivePlanner : public Divider {
 public:
  using Divider::Divider;
  void learn_all();

 private:
  struct Note {  // of one tenant in one domain, for its reason
    Lesson lesson;
    bool learned = false;
    bool owed = false;        // its guarantee broke
    bool owed_first = false;  // what the contract gives was not seen in this phase
    double seen_here = 0;     // periods at the size that it has
    std::optional<double> normalised;
  };

  // Who lives without a contract in a domain, and what they do.
  struct Crowd {
    std::vector<std::size_t> streams;  // rows
    double streams_misses = 0;         // per second
    double others_misses = 0;
    double others_refs = 0;
    bool apart_now = false;  // some stream is
  };
  Crowd crowd_of(std::size_t domain) const;
  void learn_domain(std::size_t domain);
  const Curve& curve_of(std::size_t domain, const ContainerDecision& row);
  void refit(std::size_t domain, const ContainerDecision& row);
  void learn_tenant(std::size_t domain, ContainerDecision& row, std::optional<double> held, bool alone);
  std::optional<double> held(std::size_t domain, const ContainerDecision& row, bool alone, double group_misses) const;
  bool below_guarantee(const ContainerDecision& row, const TenantState& t, std::optional<double> held, bool alone,
                       Note& note) const;
  Result<DomainAllocation> divide(std::size_t domain, DomainAllocation out) override;
  bool needs_groups() const override { return true; }
  bool may_divide_again() const override { return true; }
  void explain_crowd(std::size_t domain, ContainerDecision& row) override;
  bool in_crowd(const ContainerDecision& row) const;
  void watch_crowd(std::size_t domain);
  void set_streams_apart(std::size_t domain, DomainAllocation& out, int used);
  GroupId name(const std::vector<std::uint32_t>& containers) const override;
  void explain(std::size_t domain, ContainerDecision& row, bool looked_at, bool others_are) override;
  void classify(const TenantState& t, const Note& note, ContainerDecision& r) const;
  static bool can_stay(const ArrangeQuestion& question, int tenants);
  bool settled(std::size_t domain, const DomainAllocation& out) const;
  Arrangement arrange(std::size_t domain, DomainAllocation& out);
  ArrangeQuestion question(std::size_t domain, const DomainAllocation& out, bool to_search);
  std::optional<std::size_t> whom_to_look_at(const ArrangeQuestion& question, Arranger& arranger, Arrangement& best,
                                             std::size_t domain, const DomainAllocation& out);
  void note_outlooks(std::size_t domain, const DomainAllocation& out, const Arranger& arranger,
                     const Arrangement& arrangement);

  std::map<std::pair<std::size_t, std::uint32_t>, Note> notes_;  // by domain and container
  std::map<std::pair<std::size_t, std::uint32_t>, Curve> curves_;
  int searched_ = 0;                 // tenants, in this period
  mutable std::set<GroupId> taken_;  // names of this plan's clusters
};

}  // namespace dcat
