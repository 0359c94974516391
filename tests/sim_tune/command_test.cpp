// `dcat tune` as people call it.
#include <nlohmann/json.hpp>

#include "controller/config/config.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"

using namespace dcat::test;

namespace {

const std::string kTwo = scenario("gain-3pct.yaml") + " " + scenario("phases.yaml") + " --periods 30";

}  // namespace

TEST_CASE("a short search over two scenarios reports both parts and writes a file that dcat run takes") {
  const Folder folder;
  const std::string file = folder / "tuned.yaml";
  const Ended e = dcat_run("tune " + kTwo + " --trials 9 --seed 4 --format json --output " + file);
  INFO(e.out << e.err);
  REQUIRE(e.code == 0);
  const auto json = nlohmann::json::parse(e.out);
  CHECK(json["trials"] == 9);
  CHECK(json["searched"]["inputs"].size() == 1);
  CHECK(json["held_back"]["inputs"].size() == 1);
  CHECK(json["searched"]["inputs"] != json["held_back"]["inputs"]);
  CHECK(json["parameters"].size() == 10);
  // The bound is what the present configuration has.
  CHECK(json["searched"]["tuned"]["violations_per_1000"] <= json["searched"]["present"]["violations_per_1000"]);
  CHECK(json["searched"]["tuned"]["objective"] >= json["searched"]["present"]["objective"]);
  CHECK(contains(e.out, "gain-3pct.yaml says count_cumulative_gain: true itself"));

  const auto config = dcat::parse_config(read_file(file), file);
  REQUIRE(config);
  for (const auto& each : json["parameters"])
    CHECK(contains(format_config(*config),
                   each["key"].get<std::string>() + ": " + each["tuned"].get<std::string>() + "\n"));
  CHECK(dcat_run("check-config " + file).code == 0);
  CHECK(dcat_run("run --ticks 3 --scenario " + scenario("phases.yaml") + " --config " + file).code == 0);
}

TEST_CASE("the number of threads changes nothing but the time") {
  const auto figures = [](const std::string& threads) {
    const Ended e = dcat_run("tune " + kTwo + " --trials 9 --threads " + threads);
    REQUIRE(e.code == 0);
    return e.out;
  };
  const std::string one = figures("1");
  CHECK(contains(one, "Every figure is simulated."));
  CHECK(figures("5") == one);
}

TEST_CASE("one input is held back as other runs of itself, and that is said") {
  const Ended e = dcat_run("tune " + scenario("phases.yaml") + " --periods 20 --trials 2");
  CHECK(e.code == 0);
  CHECK(contains(e.out, "there is one input only"));
  CHECK(contains(e.out, "(seed + 3)"));
}

TEST_CASE("bad arguments of tune get their reason and exit code 2") {
  const std::pair<const char*, const char*> table[] = {
      {"", "neither a scenario nor a curve file is named"},
      {"/nowhere.yaml", "/nowhere.yaml"},
      {"--curves /nowhere.csv", "/nowhere.csv"},
      {"S --policy ucp", "--policy ucp: has no thresholds to search; choose dcat-fair or dcat-max"},
      {"S --parameter nothing=1:2", "there is no key 'nothing'"},
      {"S --parameter miss_ratio=0.2:0.1", "0.2 is above 0.1"},
      {"S --parameter miss_ratio=0.2:7", "got '7'; want numbers of 0..1"},
      {"S --parameter settle=2s:3s --trials 3", "hardly any combination of these values is a valid configuration"},
      {"S --objective speed", "--objective"},
      {"S --trials 0", "--trials"},
      {"S --violations -1", "--violations"},
      {"S --seed -1", "--seed: got '-1', want a whole number from 0 up"},
      {"S --seed 1.5", "--seed: got '1.5'"},
      {"S --seed 99999999999999999999", "--seed"},
      {"S --hold-back 1", "--hold-back"},
      {"S --ways 11", "a scenario says this itself"},
      {"S --output /nowhere/tuned.yaml", "write /nowhere/tuned.yaml"},
      {"S --output /tmp", "Is a directory"},
  };
  for (const auto& [arguments, why] : table) {
    std::string text = arguments;
    if (text.rfind("S", 0) == 0) text = scenario("gain-3pct.yaml") + " --periods 5" + text.substr(1);
    const Ended e = dcat_run("tune " + text);
    INFO(arguments << ": " << e.out << e.err);
    CHECK(e.code == 2);
    CHECK(contains(e.err, "dcat: "));
    CHECK(contains(e.err, why));
    CHECK(e.out.empty());
  }
}

TEST_CASE("a configuration with a policy that has no thresholds is not tuned unless another is named") {
  const Folder folder;
  const std::string file = folder / "ucp.yaml";
  write_file(file, "policy: ucp\n");
  const std::string arguments = "tune " + scenario("gain-3pct.yaml") + " --periods 5 --trials 2 --config " + file;
  const Ended e = dcat_run(arguments);
  CHECK(e.code == 2);
  CHECK(contains(e.err, "policy ucp of the configuration: has no thresholds to search; choose --policy dcat-fair or"));
  CHECK(dcat_run(arguments + " --policy dcat-max").code == 0);
}

TEST_CASE("an interrupted search reports what it found so far, writes nothing and ends with 1") {
  const Folder folder;
  const Ended e = dcat_run("tune " + scenario("phases.yaml") + " --trials 100000 --output " + (folder / "tuned.yaml"),
                           "timeout --preserve-status -s INT 3");
  INFO(e.out << e.err);
  CHECK(e.code == 1);
  CHECK(contains(e.err, "interrupted after "));
  CHECK(contains(e.err, "tuned.yaml was not written"));
  CHECK(contains(e.out, "not checked: the search was interrupted"));
  CHECK(contains(e.out, "miss_ratio"));
  CHECK(std::filesystem::is_empty(std::filesystem::path(folder / "tuned.yaml").parent_path()));
}
