#include "sim/llc/geometry.h"

#include <set>

#include "sim/random.h"
#include "tests/support/catch.h"

namespace dcat::llc {
namespace {

TEST_CASE("a geometry has as many sets as the bytes give") {
  const Geometry g = *make_geometry(45 << 20, 20, 64, false);
  CHECK(g.sets == 36864);
  CHECK(g.way_bytes() == 36864 * 64);
  CHECK(g.bytes() == 45 << 20);
}

TEST_CASE("a geometry that no cache can have is refused") {
  struct Case {
    std::uint64_t bytes;
    int ways;
    std::uint32_t line;
    std::string why;
  };
  const std::vector<Case> cases{
      {1 << 20, 0, 64, "got 0 ways"},
      {1 << 20, 65, 64, "got 65 ways"},
      {1 << 20, 16, 48, "got lines of 48 bytes"},
      {1 << 20, 16, 4, "got lines of 4 bytes"},
      {1 << 20, 16, 8192, "got lines of 8192 bytes"},
      {0, 16, 64, "it is no whole number of sets"},
      {1000, 1, 64, "it is no whole number of sets"},
      {1 << 20, 20, 64, "it is no whole number of sets"},
      {std::uint64_t{1} << 37, 1, 64, "it has 2147483648 sets"},
  };
  for (const Case& c : cases) {
    const Result<Geometry> g = make_geometry(c.bytes, c.ways, c.line, false);
    INFO(c.bytes << " " << c.ways << " " << c.line);
    REQUIRE(!g.ok());
    CHECK(g.error().code == ErrorCode::bad_input);
    CHECK(g.error().why.find(c.why) == 0);
  }
}

TEST_CASE("a line's place is the quotient and the remainder by the sets, for any number of sets") {
  sim::Random random(1, "lines", 0);
  for (const std::uint32_t sets : {1U, 2U, 3U, 5U, 7U, 64U, 1000U, 36864U, 65535U, 65536U, 65537U, 0x7fffffffU}) {
    const Locator locator(Geometry{sets, 1, 64, false});
    for (int i = 0; i < 2000; ++i) {
      const LineAddress line = random.next() >> (i % 64);
      const Locator::Place place = locator.place_of(line);
      INFO(sets << " sets, line " << line);
      REQUIRE(place.key == line / sets);
      REQUIRE(place.set == line % sets);
    }
    for (const LineAddress edge : {0x7fffffffffffffffU / sets * sets, 0x7fffffffffffffffU / sets * sets - 1}) {
      REQUIRE(locator.place_of(edge).key == edge / sets);
      REQUIRE(locator.place_of(edge).set == edge % sets);
    }
  }
}

TEST_CASE("with hashed sets, key and set still name the line, and each key uses every set once") {
  for (const std::uint32_t sets : {1U, 3U, 64U, 1000U}) {
    const Locator locator(Geometry{sets, 1, 64, true});
    for (std::uint64_t key = 0; key < 20; ++key) {
      std::set<std::uint32_t> used;
      for (std::uint32_t i = 0; i < sets; ++i) {
        const LineAddress line = key * sets + i;
        const Locator::Place place = locator.place_of(line);
        REQUIRE(place.key == key);
        REQUIRE(place.set < sets);
        REQUIRE(locator.line_of(place.key, place.set) == line);
        used.insert(place.set);
      }
      CHECK(used.size() == sets);
    }
  }
}

TEST_CASE("lines a multiple of the sets apart pile up in one set unless sets are hashed") {
  constexpr std::uint32_t kSets = 1024;
  for (const bool hashed : {false, true}) {
    const Locator locator(Geometry{kSets, 1, 64, hashed});
    std::set<std::uint32_t> used;
    for (std::uint64_t i = 0; i < kSets; ++i) used.insert(locator.place_of(i * kSets).set);
    INFO((hashed ? "hashed" : "plain"));
    // Balls into bins: 1 - 1/e of the sets, 647.
    if (hashed)
      CHECK(std::abs(static_cast<int>(used.size()) - 647) < 60);
    else
      CHECK(used.size() == 1);
  }
}

TEST_CASE("many lines are located as each alone is") {
  for (const Geometry g : {Geometry{64, 1, 64, false}, Geometry{64, 1, 64, true}, Geometry{100, 1, 64, false}}) {
    const Locator locator(g);
    sim::Random random(2, "lines", 0);
    std::vector<LineAddress> lines(100);
    std::uint64_t bits = 0;
    for (LineAddress& line : lines) bits |= locator.place_of(line = random.next() >> 20).key;
    std::vector<std::uint64_t> keys(100);
    std::vector<std::uint32_t> sets(100);
    CHECK(locator.locate(lines.data(), 100, keys.data(), sets.data()) == bits);
    for (std::size_t i = 0; i < 100; ++i) {
      CHECK(keys[i] == locator.place_of(lines[i]).key);
      CHECK(sets[i] == locator.place_of(lines[i]).set);
    }
  }
}

}  // namespace
}  // namespace dcat::llc
