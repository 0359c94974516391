#include "sim/occupancy.h"
#include "tests/support/catch.h"
#include "tests/support/random_node.h"

using namespace dcat;
using namespace dcat::sim;
using namespace dcat::sim::test;

namespace {

std::vector<double> shares(const std::vector<SteadyProgram>& programs, double ways) {
  std::vector<const SteadyProgram*> members;
  for (const SteadyProgram& program : programs) members.push_back(&program);
  std::vector<double> held(programs.size(), -1);
  share_cluster(members, ways, held);
  return held;
}

std::vector<double> slow_shares(const std::vector<SteadyProgram>& programs, int ways) {
  std::vector<Filler> fillers;
  for (const SteadyProgram& program : programs) {
    Filler filler;
    filler.mask = Cbm::run(WayIndex(0), Ways(ways));
    filler.insertions_per_sec = [&program](double w) { return program.insertions_per_sec(w); };
    fillers.push_back(filler);
  }
  return share_ways(fillers);
}

// Falls throughout, in misses a second too: IPC stays, misses fall.
Curve falling(Random& random, int points) {
  Curve curve;
  double misses = 1 + 30 * random.uniform();
  const double ipc = 0.3 + random.uniform();
  for (int i = 0; i < points; ++i) {
    curve.points.push_back({ipc, 40, misses, 0.3, std::nullopt});
    misses *= 1 - 0.5 * random.uniform();
  }
  return curve;
}

}  // namespace

TEST_CASE("a cluster splits as the general method splits it where curves fall") {
  Random random(1, "share", 0);
  for (int i = 0; i < 500; ++i) {
    const int ways = pick(random, 1, 11);
    std::vector<SteadyProgram> programs;
    for (int k = pick(random, 2, 6); k > 0; --k) programs.push_back(program_of(falling(random, 11), 11));
    const std::vector<double> fast = shares(programs, ways);
    const std::vector<double> slow = slow_shares(programs, ways);
    for (std::size_t k = 0; k < fast.size(); ++k) CHECK(fast[k] == Approx(slow[k]).margin(1e-5));
  }
}

TEST_CASE("parts fill the ways, whatever the curves look like, and nobody is below none") {
  Random random(2, "fill", 0);
  for (int i = 0; i < 2000; ++i) {
    const int ways = pick(random, 1, 11);
    const SteadyNode node = random_node(random, pick(random, 1, 8), 11);
    double sum = 0;
    for (const double part : shares(node.programs, ways)) {
      CHECK(part >= 0);
      CHECK(part <= ways);
      sum += part;
    }
    CHECK(sum == Approx(ways).epsilon(1e-9));
  }
}

TEST_CASE("where curves fall each holds in proportion to what it inserts there") {
  Random random(3, "proportion", 0);
  for (int i = 0; i < 200; ++i) {
    std::vector<SteadyProgram> programs;
    for (int k = 0; k < 3; ++k) programs.push_back(program_of(falling(random, 11), 11));
    const std::vector<double> held = shares(programs, 5);
    const double u = held[0] / programs[0].insertions_per_sec(held[0]);
    for (std::size_t k = 1; k < 3; ++k)
      CHECK(held[k] == Approx(u * programs[k].insertions_per_sec(held[k])).margin(1e-6));
  }
}

TEST_CASE("flat streams split by their rates and equal programs evenly") {
  const auto flat = [](double misses) {
    Curve curve;
    curve.points.assign(4, {1, 40, misses, 0.2, std::nullopt});
    return program_of(curve, 4);
  };
  const std::vector<double> split = shares({flat(10), flat(30)}, 4);
  CHECK(split[0] == Approx(1).margin(1e-8));
  CHECK(split[1] == Approx(3).margin(1e-8));
  for (const double part : shares({flat(7), flat(7), flat(7)}, 4)) CHECK(part == Approx(4.0 / 3).margin(1e-8));
}

TEST_CASE("who never misses leaves the ways to others, and is given an even part where nobody misses") {
  Curve never;
  never.points.assign(4, {1, 40, 0, 0, std::nullopt});
  for (const double part : shares({program_of(never, 4), program_of(never, 4)}, 4)) CHECK(part == Approx(2));
  Curve streams = never;
  for (CurvePoint& point : streams.points) point.misses_per_ki = 20;
  const std::vector<double> held = shares({program_of(never, 4), program_of(streams, 4)}, 4);
  CHECK(held[0] == Approx(0).margin(1e-6));
  CHECK(held[1] == Approx(4).margin(1e-6));
}

TEST_CASE("a program alone has all the ways") {
  Random random(4, "alone", 0);
  const SteadyNode node = random_node(random, 1, 7);
  CHECK(shares(node.programs, 6) == std::vector<double>{6});
  share_cluster({}, 3, {});
}

TEST_CASE("where a part jumps it takes what the others leave") {
  // Per miss of the first: 2 ways at a rate of 10 need u = 0.2, and so do no more, since from three ways on its rate is
  // 40 (5 / 40 is less). At that u it may hold 2 ways or all; the stream holds 5 u = 1 of 5 ways, so 4 are left.
  Curve jumps;
  for (const double misses : {10, 10, 40, 40, 40}) jumps.points.push_back({1, 50, misses, 0.2, std::nullopt});
  Curve streams;
  streams.points.assign(5, {1, 50, 5, 0.2, std::nullopt});
  const std::vector<double> held = shares({program_of(jumps, 5), program_of(streams, 5)}, 5);
  CHECK(held[0] == Approx(4).margin(1e-6));
  CHECK(held[1] == Approx(1).margin(1e-6));
}
