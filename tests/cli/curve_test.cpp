// `dcat curve` as people call it.
#include <nlohmann/json.hpp>

#include "sim/curves.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"

using namespace dcat::test;

namespace {

// 100 walks over 96 lines of 64 bytes, by lackey's words: 4 instructions a load.
std::string lackey_walk() {
  std::string text = "==1== Lackey\n";
  for (int walk = 0; walk < 100; ++walk) {
    for (int line = 0; line < 96; ++line) {
      for (int i = 0; i < 4; ++i) text += "I  0400,3\n";
      char load[32];
      std::snprintf(load, sizeof load, " L %x,8\n", 0x100000 + 64 * line);
      text += load;
    }
  }
  return text;
}

std::string text_walk(int lines, int walks) {
  std::string text;
  for (int i = 0; i < lines * walks; ++i) text += std::to_string(64 * (i % lines)) + "\n";
  return text;
}

}  // namespace

TEST_CASE("a walk that needs three ways misses in two and hits in three") {
  const Folder folder;
  write_file(folder / "walk", lackey_walk());
  // 32 sets.
  const Ended e = dcat_run("curve --size 8KiB --ways 4 --format json " + folder / "walk");
  REQUIRE(e.code == 0);
  const auto j = nlohmann::json::parse(e.out);
  const auto& trace = j["traces"][0];
  CHECK(j["llc"]["sets"] == 32);
  CHECK(trace["name"] == "walk");
  CHECK(trace["format"] == "lackey");
  CHECK(trace["accesses"] == 9600);
  CHECK(trace["instructions"] == 38400);
  std::vector<int> misses;
  for (const auto& row : trace["curve"]) misses.push_back(row["misses"]);
  CHECK(misses == std::vector<int>{9600, 9600, 96, 96});
  CHECK(trace["curve"][2]["miss_ratio"].get<double>() == Approx(0.01));
  CHECK(trace["curve"][2]["mpki"].get<double>() == Approx(2.5));
  // 0.7 + 0.25 x 50 / 1.5 + 0.0025 x 150 / 1.5 cycles.
  CHECK(trace["curve"][2]["ipc"].get<double>() == Approx(1 / (0.7 + 12.5 / 1.5 + 0.375 / 1.5)));
}

TEST_CASE("a curve as CSV is what the simulator reads") {
  const Folder folder;
  write_file(folder / "a.walk", lackey_walk());
  write_file(folder / "b.txt", text_walk(32, 50));
  const Ended e =
      dcat_run("curve --size 8KiB --ways 4 --format csv --base-cpi 1 --parallel 2 --ghz 2 --instructions 38400" +
               std::string(" --instructions 16000 ") + folder / "a.walk" + " " + folder / "b.txt");
  INFO(e.err);
  REQUIRE(e.code == 0);
  const auto table = dcat::sim::parse_curves(e.out, "x.csv");
  INFO((table ? "" : table.error().to_string()));
  REQUIRE(table.ok());
  REQUIRE(table->size() == 2);
  const auto& a = table->at("a").points;
  REQUIRE(a.size() == 4);
  CHECK(a[0].references_per_ki == Approx(250));
  CHECK(a[0].misses_per_ki == Approx(250));
  // core 1 + 0.25 x 25, stall 0.25 x 75.
  CHECK(a[0].ipc == Approx(1 / (7.25 + 18.75)));
  CHECK(a[0].stall_ratio == Approx(18.75 / 26));
  CHECK(*a[0].bandwidth_mb_per_sec == Approx(0.25 * 64 / 26 * 2000));
  CHECK(a[2].misses_per_ki == Approx(2.5));
  CHECK(table->at("b").points[0].misses_per_ki == Approx(2));
  CHECK(table->at("b").points[0].references_per_ki == Approx(100));
}

TEST_CASE("private levels leave to the LLC what they miss") {
  const Folder folder;
  write_file(folder / "walk", lackey_walk());
  // 96 lines in 64: an LRU level of 64 lines passes everything; one of 96 the first walk.
  const Ended some = dcat_run("curve --format json --size 8KiB --ways 4 --filter 4KiB:8 " + folder / "walk");
  CHECK(nlohmann::json::parse(some.out)["traces"][0]["references"] == 9600);
  const Ended all = dcat_run("curve --format json --size 8KiB --ways 4 --filter 1KiB:1,6KiB:3 " + folder / "walk");
  CHECK(nlohmann::json::parse(all.out)["traces"][0]["references"] == 96);
}

TEST_CASE("an access that spans two lines asks for both") {
  const Folder folder;
  write_file(folder / "t", " L 3c,8\n L 40,4\n L 0,64\n L ffffffffffffffff,8\n");
  const Ended e = dcat_run("curve --format json --size 1KiB --ways 4 " + folder / "t");
  CHECK(nlohmann::json::parse(e.out)["traces"][0]["references"] == 5);
}

TEST_CASE("every trace format gives the same curve") {
  const Folder folder;
  write_file(folder / "t.lackey", lackey_walk());
  const std::string want = dcat_run("curve --size 8KiB --ways 4 --format csv " + folder / "t.lackey").out;
  for (const std::string name : {"t.pack", "t.pack.gz", "t.pack.zst"}) {
    REQUIRE(dcat_run("curve --pack " + folder / name + " " + folder / "t.lackey").code == 0);
    CHECK(dcat_run("curve --size 8KiB --ways 4 --format csv " + folder / name).out == want);
  }
  const std::string pipe = "cat " + folder / "t.lackey" + " | '" + DCAT_BINARY +
                           "' curve --size 8KiB --ways 4 --format csv --name t - >" + folder / "out";
  REQUIRE(std::system(pipe.c_str()) == 0);
  CHECK(read_file(folder / "out") == want);
}

TEST_CASE("simulating each number of ways counts what one pass does") {
  const Folder folder;
  write_file(folder / "t", lackey_walk());
  const std::string options = "curve --size 9KiB --ways 6 --hashed --format json " + folder / "t";
  CHECK(dcat_run(options).out == dcat_run(options + " --cache").out);
}

TEST_CASE("tree-PLRU and SRRIP have curves, too") {
  const Folder folder;
  write_file(folder / "t", lackey_walk());
  for (const std::string name : {"plru", "srrip"}) {
    const Ended e = dcat_run("curve --size 8KiB --ways 4 --format json --replacement " + name + " " + folder / "t");
    REQUIRE(e.code == 0);
    const auto j = nlohmann::json::parse(e.out);
    CHECK(j["llc"]["replacement"] == name);
    CHECK(j["traces"][0]["curve"][3]["misses"] == 96);
  }
}

TEST_CASE("exact and sampled curves stand beside it, with the error") {
  const Folder folder;
  write_file(folder / "t", text_walk(3000, 20));
  const Ended e = dcat_run("curve --size 256KiB --ways 4 --exact --shards 0.5 --format json " + folder / "t");
  REQUIRE(e.code == 0);
  const auto trace = nlohmann::json::parse(e.out)["traces"][0];
  CHECK(trace["lines"] == 3000);
  CHECK(trace["curve"][1]["fully_associative"].get<double>() == 1);
  CHECK(trace["curve"][2]["fully_associative"].get<double>() == Approx(0.05));
  CHECK(trace["curve"][2]["sampled"].get<double>() == Approx(0.05).margin(0.02));
  CHECK(trace["sampling_error"].get<double>() < 0.05);
  const Ended table = dcat_run("curve --size 256KiB --ways 4 --exact --shards 0.5 " + folder / "t");
  CHECK(contains(table.out, "sampled and fully associative differ by"));
}

TEST_CASE("traces with masks share one cache, each address in its own program") {
  const Folder folder;
  write_file(folder / "a", text_walk(64, 100));
  write_file(folder / "b", text_walk(96, 100));
  // 32 sets; 2 ways are 64 lines, which a fits in and b does not.
  const Ended e =
      dcat_run("curve --size 8KiB --ways 4 --mask 3 --mask 0xc --format json " + folder / "a" + " " + folder / "b");
  INFO(e.err);
  REQUIRE(e.code == 0);
  const auto j = nlohmann::json::parse(e.out);
  CHECK(j["ended"] == "a");
  CHECK(j["tenants"][0]["references"] == 6400);
  CHECK(j["tenants"][0]["misses"] == 64);
  CHECK(j["tenants"][0]["lines_held"] == 64);
  CHECK(j["tenants"][0]["evicted_by_others"] == 0);
  CHECK(j["tenants"][1]["misses"] == j["tenants"][1]["references"]);
  CHECK(j["tenants"][1]["lines_held"] == 64);
  const Ended both =
      dcat_run("curve --size 8KiB --ways 4 --mask f --mask f --format csv " + folder / "a" + " " + folder / "b");
  CHECK(both.out.find("trace,mask,references,hits,misses") == 0);
  // Between two uses of a line of a, its set sees three others; between two of b, four.
  CHECK(contains(both.out, "\na,f,6400,6336,64,"));
  CHECK(contains(both.out, "\nb,f,6400,0,6400,"));
}

TEST_CASE("a mistake in the options is told, with exit code 2") {
  const Folder folder;
  write_file(folder / "t", "1\n");
  struct Case {
    std::string options, error;
  };
  const std::vector<Case> cases{
      {"--size 32XB", "dcat: --size: the size '32XB': it is no number of bytes; want one as 32MiB, 1024KiB or 65536"},
      {"--size 32MiB --ways 20", "it is no whole number of sets of 20 ways of 64 bytes; want a multiple of 1280 bytes"},
      {"--ways 65", "got 65 ways; want 1 to 64"},
      {"--line 100", "got lines of 100 bytes; want a power of two"},
      {"--replacement mru", "--replacement"},
      {"--filter 32KiB", "dcat: --filter 32KiB: got '32KiB'; want SIZE:WAYS, as 32KiB:8,1MiB:16"},
      {"--filter 32KiB:7", "dcat: --filter 32KiB:7: a cache of 32768 bytes: it is no whole number of sets"},
      {"--shards 0", "dcat: --shards: got 0; want a rate above 0 and up to 1"},
      {"--shards 1.5", "--shards: got 1.5"},
      {"--shards nan", "--shards: got nan"},
      {"--mask 10000", "dcat: --mask 10000: it is no mask of some of 16 ways"},
      {"--mask 0", "--mask 0: it is no mask"},
      {"--mask f --mask f", "dcat: --mask: got 2 masks for 1 traces"},
      {"--mask f --exact", "leave out --exact"},
      {"--mask f --base-cpi 1", "leave out --base-cpi"},
      {"--mask f --instructions 5", "--instructions"},
      {"--pack " + folder / "p" + " --output " + folder / "o", "has no use for --output; leave it out"},
      {"--pack " + folder / "p" + " --format csv", "has no use for --format"},
      {"--pack " + folder / "p" + " --ways 8", "has no use for --ways"},
      {"--pack " + folder / "p" + " --name x", "has no use for --name"},
      {"--pack " + folder / "p" + " --exact", "has no use for --exact"},
      {"--pack " + folder / "p" + " --instructions 1 --instructions 2", "got 2 numbers for one trace"},
      {"--pack " + folder / "p" + " " + folder / "t", "got 2 traces"},
      {"--name a --name b", "dcat: --name: got 2 names for 1 traces"},
      {"--name a,b", "it cannot stand in a CSV file"},
      {"--parallel 0", "the cost model: got 0, want numbers above 0"},
      {"--ghz inf", "the cost model: got inf"},
      {"--output " + folder / "t", "--output " + folder / "t" + ": is read by this run and would be replaced"},
      {"--pack " + folder / "t", "--pack " + folder / "t" + ": is read by this run and would be replaced"},
      {"--fetches", "a trace in this format (plain text) has none; leave out --fetches"},
      {"--format csv", "the trace does not tell how many instructions were executed; give them with --instructions"},
      {"--format csv --instructions 0", "--instructions"},
      {"--output /nowhere/x", "dcat: write /nowhere/x: No such file or directory"},
      {folder / "t", "two of them are called t; give each a --name"},
      {folder / "none", "dcat: open " + folder / "none" + ": No such file or directory"},
  };
  for (const Case& c : cases) {
    const Ended e = dcat_run("curve " + folder / "t" + " " + c.options);
    INFO(c.options << "\n" << e.err);
    CHECK(e.code == 2);
    CHECK(contains(e.err, c.error));
    CHECK(e.out.empty());
  }
  CHECK(read_file(folder / "t") == "1\n");
}

TEST_CASE("a trace that is wrong leaves no output, and tells where") {
  const Folder folder;
  write_file(folder / "bad", "1\n2\nx\n");
  write_file(folder / "out", "as it was");
  const Ended e = dcat_run("curve --output " + folder / "out" + " " + folder / "bad");
  CHECK(e.code == 2);
  CHECK(contains(e.err, "dcat: " + folder / "bad" + ":3: got 'x'; want an address"));
  CHECK(read_file(folder / "out") == "as it was");
  const Ended packed = dcat_run("curve --pack " + folder / "packed" + " " + folder / "bad");
  CHECK(packed.code == 2);
  CHECK(!std::filesystem::exists(folder / "packed"));
  write_file(folder / "comments", "# nothing\n");
  CHECK(contains(dcat_run("curve " + folder / "comments").err, "there is no access in it"));
  CHECK(dcat_run("curve --pack " + folder / "packed" + " " + folder / "comments").code == 2);
  CHECK(!std::filesystem::exists(folder / "packed"));
}

TEST_CASE("more references than programs have are refused as CSV, with the way out") {
  const Folder folder;
  write_file(folder / "t", "I  400,3\n L 0,8\n L 40,8\n");
  const Ended e = dcat_run("curve --format csv " + folder / "t");
  CHECK(e.code == 2);
  CHECK(
      contains(e.err, "2000 LLC references in 1,000 instructions are more than programs have; put the private caches"));
  CHECK(dcat_run("curve " + folder / "t").code == 0);
}

TEST_CASE("only so many accesses are read as asked for") {
  const Folder folder;
  write_file(folder / "t", lackey_walk());
  const auto trace =
      nlohmann::json::parse(dcat_run("curve --format json --limit 100 " + folder / "t").out)["traces"][0];
  CHECK(trace["accesses"] == 100);
  CHECK(trace["instructions"] == 400);
}

TEST_CASE("output goes to a file that is there when it is whole") {
  const Folder folder;
  write_file(folder / "t", lackey_walk());
  const Ended e = dcat_run("curve --output " + folder / "out" + " " + folder / "t");
  CHECK(e.code == 0);
  CHECK(e.out.empty());
  CHECK(read_file(folder / "out") == dcat_run("curve " + folder / "t").out);
  std::filesystem::create_symlink(folder / "out", folder / "link");
  CHECK(dcat_run("curve --ways 8 --output " + folder / "link" + " " + folder / "t").code == 0);
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(read_file(folder / "out") == dcat_run("curve --ways 8 " + folder / "t").out);
  // What is no file is written to, not replaced.
  CHECK(std::system(("mkfifo " + folder / "pipe").c_str()) == 0);
  CHECK(dcat_run("curve --output " + folder / "pipe" + " " + folder / "t", "cat " + folder / "pipe" + " >/dev/null & ")
            .code == 0);
  CHECK(std::filesystem::is_fifo(folder / "pipe"));
}

TEST_CASE("packing that is stopped leaves nothing behind, whether it reads or waits") {
  for (const char* signal : {"INT", "TERM", "HUP"}) {
    const Folder folder;
    std::filesystem::create_directory(folder / "out");
    // 400,000 addresses come, then nothing: dcat waits for more when the signal does.
    const std::string words = std::string("'") + DCAT_BINARY + "' curve --pack " + folder / "out/packed.zst" + " - <" +
                              folder / "pipe" + " 2>" + folder / "err";
    REQUIRE(std::system(("mkfifo " + folder / "pipe").c_str()) == 0);
    const std::string script = "(seq 1 400000; sleep 20) >" + folder / "pipe" + " & feeder=$!; " + words +
                               " & packer=$!; while ! ls " + folder / "out" +
                               " | grep -q packed; do sleep 0.05; done; sleep 0.2; kill -" + signal +
                               " $packer; wait $packer; code=$?; kill $feeder; exit $code";
    const int status = std::system(("bash -c '" +
                                    [&] {
                                      std::string quoted;
                                      for (const char c : script) quoted += c == '\'' ? "'\\''" : std::string(1, c);
                                      return quoted;
                                    }() +
                                    "'")
                                       .c_str());
    INFO(signal << " " << read_file(folder / "err"));
    CHECK(WEXITSTATUS(status) == 1);
    CHECK(contains(read_file(folder / "err"), "interrupted; nothing was written"));
    CHECK(std::filesystem::is_empty(folder / "out"));
  }
}
