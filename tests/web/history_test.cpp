// The page's last ten minutes.
#include "web/history.h"

#include "tests/support/catch.h"

namespace dcat::web {
namespace {

// One L3 of 4 ways and as many containers as there are names, each in a group of its own with one way from way 1 on.
struct Node {
  History history{std::chrono::seconds(1)};
  TimePoint at{};

  void add(const std::vector<std::string>& names, Duration later = std::chrono::seconds(1), double ipc = 1.0) {
    at += later;
    Snapshot s;
    s.at = at;
    Masks masks;
    masks.domains = {{DomainId{0}, Cbm(1), {}}};
    for (std::size_t i = 0; i < names.size(); ++i) {
      auto who = std::make_shared<Workload>();
      who->id = who->name = names[i];
      s.workloads.push_back(std::move(who));
      Row row;
      row.workload = static_cast<std::uint32_t>(i);
      row.group = names[i];
      row.decided.ways_after = Ways(1);
      row.decided.reason.normalised_ipc = ipc;
      row.decided.after = State::keeper;
      s.rows.push_back(row);
      masks.domains[0].groups.push_back({GroupId{names[i]}, Cbm(std::uint64_t{2} << (i % 62))});
    }
    history.add(s, masks);
  }
  std::vector<Point> points(const std::string& name) const { return history.points({{name, DomainId{0}}}).front(); }
};

TEST_CASE("each slot keeps what was decided last in it") {
  Node node;
  node.add({"a"});
  node.add({"a"}, std::chrono::milliseconds(300), 0.5);
  CHECK(node.points("a").size() == 1);
  CHECK(node.points("a")[0] == Point{500, Point::kNone, 1, static_cast<std::uint8_t>(State::keeper)});
  node.add({"a"}, std::chrono::milliseconds(700));
  CHECK(node.points("a").size() == 2);
}

TEST_CASE("a period that ends a little early or late is one slot") {
  Node node;
  for (const int ms : {1000, 990, 1020, 800, 1200, 1000}) node.add({"a"}, std::chrono::milliseconds(ms));
  CHECK(node.points("a").size() == 6);
}

TEST_CASE("after ten minutes the oldest go") {
  Node node;
  for (int i = 0; i < 700; ++i) node.add({"a"}, std::chrono::seconds(1), i / 1000.0);
  const std::vector<Point> points = node.points("a");
  REQUIRE(points.size() == kSlots);
  CHECK(points.front().ipc_permille == 100);
  CHECK(points.back().ipc_permille == 699);
  CHECK(node.history.ways().slots == kSlots);
}

TEST_CASE("who holds a way is told by name, for as long as it is to be seen") {
  Node node;
  node.add({"a", "b"});
  node.add({"b"});
  const WaysView view = node.history.ways();
  REQUIRE(view.domains.size() == 1);
  REQUIRE(view.domains[0].ways == 3);
  const auto& owners = view.domains[0].owners;
  CHECK(owners[0] == std::vector<std::uint16_t>{kSharedOwner, kSharedOwner});
  CHECK(view.names.at(owners[1][0]) == "a");
  CHECK(view.names.at(owners[1][1]) == "b");
  CHECK(owners[2] == std::vector<std::uint16_t>{owners[1][1], kNobody});
}

TEST_CASE("who is gone is forgotten, and begins anew") {
  Node node;
  node.add({"a", "b"});
  node.add({"b"});
  CHECK(node.points("a").empty());
  node.add({"a", "b"});
  CHECK(node.points("a").size() == 1);
  CHECK(node.points("b").size() == 3);
}

TEST_CASE("masks that overlap are several's") {
  History history{std::chrono::seconds(1)};
  Snapshot s;
  Masks masks;
  masks.domains = {{DomainId{3}, Cbm(1), {{GroupId{"a"}, Cbm(6)}, {GroupId{"b"}, Cbm(12)}, {GroupId{"c"}, Cbm(1)}}}};
  history.add(s, masks);
  const WaysView view = history.ways();
  CHECK(view.domains[0].id == DomainId{3});
  CHECK(view.domains[0].owners[0][0] == kSharedOwner);  // c has the shared region's
  CHECK(view.names.at(view.domains[0].owners[1][0]) == "a");
  CHECK(view.domains[0].owners[2][0] == kSeveral);
  CHECK(view.names.at(view.domains[0].owners[3][0]) == "b");
}

TEST_CASE("however many come and go, what is kept is bounded") {
  Node node;
  for (int i = 0; i < 6000; ++i) node.add({"name-" + std::to_string(i)});
  CHECK(node.history.ways().names.size() <= 4096);
  const WaysView view = node.history.ways();
  CHECK(view.names.at(view.domains[0].owners[1].back()) == "name-5999");
  CHECK(view.names.at(view.domains[0].owners[1].front()) == "name-5400");
  std::vector<std::string> many;
  for (std::size_t i = 0; i < kMostSeries + 10; ++i) many.push_back("many-" + std::to_string(i));
  node.add(many);
  CHECK(node.points("many-0").size() == 1);
  CHECK(node.points("many-" + std::to_string(kMostSeries + 9)).empty());
}

TEST_CASE("another period forgets what was only where slots change") {
  Node node;
  node.add({"a"});
  node.history.set_interval(std::chrono::milliseconds(500));
  CHECK(node.points("a").size() == 1);
  node.history.set_interval(std::chrono::seconds(2));
  CHECK(node.points("a").empty());
  CHECK(node.history.ways().slots == 0);
}

}  // namespace
}  // namespace dcat::web
