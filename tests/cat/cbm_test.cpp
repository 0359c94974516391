#include "cat/cbm.h"

#include "tests/support/catch.h"

using namespace dcat;

TEST_CASE("a mask is printed as resctrl prints it, in lower case without a prefix") {
  struct Row {
    std::uint64_t bits;
    const char* text;
  };
  const Row rows[] = {{0, "0"},
                      {0x1, "1"},
                      {0xf, "f"},
                      {0x7ff, "7ff"},
                      {0xfffff, "fffff"},
                      {0xABC, "abc"},
                      {0x10, "10"},
                      {0x8000000000000000, "8000000000000000"},
                      {~std::uint64_t{0}, "ffffffffffffffff"}};
  for (const Row& row : rows) CHECK(format_cbm(Cbm(row.bits)) == row.text);
}

TEST_CASE("a run of ways begins at its first way and has its size") {
  CHECK(Cbm::run(WayIndex(0), 4_ways) == Cbm(0xf));
  CHECK(Cbm::run(WayIndex(9), 2_ways) == Cbm(0x600));
  CHECK(Cbm::run(WayIndex(0), 64_ways) == Cbm(~std::uint64_t{0}));
  CHECK(Cbm::run(WayIndex(63), 1_ways) == Cbm(0x8000000000000000));
  CHECK(Cbm::run(WayIndex(5), 0_ways) == Cbm());
}

TEST_CASE("one run of ones is contiguous and nothing else is") {
  for (const std::uint64_t bits : {0x1u, 0x3u, 0xfu, 0x600u, 0x80000000u}) CHECK(Cbm(bits).contiguous());
  for (const std::uint64_t bits : {0x0u, 0x5u, 0x9u, 0x601u, 0xf0fu, 0xbu}) CHECK_FALSE(Cbm(bits).contiguous());
  CHECK(Cbm(~std::uint64_t{0}).contiguous());
}

TEST_CASE("every mask of 10 ways is contiguous exactly if it is one of the 55 runs") {
  int contiguous = 0;
  for (std::uint64_t bits = 0; bits < 1024; ++bits) {
    bool is_run = false;
    for (int first = 0; first < 10; ++first)
      for (int size = 1; first + size <= 10; ++size)
        is_run = is_run || Cbm::run(WayIndex(first), Ways(size)).bits == bits;
    REQUIRE(Cbm(bits).contiguous() == is_run);
    contiguous += is_run ? 1 : 0;
  }
  CHECK(contiguous == 55);  // 10 + 9 + ... + 1
}

TEST_CASE("a mask knows its lowest and highest way and its size") {
  const Cbm mask(0x6c);  // ways 2, 3, 5 and 6
  CHECK(mask.lowest() == WayIndex(2));
  CHECK(mask.highest() == WayIndex(6));
  CHECK(mask.size() == 4_ways);
}
