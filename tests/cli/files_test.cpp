// Files in and out of the program: configuration, scenario, trace.
#include "tests/cli/program.h"
#include "tests/support/catch.h"

using namespace dcat::test;

TEST_CASE("a recorded run is decided again byte for byte") {
  const char* name = GENERATE("paper-6x3.yaml", "two-domains.yaml", "phases.yaml", "arrivals.yaml", "max-vs-fair.yaml");
  const Folder folder;
  const std::string trace = folder / "trace.jsonl";
  REQUIRE(dcat_run("run --scenario " + scenario(name) + " --record " + trace).code == 0);
  const Ended e = dcat_run("replay " + trace);
  INFO(e.out << e.err);
  CHECK(e.code == 0);
  CHECK(contains(e.out, "every decision the same byte for byte"));
  CHECK(contains(e.out, "simulated"));
}

TEST_CASE("what replay prints is what was recorded") {
  const Folder folder;
  const std::string trace = folder / "trace.jsonl";
  REQUIRE(dcat_run("run --ticks 10 --scenario " + scenario("paper-6x3.yaml") + " --record " + trace).code == 0);
  std::istringstream lines(read_file(trace));
  std::string line, decisions;
  while (std::getline(lines, line))
    if (contains(line, "\"kind\":\"decision\"")) decisions += line + "\n";
  CHECK(dcat_run("replay --print " + trace).out == decisions);
}

TEST_CASE("another policy decides otherwise on the same trace") {
  const Folder folder;
  const std::string trace = folder / "trace.jsonl";
  REQUIRE(dcat_run("run --policy fair --scenario " + scenario("max-vs-fair.yaml") + " --record " + trace).code == 0);
  const Ended fair = dcat_run("replay --print " + trace);
  const Ended max = dcat_run("replay --print --policy max_performance " + trace);
  CHECK(max.code == 0);
  CHECK(fair.out != max.out);
}

TEST_CASE("a decision that was altered is found, with its line") {
  const Folder folder;
  const std::string trace = folder / "trace.jsonl";
  REQUIRE(dcat_run("run --ticks 5 --scenario " + scenario("paper-6x3.yaml") + " --record " + trace).code == 0);
  std::string text = read_file(trace);
  const std::size_t at = text.find("\"Keeper\"");
  REQUIRE(at != std::string::npos);
  text.replace(at, 8, "\"Donor\"");
  write_file(trace, text);
  const Ended e = dcat_run("replay " + trace);
  INFO(e.err);
  CHECK(e.code == 1);
  CHECK(contains(e.err, "trace.jsonl:5: "));  // header, two lines of period 1, observation and decision of period 2
}

TEST_CASE("a broken trace is refused with file, line and exit code 2") {
  const Folder folder;
  const std::string good = folder / "good.jsonl", bad = folder / "bad.jsonl";
  REQUIRE(dcat_run("run --ticks 3 --scenario " + scenario("paper-6x3.yaml") + " --record " + good).code == 0);
  const std::string text = read_file(good);
  const std::size_t first = text.find('\n') + 1, second = text.find('\n', first) + 1;
  std::string of_another = text.substr(0, first);
  of_another.replace(of_another.find(R"("backend":"sim")"), 15, R"("backend":"none")");
  const struct {
    std::string what, text;
  } cases[] = {
      {"empty", ""},
      {"no trace", "hello\n"},
      {"no header", text.substr(first)},
      {"cut off within a line", text.substr(0, second + 100)},
      {"cut off before the newline", text.substr(0, text.size() - 1)},
      {"a decision missing", text.substr(0, second) + text.substr(first, second - first)},
      {"ends with an observation", text.substr(0, second)},
      {"a decision first", text.substr(0, first) + text.substr(second)},
      {"binary", std::string("\0\1\2\xff\n", 5)},
      {"another trace's header", text + of_another},
      {"a header before a decision", text.substr(0, second) + text.substr(0, first) + text.substr(second)},
  };
  for (const auto& c : cases) {
    write_file(bad, c.text);
    const Ended e = dcat_run("replay " + bad);
    INFO(c.what << ": " << e.err);
    CHECK(e.code == 2);
    CHECK(contains(e.err, "bad.jsonl"));
    CHECK_FALSE(contains(e.out, "byte for byte"));
  }
}

TEST_CASE("a trace goes on with the mode and the parameters of a header within it") {
  const Folder folder;
  const std::string trace = folder / "trace.jsonl", both = folder / "both.jsonl";
  REQUIRE(
      dcat_run("run --mode observe --ticks 3 --scenario " + scenario("paper-6x3.yaml") + " --record " + trace).code ==
      0);
  const std::string text = read_file(trace);
  std::string header = text.substr(0, text.find('\n') + 1);
  header.replace(header.find("observe"), 7, "advise");
  const std::string periods = text.substr(text.find('\n') + 1);
  write_file(both, header + header + periods);
  CHECK(dcat_run("replay " + both).code == 1);  // what was observed is decided otherwise
  write_file(both, header + text);
  CHECK(dcat_run("replay " + both).code == 0);
}

TEST_CASE("check-config prints what a configuration resolves to, and that checks again to the same") {
  const Folder folder;
  const std::string once = folder / "once.yaml";
  const Ended first = dcat_run("check-config " + std::string(DCAT_SOURCE_DIR) + "/configs/dcat.yaml");
  CHECK(first.code == 0);
  write_file(once, first.out);
  CHECK(dcat_run("check-config " + once).out == first.out);
}

TEST_CASE("check-config and run tell all mistakes at once, with file and line, and start nothing") {
  const Folder folder;
  const std::string file = folder / "wrong.yaml", trace = folder / "trace.jsonl";
  write_file(
      file,
      "interval: 1\nmiss_ratio: 3\nshared_way: 1\ntenants:\n  - {name: a, contract: 1}\n  - {name: a, contract: x}\n");
  for (const std::string& arguments : {"check-config " + file, "run --config " + file + " --scenario " +
                                                                   scenario("paper-6x3.yaml") + " --record " + trace}) {
    const Ended e = dcat_run(arguments);
    INFO(e.err);
    CHECK(e.code == 2);
    CHECK(e.out.empty());
    for (const char* part :
         {"wrong.yaml:1: interval", "wrong.yaml:2: miss_ratio", "wrong.yaml:3: shared_way", "wrong.yaml:6: "})
      CHECK(contains(e.err, part));
  }
  CHECK_FALSE(std::filesystem::exists(trace));
}

TEST_CASE("a scenario's contract beyond its cache, or a shared region that takes all of it, starts nothing") {
  const Folder folder;
  const std::string file = folder / "node.yaml";
  const std::string head = "name: n\ndomains: [{id: 0, ways: 8}]\ntenants:\n";
  write_file(file, head +
                       "  - {name: a, contract: 9, workload: {kind: mload}}\n  - {name: b, contract: 10, workload: "
                       "{kind: mload}}\n");
  const Ended contracts = dcat_run("run --scenario " + file);
  INFO(contracts.err);
  CHECK(contracts.code == 2);
  CHECK(contains(contracts.err, "node.yaml:4: tenants[0].contract: got 9, want at most the 8 ways of domain 0"));
  CHECK(contains(contracts.err, "node.yaml:5: tenants[1].contract: got 10"));
  write_file(file, head + "  - {name: a, contract: 2, workload: {kind: mload}}\ncontroller: {shared_ways: 8}\n");
  const Ended shared = dcat_run("run --scenario " + file);
  INFO(shared.err);
  CHECK(shared.code == 2);
  CHECK(contains(shared.err, "shared_ways: 8: the smallest L3 has 8 ways"));
}

TEST_CASE("contracts beyond the ways are told with their lines") {
  const Folder folder;
  const std::string file = folder / "large.yaml";
  write_file(file, "tenants:\n  - {name: a, contract: 12}\n  - {name: b, contract: 9}\n");
  CHECK(dcat_run("check-config " + file).code == 0);
  const Ended e = dcat_run("check-config --ways 11 " + file);
  INFO(e.err);
  CHECK(e.code == 2);
  CHECK(contains(e.err, "large.yaml:2"));
}

TEST_CASE("a configuration file and a scenario's controller section come together, the scenario last") {
  const Folder folder;
  const std::string file = folder / "c.yaml", trace = folder / "t.jsonl";
  write_file(file, "miss_ratio: 0.2\nshared_ways: 3\n");
  REQUIRE(dcat_run("run --ticks 1 --config " + file + " --scenario " + scenario("paper-6x3-shared2.yaml") +
                   " --record " + trace)
              .code == 0);
  const std::string text = read_file(trace);
  CHECK(contains(text, "\"miss_ratio\":0.2"));
  CHECK(contains(text, "\"shared_ways\":2"));
}
