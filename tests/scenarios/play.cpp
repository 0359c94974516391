#include "tests/scenarios/play.h"

#include <atomic>
#include <stdexcept>

#include "controller/shell/daemon.h"
#include "sim/node.h"
#include "sim/scenario.h"

namespace dcat::test {

namespace {

class Keeper : public Listener {
 public:
  Keeper(sim::SimulatedNode& node, std::vector<PlayedPeriod>& out) : node_(node), last_(node.truth()), out_(out) {}

  Status on_decision(const Observation& o, const Decision& d) override {
    PlayedPeriod period{o, d, {}, 0, 0};
    for (const DomainDecision& domain : d.domains) {
      period.shared += domain.shared.count;
      period.free += domain.free.count;
      for (const ContainerDecision& row : domain.containers) {
        const std::string name = row.container == kSharedRegion ? "shared" : o.containers[row.container].id.value;
        TenantPeriod t;
        t.state = row.after;
        t.ways = row.ways_after.count;
        t.in_force = row.ways_before.count;
        t.why = row.reason.code;
        t.reason = row.reason;
        t.dedicated = row.dedicated;
        t.phase = row.phase;
        period.tenants.insert_or_assign(
            d.domains.size() > 1 && name != "shared" ? name + "@" + std::to_string(domain.id.value) : name, t);
      }
    }
    const std::vector<sim::TruthRow> now = node_.truth();
    for (std::size_t i = 0; i < now.size(); ++i)
      for (auto& [name, tenant] : period.tenants) {
        if (name != now[i].tenant.value && !name.starts_with(now[i].tenant.value + "@")) continue;
        tenant.truth = sim::normalised_ipc(last_[i], now[i]).value_or(0);
        const double at_best = now[i].instructions_at_best - last_[i].instructions_at_best;
        if (at_best > 0) tenant.speedup = (now[i].instructions - last_[i].instructions) / at_best;
      }
    for (const sim::Standing& s : node_.standings())
      for (const std::string& name : {s.tenant.value, s.tenant.value + "@" + std::to_string(s.domain.value)})
        if (const auto at = period.tenants.find(name); at != period.tenants.end()) at->second.held = s.ways_held;
    last_ = now;
    out_.push_back(std::move(period));
    return {};
  }
  void on_trouble(const Error& error) override { throw std::runtime_error(error.to_string()); }

 private:
  sim::SimulatedNode& node_;
  std::vector<sim::TruthRow> last_;
  std::vector<PlayedPeriod>& out_;
};

}  // namespace

const TenantPeriod& Play::at(std::size_t period, const std::string& tenant) const {
  return periods.at(period - 1).tenants.at(tenant);
}

std::vector<int> Play::ways_of(const std::string& tenant) const {
  std::vector<int> ways;
  for (const PlayedPeriod& p : periods)
    if (const auto t = p.tenants.find(tenant); t != p.tenants.end()) ways.push_back(t->second.in_force);
  return ways;
}

std::vector<State> Play::states_of(const std::string& tenant) const {
  std::vector<State> states;
  for (const PlayedPeriod& p : periods)
    if (const auto t = p.tenants.find(tenant); t != p.tenants.end()) states.push_back(t->second.state);
  return states;
}

int Play::longest_below(const std::string& tenant, double limit) const {
  int longest = 0, row = 0;
  for (const PlayedPeriod& p : periods) {
    const auto t = p.tenants.find(tenant);
    const bool below = t != p.tenants.end() && t->second.truth > 0 && t->second.truth < limit;
    row = below ? row + 1 : 0;
    longest = std::max(longest, row);
  }
  return longest;
}

std::string Play::describe(const std::string& tenant) const {
  std::string text, last;
  for (std::size_t i = 0; i < periods.size(); ++i) {
    const auto found = periods[i].tenants.find(tenant);
    if (found == periods[i].tenants.end()) continue;
    const TenantPeriod& t = found->second;
    std::string line = std::string(name_of(t.state)) + " " + std::to_string(t.in_force) + "->" +
                       std::to_string(t.ways) + " " + std::string(name_of(t.why)) + " " + std::to_string(t.truth);
    if (line != last) text += std::to_string(i + 1) + " " + line + "\n";
    last = std::move(line);
  }
  return text;
}

Play play(sim::Scenario scenario, Config config, int periods) {
  Play result;
  result.scenario = scenario;
  result.config = config;
  sim::SimulatedNode node(std::move(scenario));
  Keeper keeper(node, result.periods);
  const std::atomic<bool> never{false};
  const DaemonOptions options{Mode::enforce, config.parameters, config.interval, config.sample_interval,
                              static_cast<std::uint64_t>(periods)};
  const Status ended =
      run_daemon({node.clock(), node.counters(), node.containers(), node.cache()}, options, never, keeper);
  if (!ended) throw std::runtime_error(ended.error().to_string());
  return result;
}

Play play(const std::string& file, const PlayOptions& options) {
  Config config;
  auto scenario = sim::read_scenario(std::string(DCAT_SOURCE_DIR) + "/configs/scenarios/" + file,
                                     [&](YamlMap section) { read_controller_section(section, config); });
  if (!scenario) throw std::runtime_error(scenario.error().to_string());
  if (options.configure) options.configure(config);
  if (options.change) options.change(*scenario);
  const int periods = options.periods > 0 ? options.periods : scenario->periods;
  return play(std::move(*scenario), std::move(config), periods);
}

}  // namespace dcat::test
