#include "sim/report/rows_table.h"

#include "tests/support/catch.h"

namespace dcat::sim::page {
namespace {

Row row(const std::string& mix, const std::string& policy, Value stp, Value to_98 = {}) {
  Row r;
  r.add("mix", mix);
  r.add("policy", policy);
  r.add("stp", std::move(stp));
  r.add("periods_to_98", std::move(to_98));
  return r;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("Means are by policy, in the order of first appearance, over the rows that have a value") {
  const std::vector<Row> rows{row("1", "ucp", 4.0, 2.0), row("1", "static", 3.0), row("2", "ucp", 5.0),
                              row("2", "static", std::int64_t{4})};
  CHECK(worth_means(rows));
  const PolicyMeans means = means_by_policy(rows);
  REQUIRE(means.rows.size() == 2);
  CHECK(*means.rows[0].find("policy") == Value("ucp"));
  CHECK(*means.rows[0].find("rows") == Value(std::int64_t{2}));
  CHECK(*means.rows[0].find("stp") == Value(4.5));
  CHECK(*means.rows[0].find("periods_to_98") == Value(2.0));
  CHECK(means.present[0] == std::vector<std::pair<std::string, std::size_t>>{{"periods_to_98", 1}});
  CHECK(*means.rows[1].find("stp") == Value(3.5));
  CHECK(*means.rows[1].find("periods_to_98") == Value());
  CHECK(means.present[1].empty());
  CHECK(means.rows[0].find("mix") == nullptr);
  CHECK(holds(means_table(rows, {}), "<td data-v=\"2\">2 <small>of 1</small></td>"));
}

TEST_CASE("One row a policy needs no means, nor do rows without policies") {
  CHECK(!worth_means({row("1", "ucp", 4.0), row("1", "static", 3.0)}));
  CHECK(!worth_means({Row{{{"stp", 1.0}}}, Row{{{"stp", 2.0}}}}));
}

TEST_CASE("The best value is bold, an oracle's is never") {
  const std::string text =
      rows_table({row("1", "ucp", 4.0, 9.0), row("1", "static", 3.0, 5.0), row("1", "oracle", 5.0, 1.0)}, "", {});
  CHECK(holds(text, "<td data-v=\"4\" class=\"best\">4</td>"));
  CHECK(holds(text, "<td data-v=\"5\" class=\"best\">5</td>"));  // periods: less is better
  CHECK(holds(text, "<td data-v=\"3\">3</td>"));
  CHECK(holds(text, "<td data-v=\"5\">5</td>"));
  CHECK(holds(text, "<td data-v=\"1\">1</td>"));
}

TEST_CASE("Nobody is best where all are alike") {
  CHECK(!holds(rows_table({row("1", "ucp", 4.0), row("1", "static", 4.0)}, "", {}), "best"));
}

TEST_CASE("Numbers are rounded to be read and exact to be sorted, what is absent is a dash without a value") {
  const std::string text = rows_table({row("1", "ucp", 4.123456789)}, "", {});
  CHECK(holds(text, "<td data-v=\"4.123456789\">4.123</td>"));
  CHECK(holds(text, "<td>-</td>"));
}

TEST_CASE("Policies lead to their first run") {
  const std::string text = rows_table({row("1", "ucp", 4.0), row("1", "static", 3.0)}, "", {"dunn", "ucp", "ucp"});
  CHECK(holds(text, "<a href=\"#run-2\">ucp</a>"));
  CHECK(!holds(text, "#run-3"));
  CHECK(holds(text, ">static</td>"));
}

TEST_CASE("Headings of known columns explain themselves, and words from outside are escaped") {
  Row strange = row("<b>", "ucp", 4.0);
  strange.add("a&b_c", std::int64_t{1});
  const std::string text = rows_table({strange}, "<i>", {});
  CHECK(holds(text, "title=\"sum of the speedups, each against all ways alone\""));
  CHECK(holds(text, ">periods to 98</th>"));
  CHECK(holds(text, "data-v=\"&lt;b&gt;\">&lt;b&gt;</td>"));
  CHECK(holds(text, ">a&amp;b c</th>"));
  CHECK(holds(text, "<caption>&lt;i&gt;</caption>"));
}

}  // namespace
}  // namespace dcat::sim::page
