// `dcat run` as people call it: arguments, exit codes, what is printed, how it ends.
#include "tests/cli/program.h"
#include "tests/support/catch.h"

using namespace dcat::test;

TEST_CASE("a scenario runs free in a pipe and ends with a summary of dcat, static and shared") {
  const Ended e = dcat_run("run --scenario " + scenario("paper-6x3.yaml"));
  INFO(e.out << e.err);
  CHECK(e.code == 0);
  CHECK(e.err.empty());
  CHECK(contains(e.out, "mload Unknown -> Streaming, 9 -> 1 way"));
  CHECK(contains(e.out, "mlr Unknown -> Receiver, 4 -> 5 ways"));
  CHECK(contains(e.out, "Summary (simulated): 60 periods of 1 s"));
  CHECK(contains(e.out, "    dcat   static   shared"));
  CHECK(contains(e.out, "\nmean "));
}

TEST_CASE("every line of a simulated run says so until the summary, which says it in its heading") {
  const Ended e = dcat_run("run --ticks 20 --scenario " + scenario("two-domains.yaml"));
  REQUIRE(e.code == 0);
  std::istringstream lines(e.out);
  std::string line;
  int seen = 0;
  while (std::getline(lines, line) && !line.starts_with("Summary (simulated)")) {
    INFO(line);
    CHECK(line.starts_with("simulated t="));
    ++seen;
  }
  CHECK(seen >= 40);
}

TEST_CASE("observe and advise write nothing to the simulated node, and the summary says so") {
  const std::string s = " --ticks 3 --scenario " + scenario("paper-6x3.yaml");
  const Ended observe = dcat_run("run --mode observe" + s);
  CHECK(observe.code == 0);
  CHECK(contains(observe.out, "lookbusy-1 idle cpi=0.501"));
  CHECK(contains(observe.out, "mload Unknown cpi=1.750"));
  CHECK(contains(observe.out, "policy fair, nothing written"));
  CHECK_FALSE(contains(observe.out, "Reclaim"));
  const Ended advise = dcat_run("run --mode advise" + s);
  CHECK(advise.code == 0);
  CHECK(contains(advise.out, "t=1.0s domain=0 shared=2 free=2: 19 changes advised, none written"));
  CHECK_FALSE(contains(advise.out, "t=2.0s"));  // the same advice is not repeated
  CHECK(contains(advise.out, "policy fair, 19 changes advised, none written"));
}

TEST_CASE("who is not admitted is told of, once, with the reason") {
  const Ended e = dcat_run("run --scenario " + scenario("arrivals.yaml"));
  const std::string line = "too-large runs in the shared region: its 8 ways do not fit beside the other contracts";
  const std::size_t at = e.out.find(line);
  INFO(e.out);
  REQUIRE(at != std::string::npos);
  CHECK(e.out.find(line, at + 1) == std::string::npos);
}

TEST_CASE("the same scenario prints the same bytes twice") {
  const std::string arguments = "run --scenario " + scenario("arrivals.yaml");
  const Ended first = dcat_run(arguments), second = dcat_run(arguments);
  REQUIRE(first.code == 0);
  CHECK(first.out == second.out);
}

TEST_CASE("enforce is refused with exit code 3 and the reason where nothing can be enforced") {
  const Ended e = dcat_run("run --backend none --mode enforce");
  CHECK(e.code == 3);
  CHECK(e.out.empty());
  CHECK(contains(e.err, "dcat: mode enforce: back end none cannot allocate cache ways; `dcat doctor` tells"));
}

TEST_CASE("resctrl is refused with exit code 3 where it is not mounted") {
  if (std::filesystem::exists("/sys/fs/resctrl/schemata")) return;
  CHECK(dcat_run("run --backend resctrl --ticks 1").code == 3);
  const Ended any = dcat_run("run --mode enforce");
  CHECK(any.code == 3);
  CHECK(contains(any.err, "no resctrl file system is mounted here"));
}

TEST_CASE("wrong usage ends with exit code 2, a line that says what to do, and nothing started") {
  struct Case {
    std::string arguments, says;
  };
  const std::string s = "--scenario " + scenario("paper-6x3.yaml");
  for (const Case& c : std::vector<Case>{
           {"", "subcommand"},
           {"walk", "subcommand"},
           {"run --nonsense", "nonsense"},
           {"run --mode sing", "sing"},
           {"run --backend sim", "name one with --scenario FILE"},
           {"run --counters sim", "name one with --scenario FILE"},
           {"run --pace 2", "only simulated time has a pace"},
           {"run --backend none " + s, "leave one of them out"},
           {"run --backend resctrl " + s, "leave one of them out"},
           {"run --backend msr", "--backend"},
           {"run --counters cgroup " + s, "a simulated node has no cgroups"},
           {"run --all-cgroups " + s, "the tenants of a scenario are its containers"},
           {"run --ticks 0 " + s, "--ticks"},
           {"run --ticks -1 " + s, "--ticks"},
           {"run --ticks 1e3 " + s, "--ticks"},
           {"run --pace -1 " + s, "--pace"},
           {"run --pace nan " + s, "--pace"},
           {"run --pace 1e-30 " + s, "--pace"},
           {"run --record " + scenario("paper-6x3.yaml") + " " + s, "--record"},
           {"replay /", "/"},
           {"run --interval 1 " + s, "--interval"},
           {"run --interval 0s " + s, "interval"},
           {"run --interval -1s " + s, "interval"},
           {"run --policy greedy " + s, "greedy"},
           {"run --scenario /nonexistent/node.yaml", "/nonexistent/node.yaml"},
           {"run --scenario /", "/"},
           {"run --config /nonexistent/dcat.yaml " + s, "/nonexistent/dcat.yaml"},
           {"run --record /nonexistent/trace.jsonl " + s, "/nonexistent/trace.jsonl"},
           {"replay", "trace"},
           {"replay /nonexistent/trace.jsonl", "/nonexistent/trace.jsonl"},
           {"check-config", "file"},
           {"check-config /nonexistent/dcat.yaml", "/nonexistent/dcat.yaml"},
       }) {
    const Ended e = dcat_run(c.arguments);
    INFO(c.arguments << ": " << e.err);
    CHECK(e.code == 2);
    CHECK(e.out.empty());
    CHECK(e.err.starts_with("dcat: "));
    CHECK(contains(e.err, c.says));
  }
}

TEST_CASE("help and version are no errors, for the program and each subcommand") {
  for (const char* arguments : {"--help", "run --help", "replay --help", "check-config --help", "--version"}) {
    const Ended e = dcat_run(arguments);
    INFO(arguments);
    CHECK(e.code == 0);
    CHECK_FALSE(e.out.empty());
    CHECK(e.err.empty());
  }
}

TEST_CASE("SIGINT, SIGTERM and SIGHUP end a paced run cleanly, with its summary") {
  for (const char* name : {"INT", "TERM", "HUP"}) {
    const Ended e = dcat_run("run --pace 10 --ticks 100000 --scenario " + scenario("paper-6x3.yaml"),
                             std::string("timeout --preserve-status -s ") + name + " 1");
    INFO(name << e.out << e.err);
    CHECK(e.code == 0);
    CHECK(contains(e.out, "Summary (simulated): "));
    CHECK(e.err.empty());
  }
}

TEST_CASE("a run that was started to ignore SIGHUP goes on when its terminal closes") {
  const Ended e = dcat_run("run --pace 100 --ticks 200 --scenario " + scenario("paper-6x3.yaml"),
                           "timeout --preserve-status -s HUP 1 nohup");
  INFO(e.out << e.err);
  CHECK(e.code == 0);
  CHECK(contains(e.out, "Summary (simulated): 200 periods"));
}

TEST_CASE("a reader that goes away ends the run without a signal's death") {
  const Ended e = dcat_run("run --ticks 100000 --scenario " + scenario("paper-6x3.yaml"), "", "| head -n 1");
  INFO(e.err);
  CHECK(e.code == 1);
  CHECK(contains(e.out, "simulated t=1.0s"));
  CHECK(contains(e.err, "dcat: write to standard output"));
}

TEST_CASE("observe on this machine reads its cgroups, or says with exit code 3 what is missing") {
  const Ended e = dcat_run("run --mode observe --all-cgroups --ticks 1");
  INFO(e.out << e.err);
  if (e.code == 0) {
    CHECK(contains(e.out, "Summary: 1 periods in mode observe"));
  } else {
    CHECK(e.code == 3);
    CHECK(contains(e.err, "dcat: "));
  }
  CHECK_FALSE(contains(e.out, "simulated"));
}

TEST_CASE("systemd's journal is told what moves, and not that nothing did") {
  const std::string run = "run --scenario '" + scenario("paper-6x3.yaml") + "' --ticks 20";
  const Folder folder;
  const std::string path = folder / "journal";
  // As systemd does: the variable names the file that stdout is.
  const auto printed = [&](const std::string& stream) {
    write_file(path, "");
    const Ended e = dcat_run(run, "JOURNAL_STREAM=" + stream, "> " + path + " && true");
    CHECK(e.code == 0);
    return read_file(path);
  };
  const std::string here = "\\$(stat -c %d:%i " + path + ")";
  const std::string kept = printed(here), all = printed("0:0");
  CHECK(contains(all, ": no change"));
  CHECK_FALSE(contains(kept, ": no change"));
  CHECK(contains(kept, "mlr Keeper -> Unknown, 3 -> 4 ways"));
  CHECK(contains(kept, "Summary (simulated): 20 periods"));
}

TEST_CASE("a listen address that is none ends with exit code 2, one that somebody has with exit code 1") {
  const std::string run = "run --ticks 1 --scenario " + scenario("paper-6x3.yaml") + " --listen ";
  for (const char* address : {"9470", "127.0.0.1", "example.com:80", "127.0.0.1:70000", "::1:80"}) {
    const Ended e = dcat_run(run + address);
    INFO(e.err);
    CHECK(e.code == 2);
    CHECK(contains(e.err, "dcat: --listen: listen address"));
    CHECK(contains(e.err, "want an IP address and a port: 127.0.0.1:9470 or [::1]:9470"));
  }
  const Ended taken = dcat_run(run + "192.0.2.1:9470");
  CHECK(taken.code == 1);
  CHECK(contains(taken.err,
                 "dcat: listen at 192.0.2.1:9470: Cannot assign requested address; take an address of this machine"));
}

TEST_CASE("where it listens is said, elsewhere than on loopback with a warning") {
  const std::string run = "run --ticks 1 --scenario " + scenario("paper-6x3.yaml") + " --listen ";
  const Ended loopback = dcat_run(run + "127.0.0.1:0");
  CHECK(loopback.code == 0);
  CHECK(contains(loopback.err, "dcat: info: web: http://127.0.0.1:"));
  CHECK_FALSE(contains(loopback.err, "warning"));
  const Ended open = dcat_run(run + "0.0.0.0:0");
  CHECK(open.code == 0);
  CHECK(contains(open.err, "dcat: warning: web: 0.0.0.0:"));
  CHECK(contains(open.err, "is not loopback: whoever reaches it can read"));
}
