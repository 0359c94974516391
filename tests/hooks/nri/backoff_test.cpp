#include "hooks/nri/backoff.h"

#include <set>

#include "tests/support/catch.h"

using namespace dcat;
using std::chrono::milliseconds;

TEST_CASE("The same seed waits the same and another seed does not") {
  Backoff a(milliseconds(1000), milliseconds(60000), 1);
  Backoff same(milliseconds(1000), milliseconds(60000), 1);
  Backoff other(milliseconds(1000), milliseconds(60000), 2);
  bool differs = false;
  for (int i = 0; i < 6; ++i) {
    const milliseconds wait = a.next();
    REQUIRE(wait == same.next());
    differs = differs || wait != other.next();
  }
  REQUIRE(differs);
}

TEST_CASE("The whole range from a half to all is waited") {
  std::set<long> waits;
  for (std::uint64_t seed = 0; seed < 200; ++seed)
    waits.insert(Backoff(milliseconds(4), milliseconds(4), seed).next().count());
  REQUIRE(waits == std::set<long>{2, 3, 4});
}
