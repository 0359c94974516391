#include "cli/reload_plan.h"

#include <map>
#include <set>
#include <sstream>
#include <utility>

namespace dcat::cli {

namespace {

// What a run takes while it goes on; all else is as in `in_force`.
Config taken(const Config& in_force, const Config& next) {
  Config config = in_force;
  config.parameters = next.parameters;
  config.interval = next.interval;
  config.sample_interval = next.sample_interval;
  config.fallback = next.fallback;
  config.counting.window = next.counting.window;
  config.counting.every = next.counting.every;
  config.hooks.wishes = next.hooks.wishes;
  config.hooks.most_ways = next.hooks.most_ways;
  config.hooks.most_priority = next.hooks.most_priority;
  config.hooks.prepared = next.hooks.prepared;
  config.cluster = next.cluster;
  config.curves = next.curves;
  config.tenants = next.tenants;
  config.file_name = next.file_name;
  return config;
}

// A key of the top level and all that is written under it.
std::map<std::string, std::string> by_key(const Config& config) {
  std::map<std::string, std::string> texts;
  std::istringstream lines(format_config(config));
  std::string line, key;
  while (std::getline(lines, line)) {
    const bool begins = !line.empty() && line.front() != ' ' && line.front() != '-' && line.front() != '#';
    if (begins) key = line.substr(0, line.find(':'));
    texts[key] += line + "\n";
  }
  return texts;
}

// In the order of a configuration.
std::vector<std::string> keys_that_differ(const Config& a, const Config& b) {
  const std::map<std::string, std::string> of_a = by_key(a), of_b = by_key(b);
  std::vector<std::string> keys;
  const auto text = [](const auto& texts, const std::string& key) {
    const auto found = texts.find(key);
    return found == texts.end() ? std::string() : found->second;
  };
  for (const std::string& key : config_keys())
    if (text(of_a, key) != text(of_b, key)) keys.push_back(key);
  return keys;
}

// Which members of a mapping need the restart.
std::string named(const std::string& key, const Config& now, const Config& next) {
  std::string members;
  const auto add = [&members](bool differs, const char* member) {
    if (differs) members += (members.empty() ? "." : ", .") + std::string(member);
  };
  if (key == "hooks") {
    add(now.hooks.enabled != next.hooks.enabled, "enabled");
    add(now.hooks.socket != next.hooks.socket, "socket");
    add(now.hooks.group != next.hooks.group, "group");
  } else if (key == "counting") {
    add(now.counting.max_events != next.counting.max_events, "max_events");
    add(now.counting.events != next.counting.events, "events");
  }
  return key + members;
}

// The modes that the two ask for are taken by order (ModeOrder), and compared by whoever gives it.
Config without_mode(Config config) {
  config.mode.reset();
  return config;
}

}  // namespace

Result<Reload> plan_reload(const RunArguments& arguments, const RunPlan& in_force, std::optional<Ways> least) {
  Result<RunPlan> next = plan_again(arguments, in_force);
  if (!next) return std::move(next).error();
  Reload reload{std::move(*next), {}, {}};
  const Config wanted = without_mode(reload.plan.config);
  Config config = without_mode(taken(in_force.config, wanted));
  for (const std::string& key : keys_that_differ(config, wanted)) reload.later.push_back(named(key, config, wanted));
  // What stays has to go with what is new.
  if (Result<Config> whole = parse_config(format_config(config), wanted.file_name); !whole)
    return std::move(whole).error().with_context("with what only a restart can change");
  if (least)
    if (Status fit = check_contracts(config, *least); !fit) return std::move(fit).error();
  reload.changed = keys_that_differ(without_mode(in_force.config), config);
  if (reload.plan.configured != in_force.configured) reload.changed.emplace_back("mode");
  config.mode = in_force.config.mode;
  reload.plan.config = std::move(config);
  return reload;
}

}  // namespace dcat::cli
