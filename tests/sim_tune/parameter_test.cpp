#include "sim/tune/parameter.h"

#include <chrono>

#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::sim;

namespace {

std::string error_of(const std::vector<std::string>& texts) {
  const Result<std::vector<Searched>> searched = parse_searched(texts);
  REQUIRE_FALSE(searched);
  CHECK(searched.error().code == ErrorCode::bad_input);
  return searched.error().to_string();
}

Dimension dimension_of(const std::string& text) {
  const Result<std::vector<Searched>> searched = parse_searched({text});
  REQUIRE(searched);
  return searched->front().dimension;
}

}  // namespace

TEST_CASE("a range of each kind of key becomes a dimension, logarithmic from ten times on") {
  CHECK(dimension_of("miss_ratio=0.01:0.1") == Dimension{"miss_ratio", Kind::real, 0.01, 0.1, true});
  CHECK(dimension_of("miss_ratio=0.01:0.09") == Dimension{"miss_ratio", Kind::real, 0.01, 0.09, false});
  CHECK(dimension_of("miss_ratio=0:0.1") == Dimension{"miss_ratio", Kind::real, 0, 0.1, false});
  CHECK(dimension_of("streaming_factor=2:6") == Dimension{"streaming_factor", Kind::whole, 2, 6, false});
  CHECK(dimension_of("min_ways=1:2") == Dimension{"min_ways", Kind::whole, 1, 2, false});
  CHECK(dimension_of("settle=50ms:0.4s") == Dimension{"settle", Kind::whole, 50, 400, false});
  CHECK(dimension_of("min_instructions=1000000:100000000") ==
        Dimension{"min_instructions", Kind::whole, 1e6, 1e8, true});
  CHECK(dimension_of("count_cumulative_gain=false:true") ==
        Dimension{"count_cumulative_gain", Kind::choice, 0, 1, false});
  CHECK(dimension_of("miss_ratio=0.1:0.1") == Dimension{"miss_ratio", Kind::real, 0.1, 0.1, false});
}

TEST_CASE("what is no range of a key is refused with the reason and what to write") {
  const std::vector<std::pair<std::string, std::string>> table{
      {"miss_ration=0.1:0.2",
       "--parameter miss_ration=0.1:0.2: there is no key 'miss_ration'; did you mean miss_ratio?"},
      {"zzz=1:2", "--parameter zzz=1:2: there is no key 'zzz'; configs/dcat.yaml describes them all"},
      {"policy=fair:max_performance", "the policy is no threshold; choose it with --policy"},
      {"interval=1s:2s", "'interval' is no threshold of the controller; set it in the file of --config"},
      {"tenants=1:2", "'tenants' is no threshold"},
      {"miss_ratio", "is no range of a key; write KEY=FROM:TO"},
      {"miss_ratio=0.1", "is no range of a key; write KEY=FROM:TO"},
      {"mi:ss=3", "is no range of a key; write KEY=FROM:TO"},
      {"miss_ratio=:0.1", "got ''; want numbers of 0..1"},
      {"miss_ratio=0.1:", "got ''; want numbers of 0..1"},
      {"miss_ratio=0.2:0.1", "--parameter miss_ratio=0.2:0.1: 0.2 is above 0.1; write the lesser value first"},
      {"miss_ratio=0.5:1.5", "got '1.5'; want numbers of 0..1"},
      {"miss_ratio=-0.1:0.5", "got '-0.1'; want numbers of 0..1"},
      {"miss_ratio=nan:0.5", "got 'nan'; want numbers of 0..1"},
      {"phase_change_ratio=0:0.5", "got '0'; want numbers of 0.001..1"},
      {"streaming_factor=2:2.5", "got '2.5'; want numbers of 2..64, whole numbers"},
      {"streaming_factor=1:4", "got '1'"},
      {"settle=5:10", "got '5'; want durations in whole milliseconds, such as 100ms, of 0..3600 s"},
      {"settle=0.5ms:10ms", "got '0.5ms'"},
      {"settle=1ms:2h", "got '2h'"},
      {"count_cumulative_gain=0:1", "got '0'; want false:true"},
      {"count_cumulative_gain=true:false", "true is above false"},
  };
  for (const auto& [text, want] : table) {
    const std::string got = error_of({text});
    INFO(got);
    CHECK(got.find(want) != std::string::npos);
  }
  CHECK(error_of({"miss_ratio=0.1:0.2", "miss_ratio=0.1:0.3"}).find("the key is given twice") != std::string::npos);
}

TEST_CASE("every key of the table but the policy and its goal goes to a point and back without a change") {
  std::vector<std::string> texts;
  for (const Field& field : parameter_fields()) {
    const std::string key = field.key;
    if (key == "policy" || key == "goal") continue;  // words, not numbers
    if (key == "count_cumulative_gain") {
      texts.push_back(key + "=false:true");
    } else if (field.most < 1 && field.most > 0 && key == "look_budget_ratio") {
      texts.push_back(key + "=0:0.1");
    } else if (key == "settle") {
      texts.push_back(key + "=0s:400ms");
    } else {
      texts.push_back(key + "=" + std::to_string(static_cast<long>(std::max(1.0, field.least))) + ":" +
                      std::to_string(static_cast<long>(std::max(1.0, field.most))));
    }
  }
  const Result<std::vector<Searched>> searched = parse_searched(texts);
  if (!searched) FAIL(searched.error().to_string());
  CHECK(searched->size() == parameter_key_count() - 2);
  Parameters p;
  p.settle = std::chrono::milliseconds(123);
  p.count_cumulative_gain = true;
  p.min_instructions = 123'456'789;
  p.streaming_factor = 7;
  p.min_ways = Ways(2);
  p.miss_ratio = 0.0123;
  Parameters copy;
  put(*searched, point_of(*searched, p), copy);
  CHECK(copy == p);
}

TEST_CASE("the usual parameters hold the defaults within their ranges, and none is a fixed one") {
  for (const PolicyKind policy : {PolicyKind::fair, PolicyKind::max_performance}) {
    const std::vector<Searched> usual = usual_parameters(policy);
    CHECK(usual.size() == (policy == PolicyKind::fair ? 10 : 11));
    const Point present = point_of(usual, Parameters());
    for (std::size_t i = 0; i < usual.size(); ++i) {
      INFO(usual[i].dimension.name);
      CHECK(usual[i].dimension.from < usual[i].dimension.to);
      CHECK(present[i] >= usual[i].dimension.from);
      CHECK(present[i] <= usual[i].dimension.to);
    }
  }
}

TEST_CASE("every corner of the usual ranges is a valid configuration") {
  const std::vector<Searched> usual = usual_parameters(PolicyKind::max_performance);
  for (std::size_t corner = 0; corner < (std::size_t{1} << usual.size()); ++corner) {
    Point point;
    for (std::size_t i = 0; i < usual.size(); ++i)
      point.push_back((corner >> i & 1) != 0 ? usual[i].dimension.to : usual[i].dimension.from);
    Config config;
    put(usual, point, config.parameters);
    if (!is_valid(config)) FAIL(corner);
  }
}

TEST_CASE("what breaks a rule between two keys is no valid configuration") {
  Config config;
  CHECK(is_valid(config));
  config.parameters.phase_match_ratio = config.parameters.phase_change_ratio;
  CHECK_FALSE(is_valid(config));
}

TEST_CASE("values are written as a configuration file has them") {
  const std::vector<Searched> searched = *parse_searched(
      {"settle=0s:400ms", "count_cumulative_gain=false:true", "streaming_factor=2:6", "miss_ratio=0:1"});
  CHECK(value_text(searched[0], 250) == "250ms");
  CHECK(value_text(searched[1], 1) == "true");
  CHECK(value_text(searched[2], 4) == "4");
  CHECK(value_text(searched[3], 0.0125) == "0.0125");
}
