#include "sim/curves.h"

#include "tests/support/catch.h"

namespace dcat::sim {
namespace {

const std::string kHeader = "BENCH,NR_WAYS,ipc,llcrpki,llcmpki,bandwidth_mbps,stalls_l3_miss\n";

TEST_CASE("A CSV file gives each program its points in the order of ways") {
  const Result<CurveTable> table = parse_curves(kHeader +
                                                    "b,2,1.5,20,5,800,0.1\r\n"
                                                    "a,1,0.5,3,1,10,0\n"
                                                    "\n"
                                                    "b,1,1.0,20,10,900,0.2\n",
                                                "x.csv");
  REQUIRE(table.ok());
  CHECK(table->at("a").points == std::vector<CurvePoint>{{0.5, 3, 1, 0, 10}});
  CHECK(table->at("b").points == std::vector<CurvePoint>{{1.0, 20, 10, 0.2, 900}, {1.5, 20, 5, 0.1, 800}});
}

TEST_CASE("Columns are found by name, others are ignored, bandwidth may be missing") {
  const Result<CurveTable> table = parse_curves(
      "llcmpki, other ,ipc,stalls_l3_miss,BENCH,llcrpki,NR_WAYS\n"
      "1,what,2e0,0.25,p,8,1\n",
      "x.csv");
  REQUIRE(table.ok());
  CHECK(table->at("p").points == std::vector<CurvePoint>{{2, 8, 1, 0.25, {}}});
}

TEST_CASE("What is wrong with a CSV file is told with its line") {
  struct Case {
    std::string csv;
    std::string error;
  };
  const std::vector<Case> cases{
      {"",
       "x.csv:1: no column BENCH\nx.csv:1: no column NR_WAYS\nx.csv:1: no column ipc\n"
       "x.csv:1: no column llcrpki\nx.csv:1: no column llcmpki\nx.csv:1: no column stalls_l3_miss"},
      {"BENCH,NR_WAYS,ipc,llcrpki,llcmpki\np,1,1,1,1\n", "x.csv:1: no column stalls_l3_miss"},
      {"ipc," + kHeader, "x.csv:1: column ipc twice"},
      {kHeader, "x.csv:1: no rows below the header"},
      {kHeader + "p,1,1,1,1,1\n", "x.csv:2: got 6 fields, want 7"},
      {kHeader + "p,1,1,1,1,1,0,9\n", "x.csv:2: got 8 fields, want 7"},
      {kHeader + ",1,1,1,1,1,0\n", "x.csv:2: BENCH: empty"},
      {kHeader + "p,1,nan,1,1,1,0\n", "x.csv:2: ipc: got 'nan', want a number"},
      {kHeader + "p,1,inf,1,1,1,0\n", "x.csv:2: ipc: got 'inf', want a number"},
      {kHeader + "p,1,fast,1,1,1,0\n", "x.csv:2: ipc: got 'fast', want a number"},
      {kHeader + "p,1,1.5x,1,1,1,0\n", "x.csv:2: ipc: got '1.5x', want a number"},
      {kHeader + "p,1,,1,1,1,0\n", "x.csv:2: ipc: got '', want a number"},
      {kHeader + "p,1,0,1,1,1,0\n", "x.csv:2: ipc: got '0', want a number from 1e-06 to 64"},
      {kHeader + "p,1,-1,1,1,1,0\n", "x.csv:2: ipc: got '-1', want a number from 1e-06 to 64"},
      {kHeader + "p,1,1,-1,0,1,0\n", "x.csv:2: llcrpki: got '-1', want a number from 0 to 1000"},
      {kHeader + "p,1,1,1,-1,1,0\n", "x.csv:2: llcmpki: got '-1', want a number from 0 to 1000"},
      {kHeader + "p,1,1,1,2,1,0\n", "x.csv:2: llcmpki: more misses than references (llcrpki)"},
      {kHeader + "p,1,1,1,1,-5,0\n", "x.csv:2: bandwidth_mbps: got '-5', want a number from 0 to 1e+09"},
      {kHeader + "p,1,1,1,1,1,1.5\n", "x.csv:2: stalls_l3_miss: got '1.5', want a number from 0 to 1"},
      {kHeader + "p,0,1,1,1,1,0\n", "x.csv:2: NR_WAYS: got '0', want a number from 1 to 64"},
      {kHeader + "p,65,1,1,1,1,0\n", "x.csv:2: NR_WAYS: got '65', want a number from 1 to 64"},
      {kHeader + "p,1.5,1,1,1,1,0\n", "x.csv:2: NR_WAYS: got a fraction, want a whole number"},
      {kHeader + "p,1,1,1,1,1,0\np,1,1,1,1,1,0\n", "x.csv:3: p with 1 ways is on line 2 already"},
      {kHeader + "p,1,1,1,1,1,0\np,3,1,1,1,1,0\n", "x.csv:3: p: no line for NR_WAYS 2"},
      {kHeader + "p,2,1,1,1,1,0\n", "x.csv:2: p: no line for NR_WAYS 1"},
      {kHeader + "p,1,x,1,1,1,0\nq,1,1,1,1,1,y\n",
       "x.csv:2: ipc: got 'x', want a number\nx.csv:3: stalls_l3_miss: got 'y', want a number"},
  };
  for (const Case& c : cases) {
    const Result<CurveTable> table = parse_curves(c.csv, "x.csv");
    REQUIRE_FALSE(table.ok());
    CHECK(table.error().code == ErrorCode::bad_input);
    CHECK(table.error().what == "read the curves of x.csv");
    CHECK(table.error().why == c.error);
  }
}

const Curve kFour{{{1.0, 40, 30, 0.4, {}}, {1.2, 38, 20, 0.3, {}}, {1.3, 36, 12, 0.2, {}}, {1.4, 36, 4, 0.1, {}}}};

TEST_CASE("A curve of as many points as ways is itself at whole ways and linear between") {
  for (int ways = 1; ways <= 4; ++ways)
    CHECK(curve_at(kFour, ways, 4) == kFour.points[static_cast<std::size_t>(ways - 1)]);
  const CurvePoint p = curve_at(kFour, 2.25, 4);
  CHECK(p.ipc == Approx(1.225));
  CHECK(p.references_per_ki == Approx(37.5));
  CHECK(p.misses_per_ki == Approx(18));
  CHECK(p.stall_ratio == Approx(0.275));
}

TEST_CASE("A curve of N points is spread over W ways") {
  // 4 points on 10 ways: one point every 3 ways.
  CHECK(curve_at(kFour, 1, 10) == kFour.points[0]);
  CHECK(curve_at(kFour, 4, 10).ipc == Approx(1.2));
  CHECK(curve_at(kFour, 7, 10).ipc == Approx(1.3));
  CHECK(curve_at(kFour, 5.5, 10).ipc == Approx(1.25));
  CHECK(curve_at(kFour, 10, 10) == kFour.points[3]);
  CHECK(curve_at(kFour, 12, 10) == kFour.points[3]);
  // 4 points on 2 ways: the first and the last.
  CHECK(curve_at(kFour, 1, 2) == kFour.points[0]);
  CHECK(curve_at(kFour, 2, 2) == kFour.points[3]);
}

TEST_CASE("Below one way the line through the first two points goes on, within bounds") {
  const CurvePoint half = curve_at(kFour, 0.5, 4);
  CHECK(half.ipc == Approx(0.9));
  CHECK(half.references_per_ki == Approx(41));
  CHECK(half.misses_per_ki == Approx(35));
  CHECK(half.stall_ratio == Approx(0.45));
  // No ways of two: 3 points to the left of the first, IPC 0.4, 60 misses of 46 references.
  const CurvePoint none = curve_at(kFour, 0, 2);
  CHECK(none.ipc == Approx(0.4));
  CHECK(none.misses_per_ki == Approx(46));
  const Curve steep{{{0.5, 10, 10, 0.5, {}}, {1.5, 10, 0, 0, {}}}};
  CHECK(curve_at(steep, 0, 2).ipc == Approx(0.125));
  CHECK(curve_at(steep, 0, 2).stall_ratio == 0.95);
}

TEST_CASE("A curve of one point is the same everywhere") {
  const Curve one{{{1.5, 3, 1, 0.1, {}}}};
  for (const double ways : {0.0, 0.5, 1.0, 9.0}) CHECK(curve_at(one, ways, 8) == one.points[0]);
  CHECK(curve_at(kFour, 1, 1) == kFour.points[3]);
}

}  // namespace
}  // namespace dcat::sim
