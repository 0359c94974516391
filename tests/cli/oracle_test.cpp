// A search of the oracle that takes long: it shows itself in a terminal, and a signal or --oracle-seconds ends it.
#include <algorithm>
#include <cmath>

#include "tests/cli/program.h"
#include "tests/support/catch.h"

using namespace dcat::test;

namespace {

// 14 programs, no two alike, that meet on the bus, with few CLOSIDs: many minutes for an exact answer.
struct Long {
  Folder folder;
  std::string curves = folder / "curves.csv", rows = folder / "rows.jsonl";
  std::string mix;
  Long() {
    std::string text = "BENCH,NR_WAYS,ipc,llcrpki,llcmpki,stalls_l3_miss\n";
    for (int p = 0; p < 14; ++p) {
      const std::string name = "p" + std::to_string(p);
      mix += (p > 0 ? "," : "") + name;
      for (int w = 1; w <= 12; ++w) {
        const double fits = 1 - std::exp(-w / (1.0 + 0.7 * p));
        text += name + "," + std::to_string(w) + "," + std::to_string(0.4 + 0.05 * p + fits) + ",40," +
                std::to_string(5 + (3 + p) * (1 - fits)) + "," + std::to_string(0.6 - 0.4 * fits) + "\n";
      }
    }
    write_file(curves, text);
  }
  std::string args() const {
    return "simulate --curves " + curves + " --mix " + mix +
           " --ways 20 --closids 8 --bandwidth 5 --floors --threads 1 --policy shared,oracle-clusters ";
  }
};

long lines_in(const std::string& path) {
  const std::string text = read_file(path);
  return std::count(text.begin(), text.end(), '\n');
}

}  // namespace

TEST_CASE("a signal ends a long search and the rows before it stay") {
  const Long node;
  for (const std::string signal : {"INT", "TERM"}) {
    const Ended e =
        dcat_run(node.args() + "--output " + node.rows, "timeout -k 60 -s " + signal + " --preserve-status 2");
    INFO(e.err);
    CHECK(e.code == 1);
    CHECK(contains(e.err, signal == "INT" ? "interrupted after 1 of 2 runs" : "interrupted after 0 of 1 runs"));
    CHECK(contains(e.err, "the same command goes on where it was"));
    CHECK(lines_in(node.rows) == 2);  // the header and `shared`
  }
}

TEST_CASE("a search that is cut after --oracle-seconds gives the best found with a bound") {
  const Long node;
  const Ended e = dcat_run(node.args() + "--oracle-seconds 0.2 --format json");
  INFO(e.err << e.out);
  REQUIRE(e.code == 0);
  const std::string row = e.out.substr(e.out.find("oracle-clusters"));
  CHECK_FALSE(contains(row, "\"bound\":null"));
  CHECK_FALSE(contains(e.err, "searches"));  // no terminal
}

TEST_CASE("a search of more than a second shows how far it is in a terminal") {
  const Long node;
  const Folder folder;
  write_file(folder / "run", std::string("'") + DCAT_BINARY + "' " + node.args() + "--oracle-seconds 2\n");
  const std::string command = "script -qec 'sh " + (folder / "run") + "' /dev/null </dev/null >" + (folder / "out");
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK(contains(read_file(folder / "out"), ", the oracle searches: "));
}

TEST_CASE("a time of no length is refused") {
  const Long node;
  const Ended e = dcat_run(node.args() + "--oracle-seconds 0");
  CHECK(e.code == 2);
  CHECK(contains(e.err, "--oracle-seconds"));
}
