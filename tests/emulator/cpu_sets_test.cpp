#include "emulator/cpu_sets.h"

#include <cerrno>

#include "tests/support/catch.h"

using namespace dcat::emulator;

TEST_CASE("a CPU list has numbers, ranges and patterns") {
  CHECK(parse_cpu_list("1,3\n", 4).value == CpuSet{1, 3});
  CHECK(parse_cpu_list("0-3", 4).value == CpuSet{0, 1, 2, 3});
  CHECK(parse_cpu_list(" , 2 ,, 0-1,", 4).value == CpuSet{0, 1, 2});
  CHECK(parse_cpu_list("all", 4).value == CpuSet{0, 1, 2, 3});
  CHECK(parse_cpu_list("2-N", 4).value == CpuSet{2, 3});
  CHECK(parse_cpu_list("N", 4).value == CpuSet{3});
  CHECK(parse_cpu_list("0-7:2/4", 8).value == CpuSet{0, 1, 4, 5});
  CHECK(parse_cpu_list("0-7:0/4", 8).value.empty());
  CHECK(parse_cpu_list("", 4).value.empty());
  CHECK(parse_cpu_list("\n", 4).value.empty());
  CHECK(parse_cpu_list("1\n2", 4).value == CpuSet{1});
}

TEST_CASE("a CPU list that cannot be read says why by its errno") {
  for (const char* text : {"x", "1-", "-1", "3-1", "1-2-3", "1:", "0-3:2", "0-3:5/4", "0-3:1/0", "1;2", "0x1"}) {
    INFO(text);
    CHECK(parse_cpu_list(text, 4).error == EINVAL);
  }
  CHECK(parse_cpu_list("4", 4).error == ERANGE);
  CHECK(parse_cpu_list("0-4", 4).error == ERANGE);
  CHECK(parse_cpu_list("4294967296", 4).error == EOVERFLOW);
}

TEST_CASE("a CPU bitmap is hexadecimal in groups of 32 bits") {
  CHECK(parse_cpu_mask("a\n", 4).value == CpuSet{1, 3});
  CHECK(parse_cpu_mask("0000000f", 4).value == CpuSet{0, 1, 2, 3});
  CHECK(parse_cpu_mask("1,00000001", 40).value == CpuSet{0, 32});
  CHECK(parse_cpu_mask("1 2", 40).value == CpuSet{1, 32});
  CHECK(parse_cpu_mask("", 4).value.empty());
  CHECK(parse_cpu_mask("\n", 4).value.empty());
}

TEST_CASE("a CPU bitmap that cannot be read says why by its errno") {
  for (const char* text : {"zz", "0x1", "g", "1-2"}) {
    INFO(text);
    CHECK(parse_cpu_mask(text, 4).error == EINVAL);
  }
  for (const char* text : {"f0", "10", "0,1", "000000001"}) {
    INFO(text);
    CHECK(parse_cpu_mask(text, 4).error == EOVERFLOW);
  }
}

TEST_CASE("sets are shown as ranges and as bitmaps as wide as the machine") {
  CHECK(format_cpu_list({}).empty());
  CHECK(format_cpu_list({0, 1, 2, 5, 7, 8}) == "0-2,5,7-8");
  CHECK(format_cpu_mask({1, 3}, 4) == "a");
  CHECK(format_cpu_mask({}, 4) == "0");
  CHECK(format_cpu_mask({0}, 5) == "01");
  CHECK(format_cpu_mask({0, 33}, 40) == "02,00000001");
  CHECK(format_cpu_mask({63}, 64) == "80000000,00000000");
}

TEST_CASE("what is shown reads back as the same set") {
  for (unsigned bits = 0; bits < 1024; ++bits) {
    CpuSet set;
    for (int cpu = 0; cpu < 10; ++cpu) {
      if ((bits >> cpu & 1) != 0) set.insert(cpu * 4);
    }
    CHECK(parse_cpu_list(format_cpu_list(set), 40).value == set);
    CHECK(parse_cpu_mask(format_cpu_mask(set, 40), 40).value == set);
  }
}
