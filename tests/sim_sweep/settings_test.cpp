#include "sim/sweep/settings.h"

#include "tests/support/catch.h"

namespace dcat::sim {
namespace {

using namespace std::chrono_literals;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Settings with(const std::string& key, const std::string& value) {
  Settings settings;
  const Status applied = apply_setting(settings, key, value);
  if (!applied) FAIL(applied.error().to_string());
  return settings;
}

TEST_CASE("every key sets what it names") {
  CHECK(with("ways", "11").node.ways == Ways(11));
  CHECK(with("closids", "4").node.closids == 4);
  CHECK(with("bandwidth", "12.5").node.memory_bytes_per_sec == 12.5e9);
  CHECK(with("contract", "4:2:1").node.contract_weights == std::vector<int>{4, 2, 1});
  CHECK(with("contract", "equal").node.contract_weights.empty());
  CHECK(with("seed", "18446744073709551615").frame.seed == 18446744073709551615U);
  CHECK(with("noise", "0.1").frame.noise_ratio == 0.1);
  CHECK(with("noise", "measured").frame.noise_ratio == kMeasuredNoise);
  CHECK(with("phases", "20s-60s").frame.phases == PhaseChanges{20s, 60s});
  CHECK(with("objective", "fairness").goal.objective == Objective::fairness);
  CHECK(with("objective", "normalised").goal.objective == Objective::normalised);
  CHECK(with("floors", "yes").goal.floors);
  CHECK(with("one_at_a_time", "yes").frame.one_at_a_time);
}

TEST_CASE("what was set can be taken back") {
  Settings settings = with("phases", "20s-60s");
  settings.frame.noise_ratio = 0.5;
  settings.goal.floors = true;
  settings.node.contract_weights = {2, 1};
  REQUIRE(apply_setting(settings, "phases", "none").ok());
  REQUIRE(apply_setting(settings, "noise", "none").ok());
  REQUIRE(apply_setting(settings, "floors", "no").ok());
  settings.frame.one_at_a_time = true;
  REQUIRE(apply_setting(settings, "one_at_a_time", "no").ok());
  CHECK(!settings.frame.one_at_a_time);
  REQUIRE(apply_setting(settings, "contract", "equal").ok());
  CHECK(!settings.frame.phases.has_value());
  CHECK(settings.frame.noise_ratio == 0);
  CHECK(!settings.goal.floors);
  CHECK(settings.node.contract_weights.empty());
}

TEST_CASE("a key of the configuration file changes that alone") {
  const Settings settings = with("interval", "2s");
  CHECK(settings.config.interval == 2s);
  Config expected;
  expected.interval = 2s;
  CHECK(settings.config.parameters == expected.parameters);
  const Settings gain = with("ipc_gain_ratio", "0.125");
  CHECK(gain.config.parameters.ipc_gain_ratio == 0.125);
}

TEST_CASE("a value that is none for its key is refused and quoted, with what is") {
  struct Case {
    std::string key, value, want;
  };
  const Case cases[] = {
      {"ways", "0", "from 1 to 64"},
      {"ways", "65", "from 1 to 64"},
      {"ways", "4.5", "whole number"},
      {"ways", "", "whole number"},
      {"ways", "8x", "whole number"},
      {"closids", "0", "from 1 to 256"},
      {"closids", "257", "from 1 to 256"},
      {"bandwidth", "-1", "GB/s"},
      {"bandwidth", "nan", "GB/s"},
      {"bandwidth", "inf", "GB/s"},
      {"contract", "", "equal"},
      {"contract", "4:0", "equal"},
      {"contract", "a:b", "equal"},
      {"contract", ":4", "equal"},
      {"contract", "4:2:", "equal"},
      {"seed", "-1", "whole number"},
      {"seed", "1.5", "whole number"},
      {"seed", "", "whole number"},
      {"seed", "18446744073709551616", "whole number"},
      {"noise", "1.1", "ratio"},
      {"noise", "-0.1", "ratio"},
      {"noise", "loud", "ratio"},
      {"phases", "60s-20s", "shorter first"},
      {"phases", "20-60", "whole seconds"},
      {"phases", "0s-5s", "whole seconds"},
      {"phases", "20s-", "whole seconds"},
      {"phases", "1.5s-3s", "whole seconds"},
      {"objective", "speed", "throughput"},
      {"floors", "maybe", "yes or no"},
      {"one_at_a_time", "1", "yes or no"},
  };
  for (const Case& each : cases) {
    Settings settings;
    const Status applied = apply_setting(settings, each.key, each.value);
    INFO(each.key << "=" << each.value);
    REQUIRE(!applied.ok());
    CHECK(applied.error().code == ErrorCode::bad_input);
    CHECK(applied.error().what == each.key);
    CHECK(applied.error().why == "got '" + each.value + "'");
    CHECK(contains(applied.error().todo, each.want));
  }
}

TEST_CASE("a value that the configuration refuses is refused, and what was asked is named") {
  Settings settings;
  const Status applied = apply_setting(settings, "interval", "soon");
  REQUIRE(!applied.ok());
  CHECK(applied.error().code == ErrorCode::bad_input);
  CHECK(contains(applied.error().to_string(), "--sweep interval=soon"));
  CHECK(settings.config.interval == Config{}.interval);
}

TEST_CASE("an unknown key is refused, with those that are known") {
  for (const std::string key : {"", "way", "Ways", "ipc", "policy"}) {
    Settings settings;
    const Status applied = apply_setting(settings, key, "1");
    INFO(key);
    REQUIRE(!applied.ok());
    CHECK(applied.error().code == ErrorCode::bad_input);
    CHECK(contains(applied.error().why, "'" + key + "'"));
    CHECK(contains(applied.error().todo, "ways, closids, bandwidth"));
  }
}

TEST_CASE("more changes of program than can be kept are refused, with how many there would be") {
  Settings settings;
  settings.frame.periods = 5'000'000;
  CHECK(check_changes(settings, 100).ok());  // nobody changes
  settings.frame.phases = PhaseChanges{std::chrono::seconds(20), std::chrono::seconds(60)};
  CHECK(check_changes(settings, 4).ok());  // 4 x 5,000,000 s / 40 s: as many as can be
  const Status five = check_changes(settings, 5);
  REQUIRE(!five.ok());
  CHECK(five.error().code == ErrorCode::bad_input);
  CHECK(contains(five.error().why, "5 tenants would change program some 625000 times"));
  settings.frame.one_at_a_time = true;
  CHECK(check_changes(settings, 5).ok());  // one for all of them
  settings.frame.one_at_a_time = false;
  settings.config.interval = std::chrono::seconds(2);
  CHECK(!check_changes(settings, 4).ok());
}

}  // namespace
}  // namespace dcat::sim
