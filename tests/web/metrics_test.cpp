// What /metrics says, and that documents, rules and dashboard speak of nothing else.
#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "tests/support/catch.h"
#include "tests/web/scene.h"
#include "web/metric_table.h"

namespace dcat::web {
namespace {

using test::lines_of;
using Lines = std::vector<std::string>;

std::string read(const std::string& name) {
  std::ifstream file(std::string(DCAT_SOURCE_DIR) + "/" + name);
  REQUIRE(file.good());
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

const std::string kA = R"(workload="a",kind="container",namespace="",pod="",container="a",cache_id="0")";

TEST_CASE("before the first decision there are the counts of the run and no node") {
  test::Scene scene;
  const std::string text = scene.metrics();
  CHECK(lines_of(text, "dcat_troubles_total").size() == 3);
  CHECK(lines_of(text, "dcat_decisions_total").empty());
  CHECK(lines_of(text, "dcat_workload").empty());
}

TEST_CASE("a container has its ways, its contract, one state of six and what it counted") {
  test::Scene scene;
  scene.node.add("a", 4).does.miss_ratio = 0.2;
  scene.ticks(4);
  const std::string text = scene.metrics();
  CHECK(lines_of(text, "dcat_workload_contract_ways") == Lines{"dcat_workload_contract_ways{" + kA + "} 4"});
  CHECK(lines_of(text, "dcat_workload_baseline_ipc_ratio") == Lines{"dcat_workload_baseline_ipc_ratio{" + kA + "} 1"});
  const Lines states = lines_of(text, "dcat_workload_state{");
  CHECK(states.size() == 6);
  CHECK(std::ranges::count_if(states, [](const std::string& l) { return l.ends_with(" 1"); }) == 1);
  // The first sample starts the counting: three seconds of 1e9 instructions, 50e6 references and 10e6 misses.
  CHECK(lines_of(text, "dcat_workload_instructions_total") ==
        Lines{"dcat_workload_instructions_total{" + kA + "} 3000000000"});
  CHECK(lines_of(text, "dcat_workload_llc_misses_total") ==
        Lines{"dcat_workload_llc_misses_total{" + kA + "} 30000000"});
  CHECK(lines_of(text, "dcat_workload_mask_info{" + kA + R"(,class="dcat.a",mask=)").size() == 1);
  CHECK(lines_of(text, "dcat_workload_llc_occupancy_bytes").empty());  // not measured is not there
}

TEST_CASE("the node says its mode, its domains, its CLOSIDs and that it is simulated") {
  test::Scene scene;
  scene.node.add("a", 4);
  scene.tick();
  const std::string text = scene.metrics();
  CHECK(lines_of(text, "dcat_mode{") ==
        Lines{R"(dcat_mode{mode="observe"} 0)", R"(dcat_mode{mode="advise"} 0)", R"(dcat_mode{mode="enforce"} 1)"});
  CHECK(lines_of(text, "dcat_domain_ways") == Lines{R"(dcat_domain_ways{cache_id="0"} 12)"});
  CHECK(lines_of(text, "dcat_closids") == Lines{R"(dcat_closids{state="used"} 2)", R"(dcat_closids{state="free"} 14)"});
  CHECK(lines_of(text, "dcat_foreign_groups").empty());
  CHECK(lines_of(text, "dcat_build_info") ==
        Lines{R"(dcat_build_info{version="9.9",backend="sim",counters="sim",simulated="true"} 1)"});
  CHECK(lines_of(text, "dcat_last_decision_timestamp_seconds") ==
        Lines{"dcat_last_decision_timestamp_seconds 1800000001"});
  scene.neighbours = {16, 3};
  scene.tick();
  CHECK(lines_of(scene.metrics(), "dcat_closids").back() == R"(dcat_closids{state="foreign"} 3)");
  CHECK(lines_of(scene.metrics(), "dcat_foreign_groups") == Lines{"dcat_foreign_groups 3"});
}

TEST_CASE("series of a container that is gone are gone, and come back from zero") {
  test::Scene scene;
  scene.node.add("a", 4);
  scene.node.add("b", 4);
  scene.ticks(3);
  CHECK(lines_of(scene.metrics(), "dcat_workload_instructions_total").size() == 2);
  scene.node.remove("a");
  scene.tick();
  CHECK(scene.metrics().find("\"a\"") == std::string::npos);
  scene.node.add("a", 4);
  scene.tick();
  CHECK(lines_of(scene.metrics(), "dcat_workload_instructions_total{" + kA) ==
        Lines{"dcat_workload_instructions_total{" + kA + "} 0"});
}

TEST_CASE("of more containers than there may be the rest is counted only") {
  test::Scene scene(Mode::observe);
  Observation o;
  o.geometry = scene.node.geometry;
  DomainDecision domain{DomainId{0}, {}, Ways(12), Ways(0)};
  for (std::size_t i = 0; i < kMostWorkloads + 5; ++i) {
    std::string name = std::to_string(i);
    name.insert(0, 6 - name.size(), '0');
    o.containers.emplace_back().id = ContainerId{name};
    ContainerDecision row;
    row.container = static_cast<std::uint32_t>(i);
    row.reason.code = ReasonCode::guarantee;
    domain.containers.push_back(row);
  }
  Decision d;
  d.domains = {domain};
  REQUIRE(scene.publisher.on_decision(o, d).ok());
  const std::string text = scene.metrics();
  CHECK(lines_of(text, "dcat_workloads ") == Lines{"dcat_workloads 4101"});
  CHECK(lines_of(text, "dcat_workloads_left_out ") == Lines{"dcat_workloads_left_out 5"});
  CHECK(lines_of(text, "dcat_workload_dedicated{").size() == kMostWorkloads);
  CHECK(lines_of(text, "dcat_guarantee_violations_total ") == Lines{"dcat_guarantee_violations_total 4101"});
}

TEST_CASE("names are escaped: no name of a container can write a line of its own") {
  test::Scene scene;
  scene.node.add("x\"} 1\ndcat_mode{mode=\"enforce\"} 0\n\\ 50% \xff", 4);
  scene.tick();
  const std::string text = scene.metrics();
  CHECK(lines_of(text, "dcat_mode{").size() == 3);
  CHECK(lines_of(text, R"(dcat_workload_contract_ways{workload="x\"} 1\ndcat_mode{mode=\"enforce\"} 0\n\\ 50%25 %FF",)")
            .size() == 1);
}

TEST_CASE("what was done, what failed and what was not believed is counted") {
  test::Scene scene;
  scene.faults[CountingFault::jumped] = 7;
  scene.publisher.on_applied(CreateGroup{}, Error{ErrorCode::failed, "mkdir", "no", "", ENOSPC});
  scene.publisher.on_trouble({ErrorCode::failed, "mkdir", "no", "", ENOSPC});
  scene.publisher.on_mode(Mode::advise, "because");
  scene.node.add("a", 4);
  scene.tick();
  const std::string text = scene.metrics();
  CHECK(lines_of(text, "dcat_resctrl_errors_total") ==
        Lines{R"(dcat_resctrl_errors_total{errno="ENOSPC",op="create_group"} 1)"});
  CHECK(lines_of(text, R"(dcat_troubles_total{code="failed"})") == Lines{R"(dcat_troubles_total{code="failed"} 1)"});
  CHECK(lines_of(text, R"(dcat_counting_faults_total{fault="jumped"})") ==
        Lines{R"(dcat_counting_faults_total{fault="jumped"} 7)"});
  CHECK(lines_of(text, R"(dcat_mode_changes_total{to="advise"})") ==
        Lines{R"(dcat_mode_changes_total{to="advise"} 1)"});
  CHECK(lines_of(text, "dcat_tick_duration_seconds_count") == Lines{"dcat_tick_duration_seconds_count 1"});
}

TEST_CASE("reallocations are counted by reason, and only where they happen") {
  for (const Mode mode : {Mode::enforce, Mode::advise}) {
    test::Scene scene(mode);
    scene.node.add("a", 4).does.refs_per_sec = 0;
    scene.ticks(6);
    CHECK(lines_of(scene.metrics(), "dcat_reallocations_total{").empty() == (mode == Mode::advise));
  }
}

TEST_CASE("somebody else's write is seen once, our own never") {
  test::Scene scene;
  scene.node.add("a", 4);
  scene.ticks(5);
  CHECK(lines_of(scene.metrics(), "dcat_foreign_writes_total ") == Lines{"dcat_foreign_writes_total 0"});
  Observation o = scene.node.last();
  o.masks = scene.node.masks();
  o.masks.domains[0].groups[0].mask = Cbm(1);
  REQUIRE(scene.publisher.on_decision(o, scene.node.decision()).ok());
  CHECK(lines_of(scene.metrics(), "dcat_foreign_writes_total ") == Lines{"dcat_foreign_writes_total 1"});
}

TEST_CASE("hooks and NRI are there where they are on") {
  test::Scene scene;
  CHECK(lines_of(scene.metrics(), "dcat_hook_events_total{").empty());
  CHECK(lines_of(scene.metrics(), "dcat_nri_connected").empty());
  scene.live.socket = {5, 1};
  scene.live.nri = {7, 0};
  scene.live.nri_connected = true;
  CHECK(lines_of(scene.metrics(), "dcat_hook_events_total{") ==
        Lines{R"(dcat_hook_events_total{source="socket",result="taken"} 5)",
              R"(dcat_hook_events_total{source="socket",result="refused"} 1)",
              R"(dcat_hook_events_total{source="nri",result="taken"} 7)",
              R"(dcat_hook_events_total{source="nri",result="refused"} 0)"});
  CHECK(lines_of(scene.metrics(), "dcat_nri_connected") == Lines{"dcat_nri_connected 1"});
}

// ---- The table, and who speaks of it

TEST_CASE("every metric that is exported is in the table, with its type and its labels") {
  test::Scene scene;
  scene.neighbours = {16, 0};
  scene.live.socket = Live::Events{};
  scene.live.nri = Live::Events{};
  scene.publisher.on_applied(CreateGroup{}, Error{ErrorCode::failed, "mkdir", "no", "", ENOSPC});
  scene.node.add("a", 4).does.refs_per_sec = 0;
  scene.ticks(6);
  const std::string text = scene.metrics();
  std::set<std::string> exported;
  for (const std::string& line : lines_of(text, "# TYPE ")) {
    std::istringstream words(line.substr(7));
    std::string name, type;
    words >> name >> type;
    CAPTURE(name);
    CHECK(name_of(metric(name).type) == type);
    exported.insert(name);
    // Labels in the order of the table but for those that the registry sorts.
    for (const std::string& series : lines_of(text, name + "{")) {
      std::set<std::string> labels, wanted;
      const std::regex label(R"(([a-z_]+)=")");
      for (std::sregex_iterator i(series.begin(), series.end(), label), end; i != end; ++i) labels.insert((*i)[1]);
      std::istringstream list(
          std::regex_replace(std::string(metric(name).labels), std::regex("W"), std::string(kWorkloadLabels)));
      for (std::string each; std::getline(list, each, ',');) wanted.insert(each);
      CHECK(labels == wanted);
    }
  }
  // What this small node does not measure.
  exported.insert({"dcat_workload_llc_occupancy_bytes", "dcat_workload_memory_bandwidth_bytes_total"});
  CHECK(exported.size() == metric_table().size());
}

TEST_CASE("docs/metrics.md describes every metric as the table does, and no other") {
  const std::string text = read("docs/metrics.md");
  std::string wanted;
  for (const MetricText& m : metric_table())
    wanted += "| `" + std::string(m.name) + "` | " + std::string(name_of(m.type)) + " | " +
              (m.labels.empty() ? "" : "`" + std::string(m.labels) + "`") + " | " + std::string(m.help) + " |\n";
  std::string found;
  for (const std::string& line : lines_of(text, "| `dcat_")) found += line + "\n";
  CHECK(found == wanted);
}

// The names in a text that look like metrics of ours; of a histogram its own name.
std::set<std::string> names_in(const std::string& text) {
  std::set<std::string> names;
  const std::regex pattern(R"(\bdcat_[a-z0-9_]+\b)");
  for (std::sregex_iterator i(text.begin(), text.end(), pattern), end; i != end; ++i)
    names.insert(std::regex_replace(i->str(), std::regex("_(bucket|count|sum)$"), ""));
  return names;
}

TEST_CASE("rules, their tests and the dashboard ask for metrics that exist") {
  std::set<std::string> known;
  for (const MetricText& m : metric_table()) known.emplace(m.name);
  for (const char* file : {"configs/prometheus/dcat.rules.yml", "configs/prometheus/tests/dcat.rules.test.yml",
                           "configs/grafana/dcat.json"}) {
    const std::set<std::string> names = names_in(read(file));
    CHECK(names.size() >= 5);
    for (const std::string& name : names) {
      CAPTURE(file, name);
      CHECK(known.contains(name));
    }
  }
}

TEST_CASE("the dashboard is one that Grafana takes: panels with ids of their own, places that do not overlap") {
  const auto board = nlohmann::json::parse(read("configs/grafana/dcat.json"));
  CHECK(board["uid"] == "dcat");
  std::set<int> ids;
  std::set<std::pair<int, int>> taken;
  for (const auto& panel : board["panels"]) {
    CAPTURE(panel["title"].get<std::string>());
    CHECK(ids.insert(panel["id"].get<int>()).second);
    CHECK_FALSE(panel["targets"].empty());
    const auto& at = panel["gridPos"];
    CHECK(at["x"].get<int>() + at["w"].get<int>() <= 24);
    for (int x = at["x"]; x < at["x"].get<int>() + at["w"].get<int>(); ++x)
      for (int y = at["y"]; y < at["y"].get<int>() + at["h"].get<int>(); ++y) CHECK(taken.insert({x, y}).second);
  }
  CHECK(ids.size() > 10);
}

}  // namespace
}  // namespace dcat::web
