// Properties of the whole core over random nodes: random geometry, tenants that come and go and change what they do,
// counters that lie, changes that get lost and foreign writers. Nothing is modelled; whatever comes, these hold.
#include <map>
#include <random>
#include <set>

#include "cat/diff.h"
#include "cat/layout.h"
#include "controller/step.h"
#include "tests/cat/step_rules.h"
#include "tests/support/catch.h"
#include "tests/support/property.h"

using namespace dcat;

namespace {

constexpr int kTicks = 40;
constexpr int kNodes = dcat::testing::kSanitized ? 30 : 300;  // x kTicks: 12,000 ticks
constexpr int kPolicyNodes = kNodes / 5;                      // for each of eight policies

class RandomNode {
 public:
  // Without a policy: one of dCat's two.
  explicit RandomNode(std::uint64_t seed, std::optional<PolicyKind> policy = std::nullopt) : random_(seed) {
    o_.geometry.closids = between(1, 16);
    const int domains = between(1, 3);
    int id = 0;
    for (int d = 0; d < domains; ++d) {
      id += between(d == 0 ? 0 : 1, 3);
      o_.geometry.domains.push_back(random_domain(id));
    }
    p_.shared_ways = Ways(between(0, 3));
    p_.policy = policy.value_or(one_in(2) ? PolicyKind::fair : PolicyKind::max_performance);
    p_.count_cumulative_gain = one_in(2);
    p_.goal = kAdaptiveGoals[static_cast<std::size_t>(between(0, 2))];
    for (const DomainGeometry& d : o_.geometry.domains) {
      o_.masks.domains.push_back({d.id, d.available, {}});
      o_.domains.push_back({d.id, {}, {}});
    }
  }

  const Observation& observation() const { return o_; }
  const Parameters& parameters() const { return p_; }

  // The next second, after the last decision's changes (or some of them) were applied.
  void advance(const Changes& changes) {
    intact_ = true;
    for (const Change& change : changes) {
      if (one_in(200)) {
        intact_ = false;
        break;  // the rest failed
      }
      apply_change(o_.masks, change);
    }
    if (one_in(30)) foreign_write();
    o_.at += std::chrono::seconds(1);
    come_and_go();
    count();
  }

  // Nobody but us touched the masks since the last decision, and all its changes arrived.
  bool intact() const { return intact_; }

 private:
  struct Tenant {
    ContainerInfo info;
    std::uint64_t domains = 1;  // bits: where it runs
    double accesses = 0.3, ipc = 1, slope = 0, miss = 0.2, refs = 3e7;
    std::map<int, Sample> samples;
  };

  int between(int least, int most) {
    return least + static_cast<int>(random_() % static_cast<std::uint64_t>(most - least + 1));
  }
  bool one_in(int n) { return between(1, n) == 1; }
  double ratio() { return static_cast<double>(random_() % 10'000) / 10'000; }

  DomainGeometry random_domain(int id) {
    DomainGeometry d;
    d.id = DomainId{id};
    const int ways = between(2, 20);
    d.available = Cbm::run(WayIndex(0), Ways(ways));
    d.min_cbm_bits = Ways(one_in(4) ? 2 : 1);
    if (one_in(2)) d.shareable = Cbm::run(WayIndex(ways - 2), Ways(2));
    if (one_in(4)) d.tied = {Cbm::run(WayIndex(ways - 2), Ways(2))};
    if (!d.tied.empty()) d.shareable = d.tied.front();
    d.shared_may_be_empty = one_in(3);
    return d;
  }

  void foreign_write() {
    intact_ = false;
    DomainMasks& d =
        o_.masks.domains[static_cast<std::size_t>(between(0, static_cast<int>(o_.masks.domains.size()) - 1))];
    const DomainGeometry& g = *o_.geometry.find(d.id);
    const int size = between(g.min_cbm_bits.count, g.ways().count);
    const Cbm mask = Cbm::run(WayIndex(between(0, g.ways().count - size)), Ways(size));
    if (d.groups.empty() || one_in(3))
      d.shared = mask;
    else
      d.groups[static_cast<std::size_t>(between(0, static_cast<int>(d.groups.size()) - 1))].mask = mask;
  }

  void come_and_go() {
    if (tenants_.size() < 14 && one_in(4)) {
      Tenant t;
      t.info.id = ContainerId{"c" + std::to_string(between(0, 99))};
      const int kind = between(0, 5);
      t.info.contract_kind = kind == 0   ? ContainerInfo::ContractKind::none
                             : kind == 1 ? ContainerInfo::ContractKind::cpu_share
                                         : ContainerInfo::ContractKind::given;
      t.info.contract = Ways(between(1, 6));
      t.info.cpu_share = ratio();
      t.domains = static_cast<std::uint64_t>(between(1, 7));
      t.info.priority = between(0, 2);
      t.info.isolated = one_in(4);
      t.info.managed = !one_in(6);
      change_behaviour(t);
      tenants_.emplace(t.info.id, t);
    }
    if (!tenants_.empty() && one_in(15))
      tenants_.erase(std::next(tenants_.begin(), between(0, static_cast<int>(tenants_.size()) - 1)));
    for (auto& [id, t] : tenants_)
      if (one_in(20)) change_behaviour(t);
    // Whoever has gone is in no group any more.
    std::erase_if(o_.masks.members, [&](const Member& m) { return !tenants_.contains(m.container); });
    o_.containers.clear();
    for (const auto& [id, t] : tenants_) o_.containers.push_back(t.info);
  }

  void change_behaviour(Tenant& t) {
    t.accesses = 0.1 + 0.1 * between(0, 5);
    t.ipc = 0.2 + ratio();
    t.slope = one_in(3) ? 0 : 0.15 * ratio();
    t.miss = one_in(3) ? 0.001 : ratio();
    t.refs = one_in(3) ? 1000 : 5e7;
    if (one_in(6)) t.domains = static_cast<std::uint64_t>(between(1, 7));
    if (one_in(6)) t.info.isolated = one_in(3);
    if (one_in(6)) t.info.managed = !one_in(3);
  }

  void count() {
    for (std::size_t d = 0; d < o_.domains.size(); ++d) {
      DomainObservation& domain = o_.domains[d];
      domain.series.clear();
      domain.samples.clear();
      std::uint32_t index = 0;
      for (auto& [id, t] : tenants_) {
        const bool runs = ((t.domains >> d) & 1) != 0 && !one_in(25);
        Sample& s = t.samples[domain.id.value];
        s.at = o_.at;
        if (runs) run(t, s, domain.id);
        if (runs || one_in(2)) {
          domain.series.push_back({index, static_cast<std::uint32_t>(domain.samples.size()), 1});
          domain.samples.push_back(s);
        }
        ++index;
      }
    }
  }

  void run(const Tenant& t, Sample& s, DomainId domain) {
    const DomainMasks* masks = find_domain(o_.masks, domain);
    const Cbm* mask = find_mask(*masks, group_of(o_.masks.members, t.info.id));
    const int ways = mask == nullptr ? 1 : mask->size().count;
    const double ipc = t.ipc * (1 + t.slope * ways) * (1 + 0.02 * (ratio() - 0.5));
    const double cycles = 2e9;
    s.enabled += std::chrono::seconds(1);
    add(s, Event::cycles, cycles);
    add(s, Event::instructions, one_in(50) ? 1000 : cycles * std::min(ipc, 4.0));
    add(s, Event::memory_accesses, cycles * std::min(ipc, 4.0) * t.accesses);
    add(s, Event::llc_references, t.refs);
    add(s, Event::llc_misses, t.refs * t.miss / (1 + t.slope * ways));
    if (one_in(100)) s[Event::cycles]->value = 0;  // a counter that falls
  }

  void add(Sample& s, Event event, double n) {
    if (!s[event]) s[event] = Reading{};
    s[event]->value += static_cast<std::uint64_t>(n);
    s[event]->running += std::chrono::seconds(1);
  }

  std::mt19937_64 random_;
  Observation o_;
  Parameters p_;
  std::map<ContainerId, Tenant> tenants_;
  bool intact_ = true;
};

// Rules of one decision, whatever led to it. Returns what is broken.
class Rules {
 public:
  // `held`: by domain and container, what the decision before granted it, its part of a shared group.
  using Held = std::map<std::pair<int, ContainerId>, Ways>;
  Rules(const Observation& o, const Decision& d, const Parameters& p, const Held& held)
      : o_(o), d_(d), p_(p), held_(held) {}

  std::string broken() {
    if (d_.refused) return d_.masks == o_.masks && d_.changes.empty() ? "" : "refused, and yet something changes";
    check_sizes();
    check_masks();
    if (is_dcat(p_.policy)) check_floors();
    if (p_.policy == PolicyKind::adaptive) check_owed();
    check_groups();
    find_isolated();
    check_diff();
    check_observed();
    check_isolated();
    return text_;
  }

 private:
  void say(bool right, const std::string& what) {
    if (!right && text_.empty()) text_ = what;
  }

  void check_sizes() {
    for (const DomainPlan& plan : d_.plan.domains) {
      Ways sum = plan.shared;
      for (const PartitionSize& s : plan.dedicated) sum += s.ways;
      say(!plan.overlapping.empty() || sum == o_.geometry.find(plan.id)->ways(), "ways are not conserved");
      say(plan.shared >= shared_floor(*o_.geometry.find(plan.id), p_), "the shared region is below its floor");
    }
  }

  void check_masks() {
    for (const DomainPlan& plan : d_.plan.domains) {
      const DomainGeometry& g = *o_.geometry.find(plan.id);
      const DomainMasks* masks = find_domain(d_.masks, plan.id);
      say(masks != nullptr, "a domain without masks");
      if (masks == nullptr) return;
      Cbm all = masks->shared;
      say(masks->shared.size() == plan.shared, "the shared region has another size than planned");
      say(masks->shared.empty() || masks->shared.contiguous(), "the shared region is not contiguous");
      for (const PartitionSize& s : plan.dedicated) {
        const Cbm* mask = find_mask(*masks, s.group);
        say(mask != nullptr && mask->contiguous() && mask->size() == s.ways && s.ways >= g.min_cbm_bits,
            "a partition is illegal");
        if (mask == nullptr) return;
        say(!mask->overlaps(plan.overlapping.empty() ? all : masks->shared), "dedicated partitions overlap");
        say(g.available.contains(*mask), "a partition leaves the domain");
        all = all | *mask;
      }
      say(!plan.overlapping.empty() || all == g.available, "masks do not cover the domain");
    }
  }

  void check_floors() {
    for (const DomainDecision& domain : d_.domains)
      for (const ContainerDecision& r : domain.containers) {
        if (r.container == kSharedRegion || !r.dedicated) continue;
        if (r.demand == DemandKind::contract) say(r.ways_after >= r.contract, "a contract is not given back");
        // Who neither gives nor is tried at the least size keeps what it had, up to its contract.
        const bool gives =
            r.demand == DemandKind::give || r.demand == DemandKind::restore || r.reason.code == ReasonCode::probing;
        const auto before = held_.find({domain.id.value, o_.containers[r.container].id});
        if (!gives && before != held_.end())
          say(group_size(domain.id, r) >= std::min(r.contract, before->second),
              "below its contract, and it gave nothing");
      }
  }

  // Alone, or where CLOSIDs are short with others that bring as much as they are owed.
  void check_owed() {
    for (const DomainDecision& domain : d_.domains)
      for (const ContainerDecision& r : domain.containers)
        if (r.dedicated && r.container != kSharedRegion && r.demand == DemandKind::contract)
          say(r.ways_after >= r.contract, "owed its contract, and it has less");
  }

  // What its group has: idle or streaming containers that share one have one member's ways between them.
  Ways group_size(DomainId id, const ContainerDecision& r) const {
    const GroupId group = group_of(d_.plan.members, o_.containers[r.container].id);
    for (const DomainPlan& plan : d_.plan.domains)
      for (const PartitionSize& s : plan.dedicated)
        if (plan.id == id && s.group == group) return s.ways;
    return Ways(0);
  }

  void check_groups() {
    std::set<GroupId> groups;
    for (const Member& m : d_.plan.members) groups.insert(m.group);
    say(static_cast<int>(groups.size()) < std::max(2, o_.geometry.closids) || groups.empty(), "too many groups");
    for (const DomainMasks& domain : d_.masks.domains)
      say(domain.groups.size() == groups.size(), "groups without members, or members without groups");
  }

  void check_diff() {
    const auto again = diff(d_.masks, d_.masks, o_.geometry);
    say(again.ok() && again->empty(), "diff(x, x) is not empty");
    testing::StepRules rules(o_.masks, d_.masks, o_.geometry, isolated_);
    if (const auto wrong = rules.check(d_.changes)) say(false, *wrong);
  }

  // Who is only observed has a row and no part in anything.
  void check_observed() {
    for (const DomainDecision& domain : d_.domains)
      for (const ContainerDecision& r : domain.containers) {
        if (r.container == kSharedRegion || o_.containers[r.container].managed) continue;
        say(!r.dedicated && r.contract == Ways(0) && r.demand == DemandKind::hold, "a part for one that is observed");
        say(r.reason.code == ReasonCode::observed_only, "an observed one's row does not say so");
      }
    for (const ContainerInfo& info : o_.containers) {
      if (info.managed) continue;
      say(group_of(d_.plan.members, info.id).is_shared_region(), "a group for one that is observed");
      // It goes out of a group of ours, no other way.
      const bool ours = !group_of(o_.masks.members, info.id).is_shared_region();
      for (const Change& change : d_.changes)
        if (const auto* move = std::get_if<MoveContainer>(&change); move != nullptr && move->container == info.id)
          say(ours && move->to.is_shared_region(), "one that is observed is moved");
    }
  }

  // Whoever is to be isolated and admitted has a group of its own, with its contract when it is owed, or its row says
  // why not: only for want of CLOSIDs.
  void check_isolated() {
    const bool isolated_alone = std::ranges::all_of(
        isolated_, [&](const GroupId& g) { return std::ranges::count(d_.plan.members, g, &Member::group) == 1; });
    say(isolated_alone, "an isolated container's group has other members");
    int wanting = 0;
    std::set<ContainerId> vain;
    for (const ContainerInfo& info : o_.containers) wanting += info.managed && info.isolated ? 1 : 0;
    for (const DomainDecision& domain : d_.domains)
      for (const ContainerDecision& r : domain.containers) {
        if (r.container == kSharedRegion) continue;
        const ContainerInfo& info = o_.containers[r.container];
        if (!info.managed || !info.isolated) continue;
        const bool in_vain = r.reason.code == ReasonCode::isolation_no_closid;
        if (in_vain) vain.insert(info.id);
        const bool no_partition = r.reason.code == ReasonCode::isolation_no_contract ||
                                  r.reason.code == ReasonCode::isolation_no_room || r.reason.code == ReasonCode::away;
        say(r.dedicated != (no_partition || (in_vain && o_.geometry.closids <= 1)), "an isolated one's row is wrong");
        if (r.dedicated && !in_vain) check_partition(domain.id, info.id);
        if (r.dedicated && !in_vain && !is_dcat(p_.policy)) say(r.ways_after == r.contract, "not its contract");
      }
    say(vain.empty() || wanting >= o_.geometry.closids - 1, "isolation in vain, and there are CLOSIDs");
  }

  void check_partition(DomainId id, const ContainerId& container) {
    const GroupId group = group_of(d_.plan.members, container);
    say(std::ranges::count(isolated_, group) == 1, "an isolated container without a group");
    const DomainMasks* masks = find_domain(d_.masks, id);
    const Cbm* mine = masks == nullptr ? nullptr : find_mask(*masks, group);
    say(mine != nullptr && !mine->overlaps(masks->shared), "an isolated partition overlaps the shared region");
    if (mine == nullptr) return;
    for (const GroupMask& other : masks->groups)
      say(other.group == group || !other.mask.overlaps(*mine), "another mask overlaps an isolated partition");
  }

  // Groups of those who asked for it and did not have to share.
  void find_isolated() {
    for (const Member& m : d_.plan.members) {
      const auto info = std::ranges::find(o_.containers, m.container, &ContainerInfo::id);
      if (info == o_.containers.end() || !info->managed || !info->isolated) continue;
      bool in_vain = false;
      for (const DomainDecision& domain : d_.domains)
        for (const ContainerDecision& r : domain.containers)
          in_vain = in_vain || (r.container != kSharedRegion && o_.containers[r.container].id == m.container &&
                                r.reason.code == ReasonCode::isolation_no_closid);
      if (!in_vain) isolated_.push_back(m.group);
    }
  }

  const Observation& o_;
  const Decision& d_;
  const Parameters& p_;
  const Held& held_;
  std::vector<GroupId> isolated_;
  std::string text_;
};

struct Tally {
  int ticks = 0, refused = 0, refused_intact = 0, changed = 0;
};

std::string run_node(std::uint64_t seed, Tally& tally, std::optional<PolicyKind> policy = std::nullopt) {
  RandomNode node(seed, policy);
  ControllerState state;
  Changes changes;
  Rules::Held held;
  for (int tick = 0; tick < kTicks; ++tick) {
    node.advance(changes);
    StepResult result = step(state, node.observation(), node.parameters());
    const StepResult twin = step(state, node.observation(), node.parameters());
    if (!(result.decision == twin.decision && result.state == twin.state)) return "two runs differ";
    const std::string broken = Rules(node.observation(), result.decision, node.parameters(), held).broken();
    if (!broken.empty()) return "tick " + std::to_string(tick) + ": " + broken;
    ++tally.ticks;
    tally.changed += result.decision.changes.empty() ? 0 : 1;
    tally.refused += result.decision.refused ? 1 : 0;
    if (result.decision.refused && node.intact()) ++tally.refused_intact;
    // Policies that know no clusters may have more partitions than there are CLOSIDs.
    const bool shares = is_dcat(node.parameters().policy) || node.parameters().policy == PolicyKind::adaptive;
    if (result.decision.refused && node.intact() && shares)
      return "tick " + std::to_string(tick) + ": refused on an intact node: " + *result.decision.refused;
    // A member's own part of a group counts, not the whole group.
    held.clear();
    for (const DomainState& domain : result.state.domains)
      for (std::size_t c = 0; c < domain.tenants.size(); ++c)
        if (domain.tenants[c].admitted) held[{domain.id.value, result.state.containers[c]}] = domain.tenants[c].granted;
    state = std::move(result.state);
    changes = result.decision.changes;
  }
  return "";
}

}  // namespace

TEST_CASE("whatever happens on a node, every decision is legal, conserves ways, keeps floors and repeats itself") {
  Tally tally;
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  std::mt19937_64 seeds(params.seed);
  for (int i = 0; i < kNodes; ++i) {
    const std::uint64_t seed = seeds();
    const std::string broken = run_node(seed, tally);
    INFO("node seed " << seed << ", RC_PARAMS=\"seed=" << params.seed << "\" repeats the run");
    REQUIRE(broken == "");
  }
  WARN("seed=" << params.seed << ": " << tally.ticks << " ticks, " << tally.changed << " with changes, "
               << tally.refused << " refused after foreign writes");
  CHECK(tally.ticks == kNodes * kTicks);
  CHECK(tally.changed > tally.ticks / 10);
}

TEST_CASE("the other policies' decisions are legal and repeat themselves, whatever happens on a node") {
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  std::mt19937_64 seeds(params.seed);
  for (const PolicyKind policy : kPolicyKinds) {
    if (is_dcat(policy)) continue;
    CAPTURE(name_of(policy));
    Tally tally;
    for (int i = 0; i < kPolicyNodes; ++i) {
      const std::uint64_t seed = seeds();
      const std::string broken = run_node(seed, tally, policy);
      INFO("node seed " << seed << ", RC_PARAMS=\"seed=" << params.seed << "\" repeats the run");
      REQUIRE(broken == "");
    }
    WARN(name_of(policy) << ": " << tally.ticks << " ticks, " << tally.changed << " with changes, " << tally.refused
                         << " refused");
    CHECK(tally.ticks == kPolicyNodes * kTicks);
    // Few nodes, random ones: most change something, none of them has to.
    if (policy != PolicyKind::shared) CHECK(tally.changed > 0);
  }
}
