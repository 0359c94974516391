// Advice in words, and the curves that rules name.
#include "cli/advice_board.h"
#include "cli/advice_curves.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"

namespace dcat::cli {
namespace {

Advice some_advice() {
  Advice advice;
  advice.source = AdviceSource::table;
  advice.wants = Ways(5);
  advice.gain = 1.0123;
  advice.planned_gain = -0.0004;
  advice.seen_least = 3;
  advice.seen_most = 9;
  return advice;
}

TEST_CASE("advice names what is wanted, what the plan gives and where each figure comes from") {
  Advice advice = some_advice();
  CHECK(advice_text(advice, Ways(3)) ==
        "wants 5 ways: +101.2 % IPC, the plan gives 3 ways: +0.0 % (its table, 3 to 9 ways seen)");
  CHECK(advice_text(advice, Ways(5)) == "wants 5 ways: +101.2 % IPC (its table, 3 to 9 ways seen)");
  advice.planned_gain.reset();
  CHECK(advice_text(advice, Ways(1)) ==
        "wants 5 ways: +101.2 % IPC, the plan gives 1 way: not known (its table, 3 to 9 ways seen)");
  advice.source = AdviceSource::curve;
  advice.curve = "m\ncf";
  advice.against_contract = true;
  CHECK(advice_text(advice, Ways(5)) == "wants 5 ways: +101.2 % IPC over its contract (curve m?cf, 3 to 9 ways)");
  advice.source = AdviceSource::occupancy;
  advice.against_contract = false;
  CHECK(advice_text(advice, Ways(5)) == "wants 5 ways: +101.2 % IPC (its IPC against occupancy, 3 to 9 ways held)");
  CHECK(advice_text(Advice{}, Ways(5)) == "not known: never seen at another size");
}

const char* const kCsv =
    "BENCH,NR_WAYS,ipc,llcrpki,llcmpki,llcrpkc,llcmpkc,stalls_l3_miss\n"
    "mcf,1,0.5,1,1,1,1,0.1\nmcf,2,1.0,1,1,1,1,0.1\nmcf,3,1.5,1,1,1,1,0.1\n";

Config config_with(const std::string& file, const std::string& curve) {
  const Result<Config> config =
      parse_config("curves: " + file + "\ntenants:\n  - {name: 'web*', curve: " + curve + "}\n", "f");
  if (!config) FAIL(config.error().to_string());
  return *config;
}

TEST_CASE("a rule's curve is spread over the ways of the cache, and others have none") {
  const test::Folder folder;
  test::write_file(folder / "curves.csv", kCsv);
  const Config config = config_with(folder / "curves.csv", "mcf");
  Result<sim::CurveTable> table = read_named_curves(config);
  if (!table) FAIL(table.error().to_string());
  AdviceCurves curves(std::move(*table), config, nullptr);
  ContainerInfo web, other;
  web.id = ContainerId{"web-1"};
  other.id = ContainerId{"db"};
  CHECK(curves.of(other, Ways(3)) == nullptr);
  const NamedCurve* const same = curves.of(web, Ways(3));
  REQUIRE(same != nullptr);
  CHECK(same->name == "mcf");
  CHECK(same->curve.at(2) == Approx(1.0));
  const NamedCurve* const wider = curves.of(web, Ways(5));  // 3 points on 5 ways: two ways a point
  REQUIRE(wider != nullptr);
  CHECK(wider->curve.at(3) == Approx(1.0));
  CHECK(wider->curve.at(5) == Approx(1.5));
  CHECK(curves.of(web, Ways(3)) == same);
}

TEST_CASE("a file of curves that is missing or wrong, or has not what a rule names, is refused") {
  const test::Folder folder;
  const std::string file = folder / "curves.csv";
  CHECK_FALSE(read_named_curves(config_with(file, "mcf")));
  test::write_file(file, "nonsense\n");
  const Result<sim::CurveTable> wrong = read_named_curves(config_with(file, "mcf"));
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == ErrorCode::bad_input);
  test::write_file(file, kCsv);
  CHECK(read_named_curves(config_with(file, "mcf")));
  const Result<sim::CurveTable> unknown = read_named_curves(config_with(file, "lbm"));
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().to_string() == "f:3: curve: got \"lbm\", want one of " + file);
  CHECK(read_named_curves(Config{})->empty());
}

}  // namespace
}  // namespace dcat::cli
