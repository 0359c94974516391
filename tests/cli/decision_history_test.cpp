// What is kept of a container's decisions, and what `dcat explain` makes of it.
#include "cli/decision_history.h"

#include <nlohmann/json.hpp>
#include <thread>

#include "cli/explanation.h"
#include "tests/cli/see_values.h"
#include "tests/support/catch.h"

namespace dcat::cli {
namespace {

using namespace dcat::test;
using Json = nlohmann::json;

class NoDoor : public Door {
 public:
  void publish(std::function<std::string()>) override {}
  std::vector<Announcement> take() override { return {}; }
  void settled() override {}
  std::uint64_t refused() const override { return 0; }
  int news_fd() const override { return -1; }
  const std::vector<std::string>& notices() const override { return notices_; }

 private:
  std::vector<std::string> notices_;
};

struct History {
  FakeWall wall;
  NoDoor door;
  Announcements announcements;
  StatusBoard board{door, announcements, {}, {}, wall.clock()};
  DecisionHistory history{board, wall.clock()};

  void decide(const Period& p) {
    REQUIRE(history.on_decision(p.o, p.d));
    REQUIRE(board.on_decision(p.o, p.d));
    wall.now += std::chrono::seconds(1);
  }
  Json explain(const std::string& container) const {
    const auto answer = history.answer({container});
    INFO((answer ? "" : answer.error().to_string()));
    REQUIRE(answer);
    return Json::parse(*answer);
  }
  Json decisions(const std::string& container) const { return explain(container)["domains"][0]["decisions"]; }
};

Period web(std::uint64_t tick, State before, State after, int ways_before, int ways_after, ReasonCode code) {
  return a_period(tick, {kWeb}, {a_row(0, before, after, ways_before, ways_after, code)});
}

TEST_CASE("equal decisions in a row are one with a count, with the numbers of the last") {
  History h;
  h.decide(web(1, State::keeper, State::unknown, 3, 4, ReasonCode::wants_more));
  for (std::uint64_t tick = 2; tick < 39; ++tick) {
    Period p = web(tick, State::unknown, State::unknown, 4, 4, ReasonCode::waiting_for_way);
    p.d.domains[0].containers[0].reason.value = static_cast<double>(tick);
    h.decide(p);
  }
  const Json all = h.decisions("web");
  REQUIRE(all.size() == 2);
  CHECK((all[0]["before"] == "Keeper" && all[0]["after"] == "Unknown" && all[0]["periods"] == 1));
  CHECK((all[0]["ways_before"] == 3 && all[0]["ways_after"] == 4 && all[0]["code"] == "wants_more"));
  CHECK((all[1]["periods"] == 37 && all[1]["reason"] == "wants a way"));
  CHECK((all[1]["since"] == "2027-01-15T08:00:01.000Z" && all[1]["until"] == "2027-01-15T08:00:37.000Z"));
}

TEST_CASE("a full ring lets go of what changed nothing first, and never of the last") {
  History h;
  int ways = 3;
  for (std::uint64_t tick = 1; tick < 200; ++tick) {
    const bool moves = tick % 3 == 0;
    const int next = moves ? 3 + static_cast<int>(tick) % 7 : ways;
    h.decide(
        web(tick, State::keeper, State::keeper, ways, next, tick % 2 == 0 ? ReasonCode::holds : ReasonCode::fits_held));
    ways = next;
  }
  const Json all = h.decisions("web");
  CHECK(all.size() == DecisionHistory::kMostEntries);
  CHECK(all.back()["until"] == "2027-01-15T08:03:18.000Z");
  std::size_t moved = 0;
  for (const Json& d : all) moved += d["ways_before"] != d["ways_after"];
  CHECK(moved >= DecisionHistory::kMostEntries - 2);
}

TEST_CASE("where there are many containers each keeps less, and the bound of all holds") {
  History h;
  constexpr std::uint32_t kMany = 5000;
  std::vector<ContainerId> ids;
  for (std::uint32_t i = 0; i < kMany; ++i) ids.push_back({"c" + std::to_string(100'000 + i)});
  for (std::uint64_t tick = 1; tick <= 40; ++tick) {
    std::vector<ContainerDecision> rows;
    for (std::uint32_t i = 0; i < kMany; ++i)
      rows.push_back(a_row(i, State::keeper, State::keeper, static_cast<int>(tick % 2),
                           static_cast<int>((tick + 1) % 2), ReasonCode::holds));
    const Period p = a_period(tick, ids, rows);
    REQUIRE(h.history.on_decision(p.o, p.d));
    if (tick == 40) REQUIRE(h.board.on_decision(p.o, p.d));
  }
  CHECK(h.decisions("c104999").size() == DecisionHistory::kMostEntries * DecisionHistory::kMostRows / kMany);
}

TEST_CASE("who is gone can be explained for ten minutes, and is then forgotten") {
  History h;
  h.decide(web(1, State::keeper, State::keeper, 3, 3, ReasonCode::holds));
  h.decide(a_period(2, {}, {}));
  const Json gone = h.explain("web");
  CHECK((gone["gone_at"] == "2027-01-15T08:00:00.000Z" && gone["container"] == kWeb.value));
  CHECK(gone["domains"][0]["decisions"].size() == 1);
  h.decide(a_period(700, {}, {}));
  const auto forgotten = h.history.answer({"web"});
  REQUIRE(!forgotten);
  CHECK(forgotten.error().code == ErrorCode::bad_input);
}

TEST_CASE("before the first decision and of nobody there is an error that says so") {
  const History h;
  CHECK(h.history.answer({"web"}).error().code == ErrorCode::failed);
  History decided;
  decided.decide(a_period(1, {kBatch}, {}));
  CHECK(decided.history.answer({"web"}).error().to_string() ==
        "look for container web: there is none with that id or name; `dcat status` lists them");
}

Phase a_phase(int id, std::optional<double> baseline) {
  Phase phase;
  phase.id = id;
  phase.reference = 0.25;
  phase.baseline_ipc = baseline;
  phase.table.record(Ways(3), 1.0, std::nullopt);
  phase.table.record(Ways(5), 1.5, std::nullopt);
  phase.preferred = Ways(5);
  return phase;
}

TEST_CASE("phases are told with their baselines and tables, and which one it is in, as the core goes on") {
  History h;
  h.decide(web(1, State::keeper, State::keeper, 5, 5, ReasonCode::holds));
  ControllerState state;
  state.containers = {kWeb};
  DomainState domain;
  domain.tenants.resize(1);
  PhaseState& phases = domain.tenants[0].profile.phases;
  phases.phases = {a_phase(1, 0.4), a_phase(4, std::nullopt)};
  phases.present = 1;
  state.domains = {domain};
  h.history.on_state(state);
  Json told = h.explain("web")["domains"][0];
  REQUIRE(told["phases"].size() == 2);
  CHECK(
      (told["phase"] == 4 && told["phases"][0]["baseline_ipc"] == 0.4 && !told["phases"][1].contains("baseline_ipc")));
  CHECK(told["phases"][0]["table"] ==
        Json::parse(R"([{"ways":3,"normalised_ipc":1.0},{"ways":5,"normalised_ipc":1.5}])"));
  CHECK(told["phases"][0]["preferred"] == 5);
  state.domains[0].tenants[0].profile.phases.phases[1].baseline_ipc = 0.7;
  h.history.on_state(state);
  CHECK(h.explain("web")["domains"][0]["phases"][1]["baseline_ipc"] == 0.7);
}

TEST_CASE("the loop decides while others ask") {
  History h;
  h.decide(web(1, State::keeper, State::keeper, 3, 3, ReasonCode::holds));
  std::atomic<bool> stop = false;
  std::thread asks([&] {
    while (!stop) (void)h.history.answer({"web"});
  });
  for (std::uint64_t tick = 2; tick < 500; ++tick)
    h.decide(web(tick, State::keeper, State::keeper, 3, 3 + static_cast<int>(tick % 5), ReasonCode::holds));
  stop = true;
  asks.join();
  CHECK(h.decisions("web").size() == DecisionHistory::kMostEntries);
}

TEST_CASE("what it needs is said of each case") {
  const auto needs = [](State after, ReasonCode code, bool dedicated, const KeptPhase* phase = nullptr) {
    KeptDecision d;
    d.after = after;
    d.dedicated = dedicated;
    d.reason.code = code;
    d.contract = Ways(4);
    d.ways_after = Ways(3);
    return needs_text(d, phase);
  };
  CHECK(needs(State::reclaim, ReasonCode::refused, false) == "4 ways that no other contract holds");
  CHECK(needs(State::reclaim, ReasonCode::no_closid, false) == "a class of service (CLOSID) that nobody uses");
  CHECK(needs(State::reclaim, ReasonCode::new_phase, true) == "a full period at its contract of 4 ways");
  CHECK(needs(State::unknown, ReasonCode::wants_more, true) == "more ways; how many is being found out");
  KeptPhase phase;
  phase.preferred = Ways(5);
  CHECK(needs(State::keeper, ReasonCode::taken_back, true, &phase) == "5 ways in this phase, 2 more than it has");
  CHECK(needs(State::streaming, ReasonCode::streams, true) == "nothing: it misses at any size");
}

TEST_CASE("an explanation is sentences with their numbers, none wider than the terminal") {
  History h;
  Period p = web(1, State::unknown, State::receiver, 4, 5, ReasonCode::gained);
  p.d.domains[0].containers[0].reason.value = 0.353;
  p.d.domains[0].containers[0].reason.threshold = 0.05;
  h.decide(p);
  for (std::uint64_t tick = 2; tick < 39; ++tick)
    h.decide(web(tick, State::receiver, State::receiver, 5, 5, ReasonCode::holds));
  const Json answer = h.explain("web");
  std::string text;
  for (const std::string& line : explanation_lines(Answer(answer), 0)) text += line + "\n";
  INFO(text);
  CHECK(text.find("web (tenants/web)") == 0);
  CHECK(text.find("2027-01-15 08:00:00Z: from Unknown to Receiver, from 4 to 5 ways: the last way gained 35.3 % "
                  "(limit 5.0 %).") != std::string::npos);
  CHECK(text.find("2027-01-15 08:00:01Z: Receiver as before, with 5 ways, for 37 periods: holds.") !=
        std::string::npos);
  CHECK(text.find("Receiver with 5 ways, its contract is 3 ways") != std::string::npos);
  for (const int columns : {40, 80, 120})
    for (const std::string& line : explanation_lines(Answer(answer), columns))
      CHECK(static_cast<int>(line.size()) <= columns);
}

}  // namespace
}  // namespace dcat::cli
