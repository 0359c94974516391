#include "sim/report/report.h"

#include <algorithm>

#include "sim/report/look.h"
#include "sim/report/markup.h"
#include "tests/sim_report/example.h"
#include "tests/sim_report/sha256.h"
#include "tests/sim_report/well_formed.h"
#include "tests/support/catch.h"

namespace dcat::sim {
namespace {

using testing::what_is_malformed;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("The checker of pages knows what is malformed") {
  const std::string start = "<!DOCTYPE html>\n";
  CHECK(what_is_malformed(start + "<p class=\"a\">x &amp; y<br/></p>\n").empty());
  for (const char* bad : {"<p>", "</p>", "<p><b></p></b>", "<p class=a></p>", "<p a=\"1\" a=\"2\"></p>", "a & b",
                          "<p t=\"&nope;\"/>", "<p", "a < b", "<p hidden></p>"}) {
    CAPTURE(bad);
    CHECK(!what_is_malformed(start + bad).empty());
  }
}

TEST_CASE("The page is well formed, whatever it shows") {
  for (const int periods : {1, 2, 60, 700}) CHECK(what_is_malformed(report_html(example_report(periods))).empty());
  Report none;
  CHECK(what_is_malformed(report_html(none)).empty());
  Report small = example_report(1);  // one period that takes no time, on a cache without ways
  small.ways = 0;
  small.period_sec = 0;
  CHECK(what_is_malformed(report_html(small)).empty());
  for (const char* nan : {"\"nan", " nan", "Mnan", "Hnan", "Vnan", "\"-nan", "H-nan", "V-nan"})
    CHECK(!holds(report_html(small), nan));
  Report bare = example_report(5);
  for (ReportRun& run : bare.runs) run.result.series.clear();
  CHECK(what_is_malformed(report_html(bare)).empty());
  CHECK(holds(report_html(bare), "kept no series"));
}

TEST_CASE("The page shows its title, its command, each policy and tenant, the scenario and that all is simulated") {
  const Report report = example_report(60);
  const std::string page = report_html(report);
  for (const std::string& text : {report.title, report.command, report.scenario_text, std::string("dcat-fair"),
                                  std::string("shared"), std::string("oracle")})
    CHECK(holds(page, page::escape(text)));
  for (const std::string& tenant : report.runs[0].result.tenants) CHECK(holds(page, page::escape(tenant)));
  CHECK(holds(page, "Every figure on this page is simulated"));
  CHECK(holds(page, "12 ways, a decision every 1 s, tolerance 5 %"));
  CHECK(holds(page, "<title>Example &lt;of&gt; a report</title>"));
}

TEST_CASE("A name that means harm stays a name") {
  Report report = example_report(30);
  report.title = report.command = report.scenario_text = kHarm;
  for (ReportRun& run : report.runs) run.input = run.policy = kHarm;
  for (Row& row : report.rows) row.add(kHarm, kHarm);
  const std::string page = report_html(report);
  std::vector<std::string> tags;
  CHECK(what_is_malformed(page, &tags).empty());
  CHECK(std::ranges::count(tags, "script") == 1);
  CHECK(!holds(page, "alert('1')"));
  CHECK(!holds(page, "<script>alert"));
}

TEST_CASE("The page fetches nothing: no address, no picture, no import, and a policy that forbids them") {
  Report report = example_report(60);
  report.scenario_text.clear();  // may well name an address, as text
  const std::string page = report_html(report);
  for (const std::string part :
       {"http:", "https:", "//", "src=", "@import", "<img", "<link", "<iframe", "<object", "fetch("}) {
    CAPTURE(part);
    CHECK(!holds(page, part));
  }
  CHECK(holds(page, "default-src 'none'"));
  // Only places on the page itself are referred to.
  for (std::size_t at = page.find("href="); at != std::string::npos; at = page.find("href=", at + 1))
    CHECK(page.substr(at, 7) == "href=\"#");
  for (std::size_t at = page.find("url("); at != std::string::npos; at = page.find("url(", at + 1))
    CHECK(page.substr(at, 5) == "url(#");
}

TEST_CASE("Whatever the page refers to is on it, once") {
  const std::string page = report_html(example_report(60));
  for (const std::string& opening : {std::string("href=\"#"), std::string("url(#")})
    for (std::size_t at = page.find(opening); at != std::string::npos; at = page.find(opening, at + 1)) {
      const std::size_t start = at + opening.size();
      const std::string id = " id=\"" + page.substr(start, page.find_first_of("\")", start) - start) + "\"";
      CAPTURE(id);
      const std::size_t first = page.find(id);
      REQUIRE(first != std::string::npos);
      REQUIRE(page.find(id, first + 1) == std::string::npos);
    }
}

TEST_CASE("SHA-256 as FIPS 180-4 has it") {
  CHECK(testing::sha256_base64("") == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  CHECK(testing::sha256_base64("abc") == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

TEST_CASE("The page lets its own script run, and no other") {
  CHECK(std::string(page::script_hash()) == testing::sha256_base64(page::script()));
  const std::string page = report_html(example_report(1));
  CHECK(holds(page, "script-src 'sha256-" + std::string(page::script_hash()) + "'; "));
  CHECK(holds(page, "<script>" + std::string(page::script()) + "</script>"));
}

TEST_CASE("The look follows the reader's scheme") {
  const std::string page = report_html(example_report(1));
  CHECK(holds(page, "@media (prefers-color-scheme: dark)"));
  CHECK(holds(page, "content=\"light dark\""));
}

TEST_CASE("Several rows a policy are put together, and all rows stay to be looked at") {
  Report report = example_report(1);
  CHECK(!holds(report_html(report), "Means over"));
  const std::vector<Row> again = report.rows;
  report.rows.insert(report.rows.end(), again.begin(), again.end());
  const std::string page = report_html(report);
  CHECK(holds(page, "Means over"));
  CHECK(holds(page, "All 6 rows"));
}

TEST_CASE("A long run is thinned out, says so, and stays small") {
  CHECK(!holds(report_html(example_report(600)), "Thinned out"));
  const std::string page = report_html(example_report(10'000));
  CHECK(holds(page, "Thinned out: of 10000 periods at most 600"));
  CHECK(page.size() < 1'000'000);
  CHECK(what_is_malformed(page).empty());
}

TEST_CASE("The same report gives the same bytes") {
  CHECK(report_html(example_report(40)) == report_html(example_report(40)));
}

}  // namespace
}  // namespace dcat::sim
