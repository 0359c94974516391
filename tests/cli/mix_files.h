// Curves and mixes for `dcat simulate`, and its CSV as a table.
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/cli/program.h"

namespace dcat::test {

// Three programs on 4 ways: one that gains, one that streams, one that does not care.
inline constexpr const char* kCurves =
    "BENCH,NR_WAYS,ipc,llcrpki,llcmpki,stalls_l3_miss\n"
    "gains,1,0.5,20,18,0.6\ngains,2,0.8,20,10,0.4\ngains,3,1.0,20,4,0.2\ngains,4,1.05,20,3,0.15\n"
    "stream,1,0.9,30,29,0.5\nstream,2,0.9,30,29,0.5\nstream,3,0.91,30,28.9,0.5\nstream,4,0.91,30,28.9,0.5\n"
    "light,1,2.0,0.1,0.05,0.01\nlight,2,2.0,0.1,0.04,0.01\nlight,3,2.0,0.1,0.03,0.01\nlight,4,2.0,0.1,0.02,0.01\n";

struct Files {
  Folder folder;
  std::string curves = folder / "curves.csv", mixes = folder / "mixes.csv";
  Files() {
    write_file(curves, kCurves);
    write_file(mixes, "# who meets whom\ngains,stream,light\n\ngains, gains\n");
  }
  std::string args() const { return "simulate --curves " + curves + " --mixes " + mixes + " "; }
};

using Table = std::map<std::string, std::map<std::string, std::string>>;  // "mix policy" -> column -> cell

// Cells of a line; one with commas stands in quotes.
inline std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      cells.emplace_back();
    else
      cells.back() += c;
  }
  return cells;
}

inline Table table_of(const std::string& csv) {
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  const std::vector<std::string> head = split(line);
  Table table;
  while (std::getline(lines, line)) {
    std::vector<std::string> cells = split(line);
    cells.resize(head.size());
    for (std::size_t i = 0; i < head.size(); ++i) table[cells[0] + " " + cells[1]][head[i]] = cells[i];
  }
  return table;
}

}  // namespace dcat::test
