// What is kept as an event, and how a reader follows the numbers.
#include "cli/event_log.h"

#include <nlohmann/json.hpp>

#include "cli/events.h"
#include "tests/cli/see_values.h"
#include "tests/support/catch.h"

namespace dcat::cli {
namespace {

using namespace dcat::test;
using Json = nlohmann::json;

struct Log {
  FakeWall wall;
  EventLog log{Mode::enforce, true, wall.clock()};

  void decide(const Period& p) { REQUIRE(log.on_decision(p.o, p.d)); }
  Json after(std::uint64_t seq) const { return Json::parse(log.answer(seq)); }
  // Kind and text of each, without the first: the start.
  std::vector<std::string> told() const {
    std::vector<std::string> lines;
    const Json all = after(1);
    for (const Json& e : all["events"])
      lines.push_back(e["kind"].get<std::string>() + " " + e.value("container", "") + ": " +
                      e["text"].get<std::string>());
    return lines;
  }
};

Period two(std::uint64_t tick, State web, int ways) {
  return a_period(tick, {kBatch, kWeb},
                  {a_row(0, State::keeper, State::keeper, 3, 3, ReasonCode::holds),
                   a_row(1, State::keeper, web, 3, ways, ReasonCode::wants_more)});
}

TEST_CASE("the first event is the start, with its number, its time and the node's own where that is simulated") {
  const Log l;
  const Json all = l.after(0);
  REQUIRE(all["events"].size() == 1);
  const Json& start = all["events"][0];
  CHECK((start["seq"] == 1 && start["kind"] == "start" && start["time"] == "2027-01-15T08:00:00.000Z"));
  CHECK((start["t"] == 0.0 && !start.contains("container")));
  CHECK((all["first"] == 1 && all["last"] == 1 && all["run"] == "2027-01-15T08:00:00.000Z"));
}

TEST_CASE("who is there at the start is no event; who comes and goes later is, and a change of state or ways once") {
  Log l;
  l.decide(two(1, State::keeper, 3));
  CHECK(l.told().empty());
  l.decide(two(2, State::unknown, 4));
  l.decide(two(3, State::unknown, 4));
  CHECK(l.told() ==
        std::vector<std::string>{"state tenants/web: domain 0: Keeper -> Unknown, 3 -> 4 ways: miss ratio ? above ?"});
  l.decide(a_period(4, {kWeb}, {a_row(0, State::unknown, State::unknown, 4, 4, ReasonCode::holds)}));
  l.decide(two(5, State::unknown, 4));
  const auto told = l.told();
  REQUIRE(told.size() == 4);
  CHECK(told[1] == "gone batch: is gone");
  CHECK(told[2] == "came batch: has come");
  CHECK(told[3] == "state batch: domain 0: Keeper, 3 ways: holds");
}

TEST_CASE("who has no place at the start is told of") {
  Log l;
  ContainerDecision row = a_row(0, State::reclaim, State::reclaim, 20, 10, ReasonCode::refused);
  row.dedicated = false;
  l.decide(a_period(1, {kWeb}, {row}));
  CHECK(l.told() == std::vector<std::string>{
                        "state tenants/web: domain 0: -, 10 ways: its 3 ways do not fit beside the other contracts"});
}

TEST_CASE("a contract that is taken back is a guarantee's event, although state and ways are as they were") {
  Log l;
  l.decide(two(1, State::keeper, 3));
  Period p = two(2, State::keeper, 3);
  p.d.domains[0].containers[1].reason = {ReasonCode::guarantee, 0.9, {}, {}, 0.9, 0.95, {}};
  l.decide(p);
  CHECK(l.told() == std::vector<std::string>{"guarantee tenants/web: domain 0: Keeper, 3 ways: at 90.0 %25 of "
                                             "its baseline and missing more: contract back"});
}

TEST_CASE("modes, settings, foreign writers and hooks are events") {
  Log l;
  l.log.on_mode(Mode::advise, "ordered by user 0");
  DaemonOptions options;
  options.parameters.policy = PolicyKind::max_performance;
  l.log.on_settings(options);
  l.log.on_news("somebody else changed what is ours");
  l.log.add(EventKind::hook, "no such cgroup");
  CHECK(l.told() == std::vector<std::string>{"mode : mode advise: ordered by user 0",
                                             "settings : other settings: policy max_performance, interval 1 s",
                                             "node : somebody else changed what is ours", "hook : no such cgroup"});
}

TEST_CASE("a trouble that stays is one event, and one that comes back after a minute is another") {
  Log l;
  const Error trouble{ErrorCode::failed, "write", "EIO", ""};
  for (int i = 0; i < 100; ++i) {
    l.log.on_trouble(trouble);
    l.wall.now += std::chrono::seconds(1);
  }
  CHECK(l.told() == std::vector<std::string>{"trouble : write: EIO"});
  l.wall.now += std::chrono::seconds(61);
  l.log.on_trouble(trouble);
  CHECK(l.told().size() == 2);
}

TEST_CASE("no more than the bound is kept, the oldest goes, and numbers go on") {
  Log l;
  for (std::size_t i = 0; i < EventLog::kMost + 10; ++i) l.log.on_news(std::to_string(i));
  const Json all = l.after(0);
  CHECK((all["first"] == 12 && all["last"] == EventLog::kMost + 11));
  CHECK(all["events"].size() == EventLog::kMostAtOnce);
  CHECK(all["events"][0]["seq"] == 12);
  const Json later = l.after(EventLog::kMost + 9);
  REQUIRE(later["events"].size() == 2);
  CHECK(later["events"][1]["seq"] == EventLog::kMost + 11);
  CHECK(l.after(EventLog::kMost + 11)["events"].empty());
  CHECK(l.after(1'000'000)["events"].empty());
}

TEST_CASE("long texts are cut, and all of them together stay within their bytes") {
  Log l;
  for (int i = 0; i < 5000; ++i) l.log.on_news(std::string(100'000, 'x'));
  CHECK(l.after(0)["events"][0]["text"].get<std::string>().size() == EventLog::kMostText);
  CHECK(l.after(0)["last"].get<std::size_t>() - l.after(0)["first"].get<std::size_t>() <
        EventLog::kMostBytes / EventLog::kMostText);
}

// ---- Readers

Json answer(const std::string& run, std::uint64_t first, std::uint64_t last, std::vector<std::uint64_t> events) {
  Json all{{"run", run}, {"first", first}, {"last", last}, {"events", Json::array()}};
  for (const std::uint64_t seq : events) all["events"].push_back({{"seq", seq}, {"kind", "node"}, {"text", "x"}});
  return all;
}

TEST_CASE("a reader asks on from what it has, at once while there is more") {
  EventReader reader(0);
  const Json one = answer("a", 1, 4, {1, 2});
  auto read = reader.read(Answer(one));
  CHECK((read.events.size() == 2 && read.more && reader.after() == 2 && read.lost == 0));
  const Json two = answer("a", 1, 4, {3, 4});
  read = reader.read(Answer(two));
  CHECK((read.events.size() == 2 && !read.more && reader.after() == 4));
}

TEST_CASE("a reader that was away too long is told how many it has lost") {
  EventReader reader(5);
  const Json one = answer("a", 9, 10, {9, 10});
  CHECK(reader.read(Answer(one)).lost == 3);
}

TEST_CASE("a daemon that begins anew is read from its first event, however far it has come meanwhile") {
  EventReader reader(0);
  const Json before = answer("a", 1, 3, {1, 2, 3});
  reader.read(Answer(before));
  const Json restarted = answer("b", 1, 7, {4, 5, 6, 7});
  const auto read = reader.read(Answer(restarted));
  CHECK((read.began_anew && read.events.empty() && reader.after() == 0));
  const Json again = answer("b", 1, 7, {1, 2, 3, 4, 5, 6, 7});
  CHECK(reader.read(Answer(again)).events.size() == 7);
}

TEST_CASE("a number of a run that is over is no number of this one") {
  EventReader reader(500);
  const Json one = answer("b", 1, 7, {});
  CHECK(reader.read(Answer(one)).events.empty());
  CHECK(reader.after() == 7);
}

TEST_CASE("an event is one line that does nothing to a terminal") {
  const Json event{{"seq", 3},        {"time", "2027-01-15T08:00:00.123Z"}, {"t", 2.0},
                   {"kind", "state"}, {"container", "a\033[2Jb"},           {"text", "x%0Ay"}};
  CHECK(event_line(Answer(event)) == "2027-01-15 08:00:00Z t=2.0s state     a?[2Jb: x?y");
}

}  // namespace
}  // namespace dcat::cli
