#include "controller/config/config.h"

#include <functional>

#include "tests/support/catch.h"

namespace dcat {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using ContractKind = ContainerInfo::ContractKind;

Config parsed(const std::string& text) {
  Result<Config> config = parse_config(text, "f");
  if (!config) FAIL(config.error().to_string());
  return *std::move(config);
}

// How many members an aggregate has: the most that it can be initialised with.
struct Anything {
  template <class T>
  operator T() const;
};
template <class T, class... Args>
constexpr std::size_t member_count() {
  if constexpr (requires { T{Args{}..., Anything{}}; }) {
    return member_count<T, Args..., Anything>();
  } else {
    return sizeof...(Args);
  }
}

TEST_CASE("every member of Parameters has its key") {
  CHECK(parameter_key_count() == member_count<Parameters>());
  // interval, sample_interval and mode before them, root, adopt_within, runtime_directory, fallback, memory, counting,
  // hooks, nri, kubernetes, web, curves, containers and tenants behind.
  CHECK(config_keys().size() == parameter_key_count() + 3 + 13);
}

TEST_CASE("an empty file is the built-in defaults") {
  const Config config = parsed("");
  CHECK(config == Config{});
  CHECK(config.parameters == Parameters{});
  CHECK(config.interval == milliseconds(1'000));
  CHECK(config.sample_interval == milliseconds(100));
  CHECK_FALSE(config.mode.has_value());
}

TEST_CASE("every key sets its own member and nothing else") {
  struct Row {
    std::string text;
    std::function<void(Config&)> set;
  };
  const std::vector<Row> table{
      {"policy: max_performance", [](Config& c) { c.parameters.policy = PolicyKind::max_performance; }},
      {"policy: dcat-max", [](Config& c) { c.parameters.policy = PolicyKind::max_performance; }},
      {"policy: static", [](Config& c) { c.parameters.policy = PolicyKind::contracts_alone; }},
      {"policy: adaptive", [](Config& c) { c.parameters.policy = PolicyKind::adaptive; }},
      {"policy: aimd", [](Config& c) { c.parameters.policy = PolicyKind::aimd; }},
      {"phase_change_ratio: 0.2", [](Config& c) { c.parameters.phase_change_ratio = 0.2; }},
      {"phase_match_ratio: 0.02", [](Config& c) { c.parameters.phase_match_ratio = 0.02; }},
      {"max_phases: 3", [](Config& c) { c.parameters.max_phases = 3; }},
      {"ipc_gain_ratio: 0.4", [](Config& c) { c.parameters.ipc_gain_ratio = 0.4; }},
      {"count_cumulative_gain: true", [](Config& c) { c.parameters.count_cumulative_gain = true; }},
      {"miss_ratio: 0.3", [](Config& c) { c.parameters.miss_ratio = 0.3; }},
      {"donor_band_ratio: 1", [](Config& c) { c.parameters.donor_band_ratio = 1; }},
      {"miss_rise_ratio: 0", [](Config& c) { c.parameters.miss_rise_ratio = 0; }},
      {"table_loss_ratio: 0.5", [](Config& c) { c.parameters.table_loss_ratio = 0.5; }},
      {"probe_miss_ratio: 0.25", [](Config& c) { c.parameters.probe_miss_ratio = 0.25; }},
      {"streaming_factor: 2", [](Config& c) { c.parameters.streaming_factor = 2; }},
      {"max_perf_margin_ratio: 0.125", [](Config& c) { c.parameters.max_perf_margin_ratio = 0.125; }},
      {"goal: fairness", [](Config& c) { c.parameters.goal = AdaptiveGoal::fairness; }},
      {"goal: priority", [](Config& c) { c.parameters.goal = AdaptiveGoal::priority; }},
      {"goal: throughput", [](Config&) {}},
      {"caution: 2.5", [](Config& c) { c.parameters.caution = 2.5; }},
      {"move_cost: 0.25", [](Config& c) { c.parameters.move_cost = 0.25; }},
      {"worth_moving: 0.125", [](Config& c) { c.parameters.worth_moving = 0.125; }},
      {"change_risk: 0", [](Config& c) { c.parameters.change_risk = 0; }},
      {"look_budget_ratio: 0.1", [](Config& c) { c.parameters.look_budget_ratio = 0.1; }},
      {"min_ways: 2", [](Config& c) { c.parameters.min_ways = 2_ways; }},
      {"shared_ways: 0", [](Config& c) { c.parameters.shared_ways = 0_ways; }},
      {"max_moved_ways: 4", [](Config& c) { c.parameters.max_moved_ways = 4_ways; }},
      {"llc_idle_per_sec: 2.5e6", [](Config& c) { c.parameters.llc_idle_per_sec = 2.5e6; }},
      {"min_running_ratio: 0.9", [](Config& c) { c.parameters.min_running_ratio = 0.9; }},
      {"min_instructions: 1000000000000000", [](Config& c) { c.parameters.min_instructions = 1'000'000'000'000'000; }},
      {"domain_min_share_ratio: 0.01", [](Config& c) { c.parameters.domain_min_share_ratio = 0.01; }},
      {"settle: 300ms", [](Config& c) { c.parameters.settle = milliseconds(300); }},
      {"stand_in_ipc_step_ratio: 0.1", [](Config& c) { c.parameters.stand_in_ipc_step_ratio = 0.1; }},
      {"stand_in_min_refs_per_ki: 7", [](Config& c) { c.parameters.stand_in_min_refs_per_ki = 7; }},
      {"interval: 2s", [](Config& c) { c.interval = milliseconds(2'000); }},
      {"sample_interval: 50ms", [](Config& c) { c.sample_interval = milliseconds(50); }},
      {"mode: observe", [](Config& c) { c.mode = Mode::observe; }},
      {"mode: advise", [](Config& c) { c.mode = Mode::advise; }},
      {"mode: enforce", [](Config& c) { c.mode = Mode::enforce; }},
      {"root: keep", [](Config& c) { c.node.root = NodeSettings::Root::keep; }},
      {"root: shared", [](Config&) {}},
      {"adopt_within: 0s", [](Config& c) { c.node.adopt_within = Duration(0); }},
      {"adopt_within: 24h", [](Config& c) { c.node.adopt_within = std::chrono::hours(24); }},
      {"runtime_directory: /tmp/x y", [](Config& c) { c.node.runtime_directory = "/tmp/x y"; }},
      {"runtime_directory: /r", [](Config& c) { c.node.runtime_directory = "/r"; }},
      {"runtime_directory: /" + std::string(79, 'r'),
       [](Config& c) { c.node.runtime_directory = "/" + std::string(79, 'r'); }},
      {"containers: ['a/*', b]",
       [](Config& c) {
         c.containers = {"a/*", "b"};
       }},
      {"tenants: []", [](Config&) {}},
      {"tenants: [{name: a}]",
       [](Config& c) {
         c.tenants = {{"a", ContractKind::cpu_share, Ways(), {}}};
       }},
      {"tenants: [{name: a, contract: none}]",
       [](Config& c) {
         c.tenants = {{"a", ContractKind::none, Ways(), {}}};
       }},
      {"tenants: [{name: a, contract: 64}]",
       [](Config& c) {
         c.tenants = {{"a", ContractKind::given, 64_ways, {}}};
       }},
  };
  for (const Row& row : table) {
    INFO(row.text);
    Config expected;
    row.set(expected);
    CHECK(parsed(row.text) == expected);
  }
}

TEST_CASE("times that are not given follow the interval") {
  struct Row {
    std::string interval;
    Duration sample_interval;
    Duration settle;
  };
  const std::vector<Row> table{
      {"1s", milliseconds(100), milliseconds(200)},
      {"1h", milliseconds(100), milliseconds(200)},
      {"300ms", milliseconds(100), milliseconds(150)},
      {"250ms", nanoseconds(62'500'000), milliseconds(125)},  // a quarter: a third is no whole number of nanoseconds
      {"70ms", milliseconds(70), milliseconds(35)},
      {"10ms", milliseconds(10), milliseconds(5)},
      {"1000000007ns", nanoseconds(1'000'000'007), milliseconds(200)},  // a prime number: no sub-samples
  };
  for (const Row& row : table) {
    INFO(row.interval);
    const Config config = parsed("interval: " + row.interval);
    CHECK(config.sample_interval == row.sample_interval);
    CHECK(config.parameters.settle == row.settle);
  }
}

TEST_CASE("another interval keeps the times that go with it") {
  const Config config = parsed("sample_interval: 50ms\nsettle: 300ms\n");
  const Result<Config> half = with_interval(config, milliseconds(500));
  REQUIRE(half.ok());
  CHECK((half->sample_interval == milliseconds(50) && half->parameters.settle == milliseconds(300)));
  const Result<Config> small = with_interval(config, milliseconds(70));
  REQUIRE(small.ok());
  CHECK((small->sample_interval == milliseconds(70) && small->parameters.settle == milliseconds(35)));
  const Result<Config> smaller = with_interval(config, milliseconds(9));
  REQUIRE_FALSE(smaller.ok());
  CHECK(smaller.error().to_string() == "interval: got 9ms, want 10ms..1h");
  CHECK_FALSE(with_interval(config, Duration(0)).ok());
  CHECK_FALSE(with_interval(config, std::chrono::hours(2)).ok());
}

TEST_CASE("the resolved configuration prints itself and reads back") {
  const std::string text =
      "interval: 2s\n"
      "mode: advise\n"
      "root: keep\n"
      "adopt_within: 90s\n"
      "runtime_directory: \"/run/it's\"\n"
      "containers: ['**', \"it's\"]\n"
      "tenants:\n"
      "  - {name: 'a: b # c', contract: 3}\n"
      "  - {name: '*', contract: none}\n"
      "  - name: 'qemu\\x2d1'\n";
  const Config config = parsed(text);
  const std::string printed = format_config(config);
  CHECK(parsed(printed) == config);
  CHECK(format_config(parsed(printed)) == printed);
  CHECK(printed.starts_with("interval: 2s\nsample_interval: 100ms\nmode: advise\npolicy: fair\n"));
  CHECK(printed.find("\nroot: keep\nadopt_within: 90s\nruntime_directory: '/run/it''s'\n"
                     "fallback: {failures: 5, violations: 5, within: 1m}\n"
                     "memory: {enabled: true, directory: '/var/lib/dcat', write_every: 30s, forget_after: 168h, "
                     "most_containers: 4096}\n"
                     "counting: {max_events: 4}\nhooks: {enabled: true, group: 'dcat', wishes: true, most_ways: 64, "
                     "most_priority: 1000}\nnri: {enabled: false, socket: '/var/run/nri/nri.sock', index: '50'}\n"
                     "kubernetes: {}\nweb: {}\ncontainers:\n") != std::string::npos);
  CHECK(
      printed.ends_with("containers:\n  - '**'\n  - 'it''s'\ntenants:\n  - name: 'a: b # c'\n    contract: 3\n"
                        "  - name: '*'\n    contract: none\n  - name: 'qemu\\x2d1'\n"));
}

TEST_CASE("what a configuration says of the node is part of its value") {
  CHECK_FALSE(parsed("root: keep") == parsed("root: shared"));
  CHECK_FALSE(parsed("adopt_within: 1s") == parsed(""));
  CHECK_FALSE(parsed("runtime_directory: /x") == parsed(""));
  CHECK(parsed("").node.root == NodeSettings::Root::shared);
  CHECK(parsed("").node.adopt_within == std::chrono::seconds(30));
  CHECK(parsed("").node.runtime_directory == "/run/dcat");
}

TEST_CASE("every key but the optional ones is printed") {
  const std::string printed = "\n" + format_config(Config{});
  for (const std::string& key : config_keys()) {
    INFO(key);
    const bool is_optional = key == "mode" || key == "containers" || key == "curves" || key == "tenants";
    CHECK((printed.find("\n" + key + ": ") != std::string::npos) != is_optional);
  }
}

TEST_CASE("contracts that do not fit the machine are told with their lines") {
  const Config config = parsed(
      "shared_ways: 2\ntenants:\n  - {name: a, contract: 9}\n  - name: b\n    contract: 10\n"
      "  - {name: c, contract: none}\n  - {name: d, contract: 11}\n");
  CHECK(check_contracts(config, 13_ways).ok());
  Status status = check_contracts(config, 11_ways);
  REQUIRE_FALSE(status.ok());
  CHECK(exit_code(status.error().code) == 2);
  CHECK(status.error().to_string() ==
        "f:5: contract of \"b\": got 10, want at most 9 ways (11 less shared_ways 2)\n"
        "f:7: contract of \"d\": got 11, want at most 9 ways (11 less shared_ways 2)");
}

TEST_CASE("a machine too small for a least partition beside the shared region is told") {
  Status status = check_contracts(parsed("min_ways: 2\nshared_ways: 3\n"), 4_ways);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().to_string() == "f: min_ways: got 2, want at most 1 ways (4 less shared_ways 3)");
  CHECK(check_contracts(parsed("min_ways: 2\nshared_ways: 3\n"), 5_ways).ok());
}

TEST_CASE("where something was written is no part of its value") {
  CHECK(parsed("tenants: [{name: a}]") == parsed("\n\ntenants:\n\n  - name: a\n"));
  CHECK_FALSE(parsed("tenants: [{name: a}]") == parsed("tenants: [{name: b}]"));
}

TEST_CASE("a scenario's controller section has the settings and nothing else") {
  YamlDocument doc =
      YamlDocument::parse("controller:\n  policy: max_performance\n  interval: 2s\n  mode: enforce\n", "s.yaml");
  Config config;
  read_controller_section(doc.root().map("controller"), config);
  CHECK(doc.status().ok());
  CHECK((config.parameters.policy == PolicyKind::max_performance && config.interval == milliseconds(2'000)));
  CHECK(config.mode == Mode::enforce);

  YamlDocument wrong = YamlDocument::parse(
      "controller:\n  miss_ratio: 2\n  settle: 1s\n  tenants: []\n  intervall: 1s\n  root: keep\n", "s.yaml");
  Config unused;
  read_controller_section(wrong.root().map("controller"), unused);
  CHECK(wrong.errors() == std::vector<std::string>{
                              "s.yaml:2: controller.miss_ratio: got 2, want 0..1",
                              "s.yaml:3: controller.settle: got 1s, want less than interval (1s)",
                              "s.yaml:4: controller.tenants: unknown key",
                              "s.yaml:5: controller.intervall: unknown key; did you mean interval?",
                              "s.yaml:6: controller.root: unknown key",
                          });
}

TEST_CASE("an absent controller section is the defaults") {
  YamlDocument doc = YamlDocument::parse("name: x\n", "s.yaml");
  Config config;
  read_controller_section(doc.root().map("controller"), config);
  CHECK(doc.errors().empty());
  CHECK(config == Config{});
}

}  // namespace
}  // namespace dcat
