// Policies that do not fit: their rows say why, the others' come out.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/cli/mix_files.h"
#include "tests/support/catch.h"

using namespace dcat::test;

namespace {

// Mix 1 has three tenants, mix 2 has two: with masks of two ways at least of four, the first fits no strict partition.
const std::string kTight = "--min-ways 2 ";

// 11 ways of which the machine takes the top two together, and a tenant a way.
std::string tied_node() {
  std::string text =
      "name: tied\nperiods: 5\ndomains:\n  - {id: 0, ways: 11, way_size: 2.5MiB, cpus: 14, tied_ways: [\"600\"]}\n"
      "tenants:\n";
  for (int i = 0; i < 11; ++i)
    text += "  - {name: t" + std::to_string(10 + i) + ", contract: 1, workload: {kind: mlr, set_ways: 5}}\n";
  return text;
}

}  // namespace

TEST_CASE("a policy that does not fit has an empty row with the reason, and the others have theirs") {
  const Files files;
  const Ended e = dcat_run(files.args() + kTight + "--policy static,shared,oracle --format csv");
  INFO(e.out << e.err);
  REQUIRE(e.code == 0);
  Table table = table_of(e.out);
  CHECK(table.size() == 6);
  CHECK(contains(table["1 static"]["note"], "policy static: 3 tenants of at least 2 ways each need 6 ways"));
  CHECK(contains(table["1 oracle"]["note"], "3 tenants"));
  for (const char* policy : {"1 static", "1 oracle"}) {
    for (const char* column : {"stp", "antt", "ways", "solve_us", "violations", "masks", "settled"})
      CHECK(table[policy][column].empty());
    CHECK(table[policy]["simulated"] == "yes");
  }
  for (const char* row : {"1 shared", "2 static", "2 shared", "2 oracle"}) {
    CHECK(table[row]["note"].empty());
    CHECK(std::stod(table[row]["stp"]) > 1);
  }
}

TEST_CASE("a row without figures is null in JSON, and a dash with its reason below in the table") {
  const Files files;
  const std::string asked = files.args() + kTight + "--policy static,shared ";
  const auto rows = nlohmann::json::parse(dcat_run(asked + "--format json").out);
  CHECK(rows[0]["policy"] == "static");
  CHECK(rows[0]["stp"].is_null());
  CHECK(contains(rows[0]["note"], "3 tenants"));
  CHECK(rows[1]["stp"].is_number());
  CHECK(rows[1]["note"].is_null());
  const Ended e = dcat_run(asked);
  REQUIRE(e.code == 0);
  CHECK(contains(e.out, "\n1    static      -"));
  CHECK(contains(e.out, "\nNo figures for static (mix 1): policy static: 3 tenants"));
  CHECK_FALSE(contains(dcat_run(files.args() + "--policy static").out, "No figures"));
  // Means are over those rows that have figures.
  CHECK(contains(e.out, "static     1"));
  CHECK(contains(e.out, "shared     2"));
}

TEST_CASE("what has no figures at all is an error with the reason and leaves nothing") {
  const Files files;
  const std::string kept = files.folder / "rows.jsonl";
  const std::string tight = "simulate --curves " + files.curves + " --mix gains,stream,light " + kTight;
  for (const std::string policies : {"static", "static,ucp,oracle"}) {
    const Ended e = dcat_run(tight + "--policy " + policies + " --output " + kept);
    INFO(e.out << e.err);
    CHECK(e.code == 2);
    CHECK(e.out.empty());
    CHECK(e.err.rfind("dcat: mix 1, policy static: policy static: 3 tenants of at least 2 ways each need 6 ways", 0) ==
          0);
    CHECK_FALSE(std::filesystem::exists(kept));
  }
  CHECK(dcat_run(tight + "--policy static,shared --output " + kept).code == 0);
  CHECK(std::filesystem::exists(kept));
}

TEST_CASE("parts of a sweep keep rows without figures, and merging takes them") {
  const Files files;
  const std::string a = files.folder / "a.jsonl", b = files.folder / "b.jsonl";
  const std::string asked = files.args() + kTight + "--policy static,shared ";
  // The first part is static alone: a part has no say in whether the whole has figures.
  REQUIRE(dcat_run(asked + "--shard 1/2 --output " + a).code == 0);
  REQUIRE(dcat_run(asked + "--shard 2/2 --output " + b).code == 0);
  const Ended merged = dcat_run("simulate --format csv --merge " + b + " " + a);
  INFO(merged.err);
  REQUIRE(merged.code == 0);
  Table table = table_of(merged.out);
  CHECK(contains(table["1 static"]["note"], "3 tenants"));
  CHECK(table["1 static"]["stp"].empty());
  CHECK_FALSE(table["2 static"]["stp"].empty());
  // The same command goes on where it was: such a job is done.
  const Ended again = dcat_run(asked + "--shard 1/2 --output " + a);
  CHECK(again.code == 0);
  CHECK(contains(again.err, "2 of 4 runs"));
}

TEST_CASE("a page shows the reason among the rows") {
  const Files files;
  const std::string page = files.folder / "page.html";
  const Ended e = dcat_run(files.args() + kTight + "--policy static,shared --periods 5 --report " + page);
  INFO(e.err);
  REQUIRE(e.code == 0);
  CHECK(contains(read_file(page), "policy static: 3 tenants of at least 2 ways each need 6 ways"));
  REQUIRE(dcat_run(files.args() + "--policy static,shared --periods 5 --report " + page).code == 0);
  CHECK_FALSE(contains(read_file(page), ">note<"));
}

TEST_CASE("more tenants than ways are run by whoever lets them share, now and over time") {
  const Files files;
  std::string mix = "gains";
  for (int i = 1; i < 6; ++i) mix += ",stream";
  for (const std::string time : {"", "--periods 20 --phases 5s-9s "}) {
    const Ended e =
        dcat_run("simulate --curves " + files.curves + " --mix " + mix + " " + time + "--policy all --format csv");
    INFO(e.out << e.err);
    REQUIRE(e.code == 0);
    Table table = table_of(e.out);
    for (const char* policy :
         {"shared", "dunn", "lfoc", "kpart", "cacheman", "aimd", "dcat-fair", "dcat-max", "adaptive"}) {
      INFO(policy);
      auto& row = table[std::string("1 ") + policy];
      CHECK(row["note"].empty());
      CHECK(std::stod(row["stp"]) > 1);
      // Nobody without a way to run in.
      CHECK_FALSE(contains(row["masks"] + " ", "0 "));
      CHECK_FALSE(contains(" " + row["ways"], " 0"));
    }
    for (const char* policy : {"static", "ucp", "oracle"})
      CHECK(contains(table[std::string("1 ") + policy]["note"], "6 tenants"));
    // Three have contracts, of a way each: the sum counts nobody else.
    CHECK(std::stod(table["1 shared"]["normalised_ipc"]) < 3.8);
  }
}

TEST_CASE("partitions that would split tied ways have the reason in place of figures") {
  const Folder folder;
  const std::string node = folder / "tied.yaml";
  write_file(node, tied_node());
  const Ended e = dcat_run("simulate --policy static,oracle,shared,dunn --format csv " + node);
  INFO(e.out << e.err);
  REQUIRE(e.code == 0);
  Table table = table_of(e.out);
  for (const char* policy : {" static", " oracle"})
    CHECK(contains(table[node + policy]["note"], "split the tied ways 600 in any order"));
  for (const char* policy : {" shared", " dunn"}) CHECK_FALSE(table[node + policy]["stp"].empty());
}
