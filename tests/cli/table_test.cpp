// What a run looks like on a screen: widths, heights, words.
#include "cli/table.h"

#include "cli/explain.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::cli;

namespace {

struct Shown {
  Observation o;
  Decision d;
};

// One domain of 11 ways with one tenant that grew from 3 to 4 ways of a contract of 3.
Shown shown(const std::string& name = "web") {
  Shown s;
  s.o.at = TimePoint(std::chrono::seconds(7));
  s.o.geometry.domains.push_back({DomainId{3}, Cbm(0x7ff), Cbm(0x600), Ways(1), {}, false, 0});
  s.o.containers.push_back({ContainerId{name}, ContainerInfo::ContractKind::given, Ways(3), 0});
  s.d.tick = 7;
  s.d.plan.members.push_back({ContainerId{name}, GroupId{name}});
  s.d.masks.domains.push_back({DomainId{3}, Cbm(0x7f0), {{GroupId{name}, Cbm(0x00f)}}});
  ContainerDecision row;
  row.dedicated = true;
  row.before = State::unknown;
  row.after = State::receiver;
  row.contract = Ways(3);
  row.ways_before = Ways(3);
  row.ways_after = Ways(4);
  row.reason.code = ReasonCode::gained;
  row.reason.value = 0.123;
  row.reason.threshold = 0.05;
  row.metrics.ipc = 0.8;
  row.metrics.miss_ratio = 0.25;
  s.d.domains.push_back({DomainId{3}, {row}, Ways(7), Ways(6)});
  s.d.changes.push_back(CreateGroup{GroupId{name}});
  return s;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace

TEST_CASE("the table shows a container's ways as the machine's masks have them, highest way first") {
  const Shown s = shown();
  const std::string text = joined(draw_table(s.o, s.d, {Mode::enforce, true, "paper", 120, 40, false}));
  INFO(text);
  CHECK(text.find("L3 domain 3: 11 ways, shared region 7 (6 of them free)") != std::string::npos);
  CHECK(text.find(" 4/3 .......####") != std::string::npos);
  CHECK(text.find("Receiver") != std::string::npos);
  CHECK(text.find("(simulated node paper)") != std::string::npos);
  CHECK(text.find("the last way gained 12.3 % (limit 5.0 %)") != std::string::npos);
}

TEST_CASE("no line of the table is wider, and the table is not higher, than the terminal") {
  const Shown s = shown(std::string(200, 'x'));
  for (const int columns : {20, 40, 80, 200})
    for (const int rows : {4, 5, 10}) {
      const auto lines = draw_table(s.o, s.d, {Mode::enforce, true, "paper", columns, rows, false});
      CHECK(static_cast<int>(lines.size()) < rows);
      for (const std::string& line : lines) CHECK(static_cast<int>(line.size()) <= columns);
    }
}

TEST_CASE("a plain line says time, domain, container, states, ways and reason") {
  const Shown s = shown();
  const auto lines = plain_lines(s.o, s.d, {Mode::enforce, true, "paper", 100, 40, false});
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "simulated t=7.0s domain=3 shared=7 free=6: 1 change");
  CHECK(lines[1] ==
        "simulated t=7.0s domain=3 web Unknown -> Receiver, 3 -> 4 ways: the last way gained 12.3 % (limit 5.0 %)");
}

TEST_CASE("observe shows idle or Unknown and never a way that was not read") {
  Shown s = shown();
  s.d.domains[0].containers[0].dedicated = false;
  s.d.domains[0].containers[0].after = State::donor;
  const auto lines = plain_lines(s.o, s.d, {Mode::observe, false, "this machine", 100, 40, false});
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] == "t=7.0s domain=3 web idle cpi=1.250 mpki=- miss_ratio=0.2500 llc_refs_per_sec=-");
}

TEST_CASE("every reason has words of its own") {
  ContainerDecision row;
  std::vector<std::string> said;
  for (int code = 0; code <= static_cast<int>(ReasonCode::isolation_no_closid); ++code) {
    row.reason.code = static_cast<ReasonCode>(code);
    said.push_back(explain(row));
    CHECK_FALSE(said.back().empty());
  }
  std::sort(said.begin(), said.end());
  CHECK(std::adjacent_find(said.begin(), said.end()) == said.end());
}

TEST_CASE("a name is shown without what would write on a terminal or turn its text around") {
  for (const auto& [name, shown] : std::vector<std::pair<std::string, std::string>>{
           {"web-1", "web-1"},
           {"a\nb\x1b[2Jc\x7f", "a?b?[2Jc?"},
           {"\xff\xfe\xe2\x82", "????"},
           {"\xc2\x9b", "?"},  // CSI of eight-bit terminals
           {"a\xe2\x80\xae", "a?"},
           {"\xe2\x81\xa6", "?"},
           {"\xe2\x80\xa8", "?"},
           {"\xe2\x82\xac \xc3\xa9 \xf0\x9f\x98\x80", "\xe2\x82\xac \xc3\xa9 \xf0\x9f\x98\x80"}})
    CHECK(printable(name) == shown);
}
