// What of a configuration that is read again is taken, what waits for a restart, and what is refused.
#include "cli/reload_plan.h"

#include <algorithm>
#include <set>

#include "tests/cli/program.h"
#include "tests/support/catch.h"

namespace dcat::cli {
namespace {

using test::contains;
using test::Folder;
using test::write_file;
using Texts = std::vector<std::string>;

// A run that began with this configuration, and reads another one.
struct Run {
  explicit Run(const std::string& text) {
    arguments.config_file = folder / "dcat.yaml";
    arguments.backend = "none";
    write_file(arguments.config_file, text);
    Result<RunPlan> planned = plan_run(arguments, false);
    if (!planned) FAIL(planned.error().to_string());
    plan = *std::move(planned);
  }
  Reload reload(const std::string& text) {
    write_file(arguments.config_file, text);
    Result<Reload> done = plan_reload(arguments, plan, ways);
    if (!done) FAIL(done.error().to_string());
    return *std::move(done);
  }
  std::string refused(const std::string& text) {
    write_file(arguments.config_file, text);
    const Result<Reload> done = plan_reload(arguments, plan, ways);
    return done ? "no error" : done.error().to_string();
  }
  Folder folder;
  RunArguments arguments;
  RunPlan plan;
  std::optional<Ways> ways;
};

TEST_CASE("what the loop, the rules and owners go by is taken at once") {
  Run run("runtime_directory: /nonexistent/run");
  const Reload done = run.reload(
      "runtime_directory: /nonexistent/run\ninterval: 2s\nmiss_ratio: 0.05\npolicy: max_performance\n"
      "fallback: {failures: 7}\ncounting: {window: 100ms}\nhooks: {most_ways: 3, prepared: [{name: a, contract: 2}]}\n"
      "kubernetes: {feature_file: /a/b}\ntenants: [{name: a, contract: none}]\n");
  CHECK(done.later.empty());
  CHECK(done.changed ==
        Texts{"interval", "policy", "miss_ratio", "fallback", "counting", "hooks", "kubernetes", "tenants"});
  const DaemonOptions options = daemon_options(done.plan);
  CHECK(options.interval == std::chrono::seconds(2));
  CHECK(options.lock_patience == std::chrono::seconds(1));
  CHECK(options.fallback.failures == 7);
  CHECK(options.counting.has_value());
  CHECK(done.plan.config.hooks.most_ways == Ways(3));
  CHECK(done.plan.config.hooks.prepared.size() == 1);
  CHECK(done.plan.config.cluster.feature_file == "/a/b");
  CHECK(done.plan.config.tenants.size() == 1);
}

TEST_CASE("what only a restart can change is named and stays as it was, and the rest is taken") {
  Run run("runtime_directory: /nonexistent/run");
  const Reload done = run.reload(
      "runtime_directory: /other\nroot: keep\nadopt_within: 1s\ncontainers: [a]\nnri: {enabled: true}\n"
      "counting: {max_events: 3, events: {cycles: none}}\nhooks: {enabled: false, socket: /s, group: g, most_ways: "
      "3}\n");
  CHECK(done.later == Texts{"root", "adopt_within", "runtime_directory", "counting.max_events, .events",
                            "hooks.enabled, .socket, .group", "nri", "containers"});
  CHECK(done.changed == Texts{"hooks"});
  CHECK(done.plan.config.node == run.plan.config.node);
  CHECK(done.plan.config.hooks.enabled);
  CHECK(done.plan.config.hooks.most_ways == Ways(3));
}

TEST_CASE("every key is either taken or named: none is lost in silence") {
  // Another value of each key that a configuration has.
  const std::map<std::string, std::string> others{{"mode", "advise"},
                                                  {"policy", "static"},
                                                  {"goal", "fairness"},
                                                  {"look_budget_ratio", "0.05"},
                                                  {"count_cumulative_gain", "true"},
                                                  {"root", "keep"},
                                                  {"runtime_directory", "/other"},
                                                  {"fallback", "{failures: 3}"},
                                                  {"counting", "{max_events: 3}"},
                                                  {"hooks", "{group: other}"},
                                                  {"nri", "{enabled: true}"},
                                                  {"kubernetes", "{feature_file: /f}"},
                                                  {"memory", "{enabled: false}"},
                                                  {"web", "{listen: '127.0.0.1:9470'}"},
                                                  {"containers", "[a]"},
                                                  {"tenants", "[{name: a, contract: none}]"},
                                                  {"interval", "2s"},
                                                  {"sample_interval", "500ms"},
                                                  {"settle", "100ms"},
                                                  {"adopt_within", "1s"},
                                                  {"min_instructions", "5"},
                                                  {"llc_idle_per_sec", "5"},
                                                  {"streaming_factor", "4"},
                                                  {"max_phases", "4"},
                                                  {"phase_change_ratio", "0.2"},
                                                  {"phase_match_ratio", "0.01"},
                                                  {"stand_in_min_refs_per_ki", "2"},
                                                  {"min_ways", "2"},
                                                  {"shared_ways", "2"},
                                                  {"max_moved_ways", "2"}};
  for (const std::string& key : config_keys()) {
    if (key == "curves") continue;  // is read at once: a file that is not there is refused
    INFO(key);
    Run run("");
    const auto other = others.find(key);
    const Reload done = run.reload(key + ": " + (other == others.end() ? "0.12" : other->second) + "\n");
    const bool later = std::ranges::any_of(done.later, [&](const std::string& name) { return name.starts_with(key); });
    const bool changed = std::ranges::find(done.changed, key) != done.changed.end();
    CHECK((later || changed));
  }
}

TEST_CASE("what stays until a restart has to go with what is new") {
  Run run("hooks: {prepared: [{name: start, contract: 2}]}\nnri: {enabled: true, prepared: start}\n");
  CHECK(contains(run.refused("mode: observe\n"), "with what only a restart can change"));
  CHECK(contains(run.refused("mode: observe\n"), "start"));
}

TEST_CASE("a mode is asked for by the file alone, and only where this run can have it") {
  Run run("mode: observe");
  CHECK(run.reload("mode: advise").plan.configured == Mode::advise);
  CHECK(run.reload("mode: advise").changed == Texts{"mode"});
  CHECK(run.reload("interval: 1s").plan.configured == Mode::observe);
  CHECK(contains(run.refused("mode: enforce"), "cannot allocate cache ways"));
  run.arguments.mode = "advise";
  CHECK(run.reload("mode: enforce").plan.mode == Mode::observe);
}

TEST_CASE("arguments still go before the file") {
  Run run("");
  run.arguments.interval = "4s";
  run.arguments.policy = "static";
  const Reload done = run.reload("interval: 1s\npolicy: ucp");
  CHECK(done.plan.config.interval == std::chrono::seconds(4));
  CHECK(done.plan.config.parameters.policy == PolicyKind::contracts_alone);
}

TEST_CASE("contracts have to fit the caches of the node") {
  Run run("");
  run.ways = Ways(12);
  CHECK(contains(run.refused("tenants: [{name: a, contract: 12}]"), "want at most"));
  CHECK(run.reload("tenants: [{name: a, contract: 11}]").changed == Texts{"tenants"});
}

TEST_CASE("no file is waited for, and none is taken that is being written") {
  Run run("");
  CHECK(contains(run.refused(""), "it is empty"));
  CHECK(contains(run.refused(std::string(5 << 20, '#')), "more than 4194304 bytes"));
  for (const char* path : {"/dev/zero", "/", "/nonexistent/file"}) {
    run.arguments.config_file = path;
    CHECK_FALSE(plan_reload(run.arguments, run.plan, std::nullopt).ok());
  }
}

}  // namespace
}  // namespace dcat::cli
