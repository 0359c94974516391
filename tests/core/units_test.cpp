#include "core/units.h"

#include "core/mode.h"
#include "core/parameters.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace std::chrono_literals;

TEST_CASE("ways add, subtract below zero and compare as numbers") {
  REQUIRE(3_ways + 4_ways == 7_ways);
  REQUIRE(3_ways - 4_ways == Ways(-1));
  REQUIRE(2_ways < 10_ways);
  Ways w = 5_ways;
  w += 2_ways;
  w -= 4_ways;
  REQUIRE(w == 3_ways);
  REQUIRE(Ways{} == 0_ways);
}

TEST_CASE("a way index moves up by a number of ways") {
  REQUIRE(WayIndex(3) + 4_ways == WayIndex(7));
  REQUIRE(WayIndex(3) < WayIndex(4));
}

TEST_CASE("seconds of a duration keep the fraction") {
  REQUIRE(seconds(1500ms) == 1.5);
  REQUIRE(seconds(Duration::zero()) == 0.0);
  REQUIRE(seconds(-250ms) == -0.25);
}

TEST_CASE("every mode is parsed from the name it prints, and nothing else is a mode") {
  for (const Mode mode : {Mode::observe, Mode::advise, Mode::enforce}) REQUIRE(parse_mode(name_of(mode)) == mode);
  for (const char* word : {"", "Observe", "enforce ", "off"}) REQUIRE_FALSE(parse_mode(word).has_value());
}

// The defaults of docs/algorithm.md.
TEST_CASE("parameters default to the paper's values and ours") {
  const Parameters p;
  REQUIRE(p.phase_change_ratio == 0.10);
  REQUIRE(p.phase_match_ratio == 0.05);
  REQUIRE(p.ipc_gain_ratio == 0.05);
  REQUIRE(p.miss_ratio == 0.03);
  REQUIRE(p.donor_band_ratio == 0.5);
  REQUIRE(p.streaming_factor == 3);
  REQUIRE(p.min_ways == 1_ways);
  REQUIRE(p.shared_ways == 1_ways);
  REQUIRE(p.llc_idle_per_sec == 1.5e6);
  REQUIRE(p.min_running_ratio == 0.3);
  REQUIRE(p.min_instructions == 10'000'000);
  REQUIRE(p.settle == 200ms);
  REQUIRE_FALSE(p.count_cumulative_gain);
  REQUIRE(p.stand_in_ipc_step_ratio == 0.20);
  REQUIRE(p.stand_in_min_refs_per_ki == 0.5);
  REQUIRE(p.probe_miss_ratio == 0.5);
  REQUIRE(p.table_loss_ratio == 0.01);
  REQUIRE(p.policy == PolicyKind::fair);
}
