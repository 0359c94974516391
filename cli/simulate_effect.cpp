#include "cli/simulate_effect.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/policies/policy.h"
#include "sim/experiment/policy_list.h"

namespace dcat::cli {
namespace {

using sim::Experiment;

Error usage(const std::string& what, const std::string& why, const std::string& todo) {
  return {ErrorCode::bad_input, what, why, todo, 0};
}

// Keys of a sweep that are no keys of the configuration.
constexpr std::array<std::string_view, 12> kOwnKeys{"ways",      "closids", "bandwidth", "contract",
                                                    "seed",      "noise",   "phases",    "one_at_a_time",
                                                    "objective", "floors",  "policy",    "mix"};

// --one-at-a-time says one_at_a_time.
std::string option_of(std::string key) {
  std::ranges::replace(key, '_', '-');
  return "--" + key;
}

class Effects {
 public:
  Effects(const SimulateArguments& a, const Experiment& e) : a_(a), e_(e) {
    policies_ = e.policies;
    if (const sim::Axis* axis = axis_of("policy")) {
      policies_.clear();
      for (const std::string& value : axis->values)
        if (const auto names = sim::parse_policies(value))
          policies_.insert(policies_.end(), names->begin(), names->end());
    }
  }

  Status check() const {
    for (const auto& part : {&Effects::said_twice, &Effects::without_time, &Effects::without_chance,
                             &Effects::without_changes, &Effects::without_policy, &Effects::without_bus})
      if (Status done = (this->*part)(); !done) return done;
    return {};
  }

 private:
  const sim::Axis* axis_of(const std::string& key) const {
    const auto at = std::ranges::find(e_.axes, key, &sim::Axis::key);
    return at == e_.axes.end() ? nullptr : &*at;
  }
  // How the user named it; empty: not at all.
  std::string name_of(const std::string& key, bool option) const {
    if (option) return option_of(key);
    return axis_of(key) != nullptr ? "--sweep " + key : "";
  }
  bool anybody(bool (*is)(std::string_view)) const { return std::ranges::any_of(policies_, is); }

  Status said_twice() const {
    for (const auto& [given, key] : {std::pair(!a_.ways.empty(), "ways"),
                                     {!a_.closids.empty(), "closids"},
                                     {!a_.bandwidth.empty(), "bandwidth"},
                                     {!a_.contract.empty(), "contract"},
                                     {!a_.seed.empty(), "seed"},
                                     {!a_.noise.empty(), "noise"},
                                     {!a_.phases.empty(), "phases"},
                                     {!a_.objective.empty(), "objective"},
                                     {a_.floors, "floors"},
                                     {a_.one_at_a_time, "one_at_a_time"},
                                     {a_.policies != SimulateArguments{}.policies, "policy"}})
      if (given && axis_of(key) != nullptr)
        return usage(option_of(key), std::string("--sweep ") + key + " takes its place", "leave one of them out");
    return {};
  }

  // What says something about time, of mixes that are looked at without it.
  Status without_time() const {
    if (e_.timed) return {};
    for (const auto& [key, option] : {std::pair("phases", !a_.phases.empty()),
                                      {"noise", !a_.noise.empty() && a_.noise != "none"},
                                      {"one_at_a_time", a_.one_at_a_time},
                                      {"seed", !a_.seed.empty()},
                                      {"interval", false},
                                      {"sample_interval", false}})
      if (const std::string name = name_of(key, option); !name.empty())
        return usage(name, "says something about time, and mixes are looked at without it", "add --periods N");
    return {};
  }

  // A seed where nothing is drawn.
  Status without_chance() const {
    const std::string name = name_of("seed", !a_.seed.empty());
    if (name.empty() || axis_of("phases") != nullptr || axis_of("noise") != nullptr) return {};
    const bool mixes = e_.scenarios.empty();
    const bool drawn = mixes && (e_.settings.frame.phases || e_.settings.frame.noise_ratio > 0);
    if (drawn || std::ranges::any_of(e_.scenarios, [](const auto& s) { return s.scenario.noise_ratio > 0; })) return {};
    return usage(name, "nothing is drawn by chance: there are neither phases from a range nor noise",
                 mixes ? "add --phases or --noise" : "give the scenario noise, or --sweep noise");
  }

  // Who changes in turn, where nobody changes.
  Status without_changes() const {
    const std::string name = name_of("one_at_a_time", a_.one_at_a_time);
    const bool changes = axis_of("phases") != nullptr || e_.settings.frame.phases || !e_.scenarios.empty();
    if (name.empty() || changes) return {};
    return usage(name, "nobody changes program", "add --phases");
  }

  // What only some policies look at.
  Status without_policy() const {
    if (const std::string name = name_of("objective", !a_.objective.empty()); !name.empty() && !anybody(sim::is_oracle))
      return usage(name, "only the oracles have one", "add oracle or oracle-clusters to --policy");
    if (a_.oracle_seconds && !e_.timed && !anybody(sim::is_oracle))
      return usage("--oracle-seconds", "no oracle searches", "add oracle or oracle-clusters to --policy");
    const auto keeps_floors = [](std::string_view policy) {
      const std::unique_ptr<Policy> made = make_policy(policy);
      // Contracts alone keep them whether they are asked to or not.
      return sim::is_oracle(policy) || (policy != "static" && made != nullptr && made->keeps_floors());
    };
    // Over time the bound that all are compared with keeps floors as well.
    if (const std::string name = name_of("floors", a_.floors); !name.empty() && !e_.timed && !anybody(keeps_floors))
      return usage(name, "changes nothing for these policies", "add ucp, oracle or oracle-clusters to --policy");
    for (const sim::Axis& axis : e_.axes)
      if (std::ranges::find(kOwnKeys, axis.key) == kOwnKeys.end() && axis.key != "interval" &&
          !anybody(sim::is_of_core))
        return usage("--sweep " + axis.key, "none of these policies has it",
                     "add dcat-fair, dcat-max or adaptive to --policy");
    return {};
  }

  // The clock of all CPUs alike: it decides how many bytes a miss a second is.
  Status without_bus() const {
    const bool bus = e_.settings.node.memory_bytes_per_sec > 0 || axis_of("bandwidth") != nullptr;
    if (!a_.gigahertz || bus || anybody(sim::is_of_core)) return {};
    return usage("--frequency-ghz", "changes nothing for these policies without a ceiling of the memory traffic",
                 "add --bandwidth");
  }

  const SimulateArguments& a_;
  const Experiment& e_;
  std::vector<std::string> policies_;
};

}  // namespace

Status check_effects(const SimulateArguments& arguments, const Experiment& experiment) {
  return Effects(arguments, experiment).check();
}

Status check_merge_alone(const SimulateArguments& a) {
  const SimulateArguments usual;
  for (const auto& [given, option] :
       {std::pair(!a.curves_file.empty() || !a.scenarios.empty() || !a.mixes_file.empty() || !a.mixes.empty(),
                  "inputs"),
        {!a.output_file.empty(), "--output"},
        {!a.report_file.empty(), "--report"},
        {!a.sweeps.empty(), "--sweep"},
        {!a.shard.empty(), "--shard"},
        {!a.config_file.empty(), "--config"},
        {a.policies != usual.policies, "--policy"},
        {!a.ways.empty(), "--ways"},
        {!a.closids.empty(), "--closids"},
        {!a.bandwidth.empty(), "--bandwidth"},
        {!a.contract.empty(), "--contract"},
        {!a.phases.empty(), "--phases"},
        {a.one_at_a_time, "--one-at-a-time"},
        {!a.noise.empty(), "--noise"},
        {!a.seed.empty(), "--seed"},
        {!a.objective.empty(), "--objective"},
        {a.floors, "--floors"},
        {a.oracle_seconds.has_value(), "--oracle-seconds"},
        {a.least.has_value(), "--min-ways"},
        {a.gigahertz.has_value(), "--frequency-ghz"},
        {a.periods.has_value(), "--periods"},
        {a.threads.has_value(), "--threads"}})
    if (given) return usage("--merge", std::string("runs nothing and has no use for ") + option, "leave it out");
  return {};
}

}  // namespace dcat::cli
