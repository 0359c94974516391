// `hooks:` and `nri:` of a configuration.
#include "controller/config/hooks.h"

#include "controller/config/config.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

Config parsed(const std::string& text) {
  const Result<Config> config = parse_config(text, "f");
  if (!config) FAIL(config.error().to_string());
  return *config;
}

TEST_CASE("without these sections the socket is there and NRI is not") {
  for (const char* text : {"", "hooks: {}", "nri: {}", "hooks: {enabled: true}\nnri: {enabled: false}"}) {
    const Config config = parsed(text);
    CHECK((config.hooks == HookSettings{} && config.nri == NriSettings{}));
    CHECK((config.hooks.enabled && config.hooks.socket.empty() && config.hooks.group == "dcat" && config.hooks.wishes));
    CHECK((config.hooks.most_ways == Ways(64) && config.hooks.most_priority == 1000));
    CHECK((!config.nri.enabled && config.nri.socket == "/var/run/nri/nri.sock" && config.nri.index == "50"));
  }
}

TEST_CASE("every key of hooks and nri sets its own member, and is printed") {
  const std::vector<std::pair<std::string, std::function<void(Config&)>>> table{
      {"hooks: {enabled: false}", [](Config& c) { c.hooks.enabled = false; }},
      {"hooks: {socket: /x}", [](Config& c) { c.hooks.socket = "/x"; }},
      {"hooks: {group: ops-1.x_Y}", [](Config& c) { c.hooks.group = "ops-1.x_Y"; }},
      {"hooks: {wishes: false}", [](Config& c) { c.hooks.wishes = false; }},
      {"hooks: {most_ways: 4}", [](Config& c) { c.hooks.most_ways = Ways(4); }},
      {"hooks: {most_priority: -5}", [](Config& c) { c.hooks.most_priority = -5; }},
      {"nri: {enabled: true}", [](Config& c) { c.nri.enabled = true; }},
      {"nri: {socket: /x}", [](Config& c) { c.nri.socket = "/x"; }},
      {"hooks: {prepared: [{name: start, contract: 2}, {name: b, contract: 1}]}",
       [](Config& c) {
         c.hooks.prepared = {{"start", Ways(2)}, {"b", Ways(1)}};
       }},
      {"hooks: {prepared: [{name: s, contract: 2}]}\nnri: {prepared: s}",
       [](Config& c) {
         c.hooks.prepared = {{"s", Ways(2)}};
         c.nri.prepared = "s";
       }},
      {"kubernetes: {feature_file: /x/y}", [](Config& c) { c.cluster.feature_file = "/x/y"; }},
      {"nri: {index: '07'}", [](Config& c) { c.nri.index = "07"; }},
  };
  for (const auto& [text, set] : table) {
    CAPTURE(text);
    Config wanted;
    set(wanted);
    CHECK(parsed(text) == wanted);
    CHECK_FALSE(parsed(text) == Config{});
    CHECK(parsed(format_config(wanted)) == wanted);
  }
}

TEST_CASE("every key of fallback sets its own member, and is printed") {
  const std::vector<std::pair<std::string, std::function<void(Config&)>>> table{
      {"fallback: {failures: 7}", [](Config& c) { c.fallback.failures = 7; }},
      {"fallback: {violations: 1}", [](Config& c) { c.fallback.violations = 1; }},
      {"fallback: {within: 90s}", [](Config& c) { c.fallback.within = std::chrono::seconds(90); }},
      {"fallback: {return_after: 2h}", [](Config& c) { c.fallback.return_after = std::chrono::hours(2); }},
  };
  for (const auto& [text, set] : table) {
    CAPTURE(text);
    Config wanted;
    set(wanted);
    CHECK(parsed(text) == wanted);
    CHECK_FALSE(parsed(text) == Config{});
    CHECK(parsed(format_config(wanted)) == wanted);
  }
  CHECK(parsed("fallback: {}") == Config{});
}

TEST_CASE("curves and a rule's curve are read and printed, and need each other") {
  const Config config = parsed("curves: /x/y.csv\ntenants: [{name: a, curve: 'mcf 1'}]");
  CHECK(config.curves == "/x/y.csv");
  CHECK(config.tenants.at(0).curve == "mcf 1");
  CHECK(parsed(format_config(config)) == config);
  for (const auto& [text, told] : std::vector<std::pair<std::string, std::string>>{
           {"curves: x.csv", "f:1: curves: got \"x.csv\", want the absolute path of a file"},
           {"curves: ''", "curves: got \"\""},
           {"tenants: [{name: a, curve: mcf}]", "f:1: curve: got \"mcf\", and no file of curves is named"},
           {"curves: /x\ntenants: [{name: a, curve: ''}]", "curve: got \"\""}}) {
    const Result<Config> wrong = parse_config(text, "f");
    INFO(text);
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().to_string().find(told) != std::string::npos);
  }
}

TEST_CASE("mistakes in fallback are told with their keys") {
  for (const auto& [text, told] : std::vector<std::pair<std::string, std::string>>{
           {"fallback: 4", "f:1: fallback: got 4, want a mapping"},
           {"fallback: {failures: 0}", "fallback.failures: got 0, want 1..1000"},
           {"fallback: {violations: 1001}", "fallback.violations: got 1001, want 1..1000"},
           {"fallback: {within: 0s}", "fallback.within: got 0s, want 1s..24h"},
           {"fallback: {within: 60}", "fallback.within"},
           {"fallback: {return_after: 1ms}", "fallback.return_after: got 1ms"},
           {"fallback: {never: true}", "fallback.never: unknown key"}}) {
    const Result<Config> config = parse_config(text, "f");
    INFO(text);
    REQUIRE_FALSE(config);
    CHECK(config.error().to_string().find(told) != std::string::npos);
  }
}

TEST_CASE("mistakes in hooks and nri are told with their keys") {
  const std::vector<std::pair<std::string, std::string>> table{
      {"hooks: 4", "f:1: hooks: got 4, want a mapping"},
      {"hooks: {sockets: /x}", "f:1: hooks.sockets: unknown key; did you mean socket?"},
      {"hooks: {socket: x}",
       "f:1: hooks.socket: got \"x\", want an absolute path of at most 107 bytes, no control "
       "characters"},
      {"hooks: {socket: \"/a\\nb\"}", "want an absolute path"},
      {"hooks: {socket: /" + std::string(107, 'x') + "}", "want an absolute path"},
      {"hooks: {group: ''}", "f:1: hooks.group: got \"\", want the name of a group"},
      {"hooks: {group: 'a b'}", "want the name of a group"},
      {"hooks: {most_ways: 0}", "f:1: hooks.most_ways: got 0, want 1..64"},
      {"hooks: {most_ways: 65}", "hooks.most_ways: got 65"},
      {"hooks: {most_priority: 1001}", "hooks.most_priority: got 1001, want -1000..1000"},
      {"hooks: {wishes: maybe}", "hooks.wishes: got maybe"},
      {"nri: {index: '5'}", "f:1: nri.index: got \"5\", want two digits, in quotes"},
      {"nri: {index: 'x1'}", "nri.index"},
      {"nri: {socket: ''}", "nri.socket"},
      {"kubernetes: {feature_file: x}", "f:1: kubernetes.feature_file: got \"x\", want an absolute path"},
      {"kubernetes: {feature_file: /x/}", "kubernetes.feature_file"},
      {"hooks: {prepared: [{contract: 2}]}", "name"},
      {"hooks: {prepared: [{name: a}]}", "contract"},
      {"hooks: {prepared: [{name: a/b, contract: 2}]}", "want letters, digits and - _ . only"},
      {"hooks: {prepared: [{name: a, contract: 2}, {name: a, contract: 3}]}", "given twice"},
      {"hooks: {prepared: [{name: a, contract: 0}]}", "contract: got 0"},
      {"nri: {prepared: a}", "f:1: nri.prepared: got \"a\", want the name of a group of hooks.prepared"},
      {"kubernetes: {labels: x}", "kubernetes.labels: unknown key"},
      {"nri: {extra: 1}", "nri.extra: unknown key"},
  };
  for (const auto& [text, message] : table) {
    CAPTURE(text, message);
    const Result<Config> config = parse_config(text, "f");
    REQUIRE_FALSE(config);
    CHECK(config.error().to_string().find(message) != std::string::npos);
  }
}

}  // namespace
}  // namespace dcat
