// docs/api.md and what is answered agree, key by key, both ways.
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "cli/decision_history.h"
#include "cli/event_log.h"
#include "cli/status_board.h"
#include "tests/cli/program.h"
#include "tests/cli/see_values.h"
#include "tests/support/catch.h"

namespace dcat::cli {
namespace {

using namespace dcat::test;
using Json = nlohmann::json;

// Tables of a chapter: the first column's head is the object's path, `containers[].domains[]`; `ok` is the answer
// itself.
std::set<std::string> documented(const std::string& chapter) {
  std::set<std::string> keys;
  std::istringstream text(read_file(std::string(DCAT_SOURCE_DIR) + "/docs/api.md"));
  std::string line, object;
  bool inside = false;
  const auto quoted = [](const std::string& cell) {
    std::vector<std::string> words;
    for (std::size_t at = cell.find('`'); at != std::string::npos;) {
      const std::size_t end = cell.find('`', at + 1);
      words.push_back(cell.substr(at + 1, end - at - 1));
      at = cell.find('`', end + 1);
    }
    return words;
  };
  bool head = true, is_answer = false;
  while (std::getline(text, line)) {
    if (line.starts_with("## ")) inside = line == "## " + chapter;
    if (!line.starts_with("|")) head = true;
    if (!inside || !line.starts_with("|") || line.starts_with("|---")) continue;
    const std::vector<std::string> words = quoted(line.substr(0, line.find('|', 1)));
    if (head) {
      is_answer = words.size() == 1;  // what is asked has no path
      if (is_answer) object = words[0] == "ok" ? "" : words[0] + ".";
    } else if (is_answer) {
      for (const std::string& word : words) keys.insert(object + word);
    }
    head = false;
  }
  return keys;
}

// `a`, `b[]`, `b[].c`; of what is in the documentation of another ask (`elsewhere`) only the key itself.
void gather(const Json& value, const std::string& path, const std::string& elsewhere, std::set<std::string>& keys) {
  for (const auto& [key, child] : value.items()) {
    const std::string name = path + key;
    if (child.is_array()) {
      keys.insert(name + "[]");
      for (const Json& each : child)
        if (each.is_object()) gather(each, name + "[].", elsewhere, keys);
    } else {
      keys.insert(name);
      if (child.is_object() && name != elsewhere) gather(child, name + ".", elsewhere, keys);
    }
  }
}

std::set<std::string> keys_of(const std::string& json, const std::string& elsewhere = "") {
  std::set<std::string> keys;
  gather(Json::parse(json), "", elsewhere, keys);
  return keys;
}

void check_equal(const std::set<std::string>& produced, const std::set<std::string>& written) {
  for (const std::string& key : produced) {
    INFO("answered, not documented: " << key);
    CHECK(written.contains(key));
  }
  for (const std::string& key : written) {
    INFO("documented, not answered: " << key);
    CHECK(produced.contains(key));
  }
}

class KeptDoor : public Door {
 public:
  void publish(std::function<std::string()> status) override { said = status(); }
  std::vector<Announcement> take() override { return {}; }
  void settled() override {}
  std::uint64_t refused() const override { return 0; }
  int news_fd() const override { return -1; }
  const std::vector<std::string>& notices() const override { return notices_; }
  std::string said;

 private:
  std::vector<std::string> notices_;
};

// Everything that can be known is known.
Period everything() {
  const ContainerId pod{"kubepods/pod1/" + std::string(64, 'a')};
  ContainerDecision row = a_row(1, State::keeper, State::receiver, 3, 4, ReasonCode::gained);
  row.reason.normalised_ipc = 1.25;
  row.metrics.mpki = 1;
  row.metrics.miss_ratio = 0.1;
  row.metrics.llc_refs_per_sec = 1e6;
  row.metrics.llc_occupancy_bytes = 1 << 20;
  row.metrics.memory_bytes_per_sec = 1e7;
  Period p = a_period(1, {ContainerId{"cpus"}, pod}, {row});
  p.o.containers[0].contract_kind = ContainerInfo::ContractKind::cpu_share;
  p.o.containers[0].cpu_share = 0.5;
  p.o.geometry.domains[0].way_bytes = 1 << 20;
  p.d.masks.members = {{pod, GroupId{"g"}}};
  p.d.masks.domains = {{DomainId{0}, Cbm(0xffff0), {{GroupId{"g"}, Cbm(0xf)}}}};
  return p;
}

struct Node {
  FakeWall wall;
  const NamedCurve curve{"mcf", IpcCurve({{1, 0.5}, {3, 1.0}, {8, 2.0}})};
  AdviceBoard advice{Mode::advise, {}, [this](const ContainerInfo&, Ways) { return &curve; }, false, ""};
  KeptDoor door;
  Announcements announcements;
  StatusBoard board;
  DecisionHistory history{board, wall.clock()};

  static NodeStatus general() {
    NodeStatus status;
    status.mode = Mode::enforce;
    status.simulated = true;
    status.interval = std::chrono::seconds(1);
    return status;
  }
  Node()
      : board(
            door, announcements, general(), [](const ContainerId&) { return std::vector<int>{1}; }, wall.clock()) {
    Announcement announced;
    announced.id = std::string(64, 'a');
    announced.pod = "p";
    announced.name_space = "n";
    announced.pod_uid = "u";
    announced.runtime = Runtime::containerd;
    announced.qos = QosClass::burstable;
    announced.wishes.foreign = "libvirt";
    announcements.take(announced, TimePoint{});
    board.on_mode(Mode::enforce, "ordered");
    const Period p = everything();
    REQUIRE(advice.on_decision(p.o, p.d));
    advice.on_state({});
    board.show(advice);
    REQUIRE(history.on_decision(p.o, p.d));
    REQUIRE(board.on_decision(p.o, p.d));
    REQUIRE(board.on_decision(p.o, p.d));  // what is advised is of the decision before
  }
};

TEST_CASE("the keys of the status are those that are documented") {
  const Node node;
  check_equal(keys_of(node.door.said), documented("status"));
}

TEST_CASE("the keys of an explanation are those that are documented") {
  Node node;
  ControllerState state;
  const Period p = everything();
  state.containers = {p.o.containers[0].id, p.o.containers[1].id};
  DomainState domain;
  domain.tenants.resize(2);
  Phase phase;
  phase.id = 1;
  phase.reference = 0.1;
  phase.baseline_ipc = 0.5;
  phase.preferred = Ways(4);
  phase.table.record(Ways(3), 1, std::nullopt);
  domain.tenants[1].profile.phases.phases = {phase};
  state.domains = {domain};
  node.history.on_state(state);
  std::set<std::string> produced = keys_of(*node.history.answer({"aaaaaaaa"}), "status");
  const Period empty = a_period(2, {}, {});
  REQUIRE(node.history.on_decision(empty.o, empty.d));
  REQUIRE(node.board.on_decision(empty.o, empty.d));
  produced.merge(keys_of(*node.history.answer({"aaaaaaaa"}), "status"));
  check_equal(produced, documented("explain"));
}

TEST_CASE("the keys of events, and their kinds, are those that are documented") {
  FakeWall wall;
  EventLog log(Mode::enforce, true, wall.clock());
  const Period before = a_period(1, {}, {});
  const Period p = everything();
  REQUIRE(log.on_decision(before.o, before.d));
  REQUIRE(log.on_decision(p.o, p.d));
  std::set<std::string> produced = keys_of(log.answer(0));
  const std::string text = read_file(std::string(DCAT_SOURCE_DIR) + "/docs/api.md");
  for (int kind = 0; kind <= static_cast<int>(EventKind::hook); ++kind) {
    const std::string name(name_of(static_cast<EventKind>(kind)));
    INFO(name);
    CHECK(text.find("| `" + name + "` |") != std::string::npos);
    produced.insert("kind." + name);
  }
  check_equal(produced, documented("events"));
}

// What stood in the first version stays what it was.
TEST_CASE("no key of the status that was ever documented is gone") {
  const std::set<std::string> now = documented("status");
  for (const char* const key : {"mode",
                                "simulated",
                                "node",
                                "policy",
                                "period",
                                "domains[]",
                                "domains[].id",
                                "domains[].ways",
                                "domains[].shared",
                                "domains[].free",
                                "containers[]",
                                "containers[].id",
                                "containers[].name",
                                "containers[].runtime",
                                "containers[].kind",
                                "containers[].container_id",
                                "containers[].pod",
                                "containers[].namespace",
                                "containers[].pod_uid",
                                "containers[].qos",
                                "containers[].contract",
                                "containers[].priority",
                                "containers[].mode",
                                "containers[].isolation",
                                "containers[].foreign",
                                "containers[].state",
                                "containers[].group",
                                "containers[].domains[]",
                                "containers[].domains[].id",
                                "containers[].domains[].state",
                                "containers[].domains[].contract",
                                "containers[].domains[].ways",
                                "containers[].domains[].dedicated",
                                "containers[].domains[].reason",
                                "containers[].threads[]"}) {
    INFO(key);
    CHECK(now.contains(key));
  }
}

}  // namespace
}  // namespace dcat::cli
