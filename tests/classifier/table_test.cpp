// The performance table: ways -> normalised IPC.
#include "drive.h"

using namespace dcat;
using namespace dcat::test;

TEST_CASE("a table is ascending by ways in whatever order the sizes were measured") {
  PerformanceTable table;
  REQUIRE(table.empty());
  REQUIRE(table.largest() == 0_ways);
  for (const int w : {4, 6, 3, 5}) table.record(Ways(w), w / 4.0, std::nullopt);
  REQUIRE(table.entries().size() == 4);
  for (std::size_t i = 0; i < 4; ++i) REQUIRE(table.entries()[i].ways == Ways(3 + static_cast<int>(i)));
  REQUIRE(table.largest() == 6_ways);
  REQUIRE(table.find(5_ways)->normalised_ipc == 1.25);
  REQUIRE(table.find(7_ways) == nullptr);
  REQUIRE(table.find(2_ways) == nullptr);
}

TEST_CASE("later measurements of the same size are averaged by their number") {
  PerformanceTable table;
  table.record(4_ways, 1.0, 20);
  table.record(4_ways, 1.5, 26);  // (1 + 1.5) / 2
  REQUIRE(near(table.find(4_ways)->normalised_ipc, 1.25));
  REQUIRE(near(table.find(4_ways)->llc_refs_per_ki, 23));
  table.record(4_ways, 2.0, 23);  // (1 + 1.5 + 2) / 3
  REQUIRE(near(table.find(4_ways)->normalised_ipc, 1.5));
  REQUIRE(table.find(4_ways)->weight == 3);
}

TEST_CASE("an average forgets: from the eighth on a new measurement counts an eighth") {
  PerformanceTable table;
  for (int i = 0; i < 20; ++i) table.record(4_ways, 1.0, std::nullopt);
  table.record(4_ways, 1.8, std::nullopt);
  REQUIRE(near(table.find(4_ways)->normalised_ipc, 1.0 + 0.8 / 8));
}

TEST_CASE("references a thousand instructions may come late or be lacking") {
  PerformanceTable table;
  table.record(4_ways, 1.0, std::nullopt);
  table.record(4_ways, 1.0, 12);
  REQUIRE(near(table.find(4_ways)->llc_refs_per_ki, 12));
}

TEST_CASE("between measured sizes a table is linear, beyond them constant") {
  PerformanceTable table;
  table.record(4_ways, 1.0, std::nullopt);
  table.record(8_ways, 1.4, std::nullopt);
  const struct {
    int ways;
    double ipc;
  } rows[] = {{1, 1.0}, {4, 1.0}, {5, 1.1}, {6, 1.2}, {7, 1.3}, {8, 1.4}, {20, 1.4}};
  for (const auto& row : rows) CHECK(near(table.at(Ways(row.ways)), row.ipc));
}
