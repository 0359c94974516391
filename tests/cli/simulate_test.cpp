// `dcat simulate` as people call it: inputs in, rows out, and what it says to bad ones.
#include <algorithm>
#include <filesystem>
#include <sstream>

#include "tests/cli/mix_files.h"
#include "tests/support/catch.h"

using namespace dcat::test;

TEST_CASE("mixes as they stand give a row for each policy, with the columns in their order") {
  const Files files;
  const Ended e = dcat_run(files.args() + "--policy static,oracle,shared --format csv");
  INFO(e.out << e.err);
  REQUIRE(e.code == 0);
  CHECK(e.out.rfind("mix,policy,stp,antt,unfairness,ways,solve_us,", 0) == 0);
  Table table = table_of(e.out);
  CHECK(table.size() == 6);
  // Contracts of 2, 1, 1 ways: 0.8 of 1.05, 0.9 of 0.91, 2 of 2.
  CHECK(std::stod(table["1 static"]["stp"]) == Approx(0.8 / 1.05 + 0.9 / 0.91 + 1).epsilon(1e-9));
  CHECK(table["1 static"]["ways"] == "2 1 1");
  CHECK(std::stod(table["1 oracle"]["stp"]) >= std::stod(table["1 static"]["stp"]));
  CHECK(std::stod(table["2 static"]["unfairness"]) == Approx(1));
}

TEST_CASE("the bus slows whoever waits for it, and never lifts the sum of speedups above the tenants") {
  const Files files;
  Table idle = table_of(dcat_run(files.args() + "--policy static --format csv").out);
  for (const char* ceiling : {"1", "0.01", "0.0001"}) {
    Table busy = table_of(dcat_run(files.args() + "--policy static --format csv --bandwidth " + ceiling).out);
    CHECK(std::stod(busy["1 static"]["stp"]) < std::stod(idle["1 static"]["stp"]));
    CHECK(std::stod(busy["1 static"]["antt"]) >= 1);
    CHECK(std::stod(busy["1 static"]["stall_factor"]) > 1);
  }
}

TEST_CASE("over time there are violations, moves and what the oracle would have got") {
  const Files files;
  const std::string over_time =
      files.args() + "--periods 60 --phases 5s-10s --policy dcat-fair,static,oracle --format csv ";
  const Ended e = dcat_run(over_time + "--objective normalised");
  INFO(e.out << e.err);
  REQUIRE(e.code == 0);
  Table table = table_of(e.out);
  // The first mask takes 20 ms to show.
  CHECK(std::stod(table["1 static"]["normalised_ipc"]) == Approx(3).epsilon(1e-4));
  CHECK(table["1 static"]["moved_ways"] == "0");
  CHECK(table["1 static"]["violations"] == "0");
  CHECK(std::stod(table["1 dcat-fair"]["moved_ways"]) > 0);
  CHECK(std::stod(table["1 oracle"]["regret"]) < 0.01);
  CHECK(std::stod(table["1 oracle"]["normalised_ipc"]) >= std::stod(table["1 dcat-fair"]["normalised_ipc"]));
  CHECK(dcat_run(over_time + "--objective normalised").out.substr(0, 20) == e.out.substr(0, 20));
  const auto without_times = [](Table t) {
    for (auto& [key, row] : t) row.erase("solve_us");
    return t;
  };
  CHECK(without_times(table_of(dcat_run(over_time + "--objective normalised --threads 1").out)) ==
        without_times(table));
  CHECK(without_times(table_of(dcat_run(over_time + "--objective normalised --seed 2").out)) != without_times(table));
}

TEST_CASE("a scenario and its recording are both nodes to try policies on") {
  const Folder folder;
  const std::string trace = folder / "trace.jsonl";
  REQUIRE(dcat_run("run --scenario " + scenario("paper-6x3.yaml") + " --record " + trace).code == 0);
  const Ended modelled = dcat_run("simulate --policy dcat-fair --format csv " + scenario("paper-6x3.yaml"));
  const Ended recorded = dcat_run("simulate --policy dcat-fair,static --format csv " + trace);
  INFO(modelled.err << recorded.out << recorded.err);
  REQUIRE(modelled.code == 0);
  REQUIRE(recorded.code == 0);
  Table a = table_of(modelled.out), b = table_of(recorded.out);
  REQUIRE(a.size() == 1);
  REQUIRE(b.size() == 2);
  // What the recording learned is enough to play it again: the sum lies near.
  CHECK(std::stod(b[trace + " dcat-fair"]["normalised_ipc"]) ==
        Approx(std::stod(a.begin()->second["normalised_ipc"])).epsilon(0.05));
}

TEST_CASE("a sweep has a row for each combination, in any number of parts") {
  const Files files;
  const std::string sweep =
      files.args() + "--policy static,ucp --sweep ways=4,8 --sweep contract=equal,2:1 --format csv ";
  const Ended whole = dcat_run(sweep);
  INFO(whole.out << whole.err);
  REQUIRE(whole.code == 0);
  CHECK(std::count(whole.out.begin(), whole.out.end(), '\n') == 1 + 2 * 2 * 2 * 2);
  const Folder folder;
  const std::string parts[] = {folder / "a.jsonl", folder / "b.jsonl", folder / "c.jsonl"};
  for (int i = 0; i < 3; ++i)
    REQUIRE(dcat_run(sweep + "--shard " + std::to_string(i + 1) + "/3 --output " + parts[i]).code == 0);
  const Ended merged = dcat_run("simulate --format csv --merge " + parts[2] + " " + parts[0] + " " + parts[1]);
  INFO(merged.err);
  CHECK(merged.code == 0);
  // Times differ from run to run; everything else is the same in the same order.
  const auto without_times = [](const std::string& csv) {
    std::istringstream lines(csv);
    std::string text;
    for (std::string line; std::getline(lines, line);) {
      std::vector<std::string> cells = split(line);
      cells.erase(cells.begin() + 6);
      for (const std::string& cell : cells) text += cell + ",";
      text += "\n";
    }
    return text;
  };
  CHECK(without_times(merged.out) == without_times(whole.out));
  const Ended gap = dcat_run("simulate --format csv --merge " + parts[0] + " " + parts[1]);
  CHECK(gap.code == 1);
  CHECK(contains(gap.err, "3/3"));
}

TEST_CASE("an interrupted run goes on where it was") {
  const Files files;
  const Folder folder;
  const std::string kept = folder / "rows.jsonl";
  const std::string command = files.args() + "--policy static,ucp,lfoc --format csv --output " + kept;
  const Ended first = dcat_run(command);
  REQUIRE(first.code == 0);
  std::string text = read_file(kept);
  write_file(kept, text.substr(0, text.size() - 30));  // killed within the last line
  const Ended second = dcat_run(command);
  INFO(second.err);
  CHECK(second.code == 0);
  CHECK(table_of(second.out).size() == table_of(first.out).size());
  const Ended other = dcat_run(files.args() + "--policy static --format csv --output " + kept);
  CHECK(other.code == 2);  // another experiment's file is left alone
  CHECK(contains(other.err, "rows.jsonl"));
}

TEST_CASE("a report is one page that names its policies") {
  const Files files;
  const Folder folder;
  const std::string page = folder / "page.html";
  REQUIRE(dcat_run(files.args() + "--policy static,dcat-max --periods 20 --report " + page).code == 0);
  const std::string text = read_file(page);
  CHECK(contains(text, "dcat-max"));
  CHECK(contains(text, "simulated"));
  const Ended e = dcat_run(files.args() + "--policy static --periods 20 --report /no/such/folder/page.html");
  CHECK(e.code == 2);
}

TEST_CASE("what cannot be written is told, and a device stays a device") {
  const Files files;
  const std::string timed = files.args() + "--policy static --periods 5 ";
  CHECK(dcat_run(files.args() + "--format csv 2>/dev/null >/dev/full # ").code == 1);
  CHECK(dcat_run(timed + "--report /dev/null").code == 0);
  CHECK(std::filesystem::is_character_file("/dev/null"));
  // A link goes on naming the file that it named.
  const std::string page = files.folder / "page.html", link = files.folder / "link.html";
  write_file(page, "old");
  std::filesystem::create_symlink(page, link);
  CHECK(dcat_run(timed + "--report " + link).code == 0);
  CHECK(std::filesystem::is_symlink(link));
  CHECK(contains(read_file(page), "simulated"));
}

TEST_CASE("bad input leaves no file of results behind") {
  const Files files;
  const std::string kept = files.folder / "rows.jsonl";
  CHECK(dcat_run(files.args() + "--min-ways 3 --policy static --output " + kept).code == 2);
  CHECK_FALSE(std::filesystem::exists(kept));
}

TEST_CASE("a control period of two seconds is half as many decisions a second") {
  const Files files;
  const Ended e =
      dcat_run(files.args() + "--periods 20 --phases 10s --policy dcat-fair --sweep interval=1s,2s --format csv");
  INFO(e.out << e.err);
  REQUIRE(e.code == 0);
  std::istringstream lines(e.out);
  std::string head, one, two;
  std::getline(lines, head);
  std::getline(lines, one);
  std::getline(lines, two);
  CHECK(split(one)[7] != split(two)[7]);
}

TEST_CASE("a tenant without a contract leaves nothing to compare with the bound") {
  const Folder folder;
  const std::string file = folder / "s.yaml";
  write_file(file,
             "name: n\nperiods: 5\ntenants:\n  - {name: a, contract: 3, workload: {kind: mlr, set_ways: 5}}\n"
             "  - {name: b, contract: none, workload: {kind: mlr, set_ways: 5}}\n");
  const Ended e = dcat_run("simulate --policy static,oracle --format csv " + file);
  INFO(e.out << e.err);
  REQUIRE(e.code == 0);
  Table table = table_of(e.out);
  CHECK(table[file + " oracle"]["regret"].empty());
  // Only the one with a contract counts: 11 ways against 3.
  CHECK(std::stod(table[file + " static"]["normalised_ipc"]) == Approx(23.0 / 11).epsilon(1e-3));
}

TEST_CASE("bad input to simulate is told with file and line, and exit code 2") {
  const Files files;
  const auto curves = [&](const std::string& text) {
    const std::string path = files.folder / "bad.csv";
    write_file(path, text);
    return "simulate --curves " + path + " --mix gains";
  };
  const std::string good(kCurves);
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  const struct {
    std::string arguments, says;
  } cases[] = {
      {"simulate", "--curves"},
      {"simulate --curves " + files.curves, "--mixes"},
      {"simulate --curves " + files.curves + " --mix gains,nobody", "nobody"},
      {"simulate --curves " + files.curves + " --mix gains,,light", "--mix:1"},
      {"simulate --curves /no/such/file --mix gains", "/no/such/file"},
      {"simulate --curves " + (files.folder / "") + " --mix gains", "directory"},
      {curves(changed("gains,2,0.8,20,10,0.4\n", "")), "bad.csv:3"},
      {curves(changed("0.8", "nan")), "bad.csv:3"},
      {curves(changed("0.8", "-1")), "bad.csv:3"},
      {curves(changed("gains,2,0.8,20,10,0.4", "gains,2,0.8,20")), "bad.csv:3"},
      {files.args() + "--ways 2 --policy static --sweep mix=1", "3 tenants"},
      {files.args() + "--ways 65", "ways"},
      {files.args() + "--phases 20s-60s", "--periods"},
      {files.args() + "--periods 10 --phases 60s-20s", "phases"},
      {files.args() + "--periods 10 --noise loud", "noise"},
      {files.args() + "--policy fairest", "fairest"},
      {files.args() + "--sweep colour=red", "colour"},
      {files.args() + "--sweep miss_ratio=much", "miss_ratio"},
      {files.args() + "--sweep ways", "KEY="},
      {files.args() + "--contract 1:0", "contract"},
      {files.args() + "--shard 1/2", "--output"},
      {files.args() + "--shard 3/2 --output " + (files.folder / "x"), "3/2"},
      {files.args() + "--report " + (files.folder / "x.html"), "--periods"},
      {"simulate --ways 4 " + scenario("paper-6x3.yaml"), "--ways"},
      {"simulate --min-ways 2 " + scenario("paper-6x3.yaml"), "--min-ways"},
      {files.args() + "--min-ways 5", "--min-ways"},
      {files.args() + "--merge x.jsonl", "--merge"},
      {"simulate /no/such/scenario.yaml", "/no/such/scenario.yaml"},
  };
  for (const auto& c : cases) {
    const Ended e = dcat_run(c.arguments);
    INFO(c.arguments << "\n" << e.out << e.err);
    CHECK(e.code == 2);
    CHECK(contains(e.err, c.says));
    CHECK(e.err.rfind("dcat: ", 0) == 0);
  }
}
