// What `dcat simulate`, `tune` and `replay` take in, and what they refuse since it would do nothing.
#include <filesystem>

#include "sim/address_trace/byte_sink.h"
#include "tests/cli/mix_files.h"
#include "tests/support/catch.h"

using namespace dcat::test;

namespace {

const std::string kMark = "\xef\xbb\xbf";
const std::string kNode = DCAT_SOURCE_DIR "/configs/scenarios/phases.yaml";

std::string without_times(const std::string& csv) {
  std::istringstream lines(csv);
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> cells = split(line);
    cells[6].clear();
    for (const std::string& cell : cells) text += cell + ",";
    text += "\n";
  }
  return text;
}

std::string recorded(const Folder& folder) {
  const std::string trace = folder / "trace.jsonl";
  std::string command = "run --ticks 20 --pace 0 --scenario ";
  command += kNode;
  command += " --record " + trace;
  REQUIRE(dcat_run(command).code == 0);
  return trace;
}

}  // namespace

TEST_CASE("files that begin with a byte order mark are read as if they did not") {
  const Files files;
  const std::string plain = without_times(dcat_run(files.args() + "--policy static --format csv").out);
  REQUIRE_FALSE(plain.empty());
  write_file(files.curves, kMark + kCurves);
  CHECK(without_times(dcat_run(files.args() + "--policy static --format csv").out) == plain);
  write_file(files.mixes, kMark + "gains,stream,light\ngains,gains\n");
  CHECK(without_times(dcat_run(files.args() + "--policy static --format csv").out) == plain);
  // A scenario, and the curves that it names.
  const std::string node = files.folder / "s.yaml";
  write_file(node, kMark +
                       "name: n\nperiods: 3\ndomains: [{id: 0, ways: 4}]\ntenants:\n  - {name: a, contract: 2, "
                       "workload: {kind: curve, csv: curves.csv, program: gains}}\n");
  const Ended e = dcat_run("simulate --policy static " + node);
  INFO(e.err);
  CHECK(e.code == 0);
}

TEST_CASE("a recorded node is the same packed with gzip or zstd, and a cut archive is told") {
  const Folder folder;
  const std::string trace = recorded(folder);
  const auto figures = [](const Ended& e) {
    const std::string text = without_times(e.out);
    return text.substr(text.find("shared,"));
  };
  const std::string plain = figures(dcat_run("simulate --policy shared --format csv " + trace));
  for (const char* end : {".gz", ".zst"}) {
    REQUIRE(dcat::address_trace::write_whole_file(trace + end, read_file(trace)).ok());  // packs by the name
    REQUIRE(read_file(trace + end).size() < read_file(trace).size());
    const Ended e = dcat_run("simulate --policy shared --format csv " + trace + end);
    INFO(e.err);
    REQUIRE(e.code == 0);
    CHECK(figures(e) == plain);
    const std::string packed = read_file(trace + end);
    write_file(folder / "cut", packed.substr(0, packed.size() / 2));
    const Ended cut = dcat_run("simulate --policy shared " + folder / "cut");
    CHECK(cut.code == 2);
    CHECK(contains(cut.err, "archive is cut off"));
  }
}

TEST_CASE("a recording that ended before its first period is told as that") {
  const Folder folder;
  const std::string trace = recorded(folder);
  const std::string text = read_file(trace);
  write_file(trace, text.substr(0, text.find('\n') + 1));
  for (const char* command : {"replay ", "simulate ", "tune "}) {
    const Ended e = dcat_run(command + trace);
    INFO(command << e.out << e.err);
    CHECK(e.code == 2);
    CHECK(contains(e.err, "trace.jsonl:1: has a header and no period after it"));
  }
}

TEST_CASE("what a sweep would do twice, and what would change nothing, is refused") {
  const Files files;
  const std::string timed = files.args() + "--periods 5 ";
  const std::string node = "simulate " + kNode + " ";
  const struct {
    std::string arguments, says;
  } cases[] = {
      {files.args() + "--sweep ways=4,8,4", "--sweep ways=4,8,4: 4 is there twice"},
      {files.args() + "--sweep bandwidth=1,1.0", "1.0 is there twice"},
      {files.args() + "--sweep policy=ucp,ucp", "ucp is there twice"},
      {files.args() + "--sweep policy=all,ucp", "ucp is there twice"},
      {files.args() + "--sweep mix=2,2", "2 is there twice"},
      {files.args() + "--sweep ways=4,", "a value is missing"},
      {files.args() + "--sweep ways=,4", "a value is missing"},
      // Without time.
      {files.args() + "--seed 2", "--seed: says something about time"},
      {files.args() + "--sweep seed=1,2", "--sweep seed: says something about time"},
      {files.args() + "--sweep noise=none,0.1", "--sweep noise: says something about time"},
      {files.args() + "--sweep phases=5s,9s", "--sweep phases: says something about time"},
      {files.args() + "--sweep interval=1s,2s", "--sweep interval: says something about time"},
      {files.args() + "--noise 0.1", "add --periods N"},
      {files.args() + "--one-at-a-time", "--one-at-a-time: says something about time"},
      // With time, and nothing drawn.
      {timed + "--seed 2", "--seed: nothing is drawn by chance"},
      {timed + "--sweep seed=1,2", "add --phases or --noise"},
      {timed + "--noise none --seed 2", "nothing is drawn by chance"},
      {files.args() + "--periods 10000000 --phases 20s-60s", "3 tenants would change program some 750000 times"},
      {files.args() + "--periods 1000000 --sweep phases=20s,2s", "3 tenants would change program some 1500000 times"},
      {files.args() + "--periods 10000000 --policy static --report x.html", "60000000 tenant-periods would be kept"},
      {node + "--sweep seed=1,2", "give the scenario noise"},
      {timed + "--one-at-a-time", "--one-at-a-time: nobody changes program; add --phases"},
      {timed + "--sweep one_at_a_time=yes,no", "--sweep one_at_a_time: nobody changes program"},
      // Said twice.
      {timed + "--phases 5s --sweep phases=5s,9s", "--phases: --sweep phases takes its place"},
      {files.args() + "--ways 4 --sweep ways=4,8", "--ways: --sweep ways takes its place"},
      {files.args() + "--policy ucp --sweep policy=ucp,static", "--policy: --sweep policy takes its place"},
      {files.args() + "--floors --sweep floors=yes,no", "--floors: --sweep floors takes its place"},
      {timed + "--phases 5s --one-at-a-time --sweep one_at_a_time=yes,no",
       "--one-at-a-time: --sweep one_at_a_time takes its place"},
      // Of policies that are not asked.
      {files.args() + "--policy static,ucp --objective fairness", "--objective: only the oracles have one"},
      {files.args() + "--policy static --sweep objective=fairness,normalised", "only the oracles have one"},
      {files.args() + "--policy static,lfoc --floors", "--floors: changes nothing for these policies"},
      {timed + "--policy static,ucp --sweep miss_ratio=0.01,0.1", "--sweep miss_ratio: none of these policies has it"},
      {files.args() + "--policy static --frequency-ghz 3", "--frequency-ghz: changes nothing"},
      // A scenario's own.
      {node + "--sweep mix=1", "scenarios have no mixes"},
      {node + "--sweep ways=8,11", "a scenario says this itself"},
      {node + "--sweep one_at_a_time=yes,no", "a scenario says this itself"},
      {node + "--one-at-a-time", "--one-at-a-time: a scenario says this itself"},
      // Beside --merge.
      {"simulate --merge x.jsonl --policy ucp", "has no use for --policy"},
      {"simulate --merge x.jsonl --one-at-a-time", "has no use for --one-at-a-time"},
      {"simulate --merge x.jsonl --periods 5", "has no use for --periods"},
      {"simulate --merge x.jsonl --config c.yaml", "has no use for --config"},
  };
  for (const auto& c : cases) {
    const Ended e = dcat_run(c.arguments);
    INFO(c.arguments << "\n" << e.out << e.err);
    CHECK(e.code == 2);
    CHECK(contains(e.err, c.says));
    CHECK(e.out.empty());
  }
}

TEST_CASE("the same options are taken where they have an effect") {
  const Files files;
  const std::string timed = files.args() + "--periods 5 ";
  for (const std::string& arguments :
       {timed + "--phases 2s --seed 2", timed + "--noise 0.1 --sweep seed=1,2",
        timed + "--sweep noise=none,0.1 --seed 2", timed + "--sweep phases=2s,none --seed 2",
        timed + "--phases 2s --one-at-a-time", timed + "--phases 2s --sweep one_at_a_time=yes,no",
        timed + "--policy static --floors", timed + "--policy static --sweep interval=1s,2s",
        files.args() + "--policy ucp --floors", files.args() + "--policy oracle --objective fairness",
        files.args() + "--noise none --policy static", files.args() + "--policy static --frequency-ghz 3 --bandwidth 1",
        files.args() + "--sweep policy=static,dcat-fair --sweep miss_ratio=0.01,0.1",
        "simulate " + kNode + " --policy dcat-fair --periods 5 --sweep noise=0.1 --sweep seed=1,2"}) {
    const Ended e = dcat_run(arguments);
    INFO(arguments << "\n" << e.err);
    CHECK(e.code == 0);
  }
}

TEST_CASE("what a run reads is never replaced by what it writes") {
  const Files files;
  const std::string page = files.folder / "page.html";
  const std::string timed = files.args() + "--policy static --periods 3 ";
  const auto refused = [&](const std::string& arguments, const std::string& why) {
    const Ended e = dcat_run(arguments);
    INFO(arguments << ": " << e.err);
    CHECK(e.code == 2);
    CHECK(contains(e.err, why));
  };
  refused(timed + "--report " + files.curves, "--report " + files.curves + ": is read by this run");
  refused(timed + "--report " + files.mixes, "is read by this run and would be replaced; name another file");
  refused(timed + "--output " + files.curves, "is read by this run");
  refused(timed + "--output " + page + " --report " + files.folder / "./page.html", "is the file of --output");
  refused("tune" + files.args().substr(8) + "--trials 2 --output " + files.curves, "is read by this run");
  CHECK(read_file(files.curves) == kCurves);
  const std::string node = files.folder / "node.yaml";
  std::filesystem::copy_file(kNode, node);
  std::filesystem::create_symlink(node, files.folder / "link");
  refused("simulate --policy static --report " + files.folder / "link" + " " + node, "is read by this run");
  CHECK(read_file(node) == read_file(kNode));
}

TEST_CASE("what is no number, or an empty mix, is refused") {
  const Files files;
  for (const std::string& arguments :
       {files.args() + "--frequency-ghz nan --bandwidth 1", files.args() + "--frequency-ghz inf --bandwidth 1",
        files.args() + "--policy oracle --oracle-seconds nan",
        "simulate --curves " + files.curves + " --mix gains --mix ''",
        "tune" + files.args().substr(8) + "--violations nan", "tune" + files.args().substr(8) + "--hold-back nan",
        "tune" + files.args().substr(8) + "--frequency-ghz nan"}) {
    const Ended e = dcat_run(arguments);
    INFO(arguments << ": " << e.err << e.out);
    CHECK(e.code == 2);
    CHECK_FALSE(e.err.empty());
    CHECK(e.out.empty());
  }
}
