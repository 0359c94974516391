// The rules of a configuration, applied to what a source lists.
#include "controller/shell/contracts.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "tests/support/catch.h"

namespace dcat {
namespace {

using Kind = ContainerInfo::ContractKind;

class FixedContainers : public ContainerSource {
 public:
  std::string name() const override { return "fixed"; }
  Result<std::vector<ContainerInfo>> list() override {
    if (broken) return Error{ErrorCode::failed, "list", "broken", ""};
    std::vector<ContainerInfo> found;
    for (const std::string& id : ids) {
      found.emplace_back();
      found.back().id = ContainerId{id};
      found.back().cpu_share = 0.25;
    }
    return found;
  }
  std::vector<std::string> ids;
  bool broken = false;
};

Config rules() {
  const Result<Config> config = parse_config(
      "tenants:\n"
      "  - {name: 'a*', contract: 3, priority: 5}\n"
      "  - {name: b, contract: none, counted: false}\n"
      "  - {name: a2, contract: 4}\n",
      "f");
  REQUIRE(config.ok());
  return *config;
}

TEST_CASE("the rule of a container gives contract, priority and counting, and leaves the rest") {
  FixedContainers source;
  source.ids = {"a1", "a2", "b", "c"};
  const Config config = rules();
  ContractedContainers contracted(source, config);
  const Result<std::vector<ContainerInfo>> found = contracted.list();
  REQUIRE(found.ok());
  REQUIRE(found->size() == 4);
  const std::vector<ContainerInfo>& c = *found;
  CHECK((c[0].contract_kind == Kind::given && c[0].contract == Ways(3) && c[0].priority == 5 && c[0].counted));
  CHECK((c[1].contract_kind == Kind::given && c[1].contract == Ways(4) && c[1].priority == 0 && c[1].counted));
  CHECK((c[2].contract_kind == Kind::none && !c[2].counted));
  CHECK((c[3].contract_kind == Kind::cpu_share && c[3].priority == 0 && c[3].counted));
  for (const ContainerInfo& info : c) CHECK(info.cpu_share == 0.25);
}

TEST_CASE("containers that come, stay and go have their own rules at each list") {
  FixedContainers source;
  const Config config = rules();
  ContractedContainers contracted(source, config);
  const std::vector<std::vector<std::string>> lists{{"b"}, {"a1", "b"},       {"a1"},
                                                    {},    {"a1", "a2", "c"}, {"a2", "b", "c"}};
  for (const std::vector<std::string>& ids : lists) {
    source.ids = ids;
    ContractedContainers fresh(source, config);
    CHECK(*contracted.list() == *fresh.list());
  }
}

TEST_CASE("a source that fails is passed on, and its containers keep their rules afterwards") {
  FixedContainers source;
  source.ids = {"a1"};
  const Config config = rules();
  ContractedContainers contracted(source, config);
  CHECK(contracted.name() == "fixed");
  CHECK(contracted.list()->at(0).contract == Ways(3));
  source.broken = true;
  CHECK(contracted.list().error().why == "broken");
  source.broken = false;
  CHECK(contracted.list()->at(0).contract == Ways(3));
}

class FakeAnnouncements : public AnnouncementSource {
 public:
  std::vector<Announcement> take() override { return std::exchange(waiting, {}); }
  int news_fd() const override { return -1; }
  void settled() override { ++settled_calls; }
  std::vector<Announcement> waiting;
  int settled_calls = 0;
};

class StillClock : public Clock {
 public:
  TimePoint now() override { return at; }
  void sleep_until(TimePoint) override {}
  TimePoint at{};
};

struct Listening {
  FixedContainers source;
  Config config;
  FakeAnnouncements announcements;
  StillClock clock;
  std::vector<std::string> notes;
  std::vector<std::string> cgroups;  // that exist
  std::unique_ptr<ContractedContainers> contracted;

  explicit Listening(const std::string& yaml = "") {
    const Result<Config> parsed = parse_config(yaml, "f");
    REQUIRE(parsed.ok());
    config = *parsed;
    contracted = std::make_unique<ContractedContainers>(source, config);
    contracted->listen({announcements, clock,
                        [this](const std::string& cgroup) { return std::ranges::count(cgroups, cgroup) > 0; },
                        [this](const std::string& note) { notes.push_back(note); }});
  }
  Announcement& announce(const std::string& id, const std::string& cgroup) {
    Announcement a;
    a.id = id;
    a.cgroup = cgroup;
    announcements.waiting.push_back(a);
    return announcements.waiting.back();
  }
  ContainerInfo only() {
    const auto found = contracted->list();
    REQUIRE((found.ok() && found->size() == 1));
    return found->front();
  }
  std::vector<std::string> listed() {
    std::vector<std::string> ids;
    for (const ContainerInfo& info : *contracted->list()) ids.push_back(info.id.value);
    return ids;
  }
};

TEST_CASE("what an owner asks for goes over the rule, and what it does not ask for stays the rule's") {
  Listening node("tenants:\n  - {name: a1, contract: 3, priority: 5}\n");
  node.source.ids = {"a1"};
  CHECK((node.only().contract == Ways(3) && !node.only().starting));
  Wishes& wishes = node.announce("id", "a1").wishes;
  wishes.contract = Wishes::Contract::ways;
  wishes.ways = Ways(6);
  wishes.isolated = true;
  const ContainerInfo info = node.only();
  CHECK((info.contract_kind == Kind::given && info.contract == Ways(6) && info.priority == 5));
  CHECK((info.isolated && info.managed && info.starting && info.cpu_share == 0.25));
  CHECK(node.only() == info);  // remembered
  node.announce("id", "a1").wishes.contract = Wishes::Contract::none;
  CHECK((node.only().contract_kind == Kind::none && !node.only().isolated && !node.only().starting));
}

TEST_CASE("mode observe and somebody else's decision leave a container alone") {
  Listening node;
  node.source.ids = {"a1"};
  node.announce("id", "a1").wishes.managed = false;
  CHECK_FALSE(node.only().managed);
  node.announce("id", "a1").wishes.managed = true;
  CHECK(node.only().managed);
  node.announce("id", "a1").wishes.foreign = "rdt class gold";
  CHECK_FALSE(node.only().managed);
}

TEST_CASE("a configuration bounds what owners can ask for, or ignores it") {
  Listening node("hooks: {most_ways: 4, most_priority: 10}");
  node.source.ids = {"a1"};
  Announcement& a = node.announce("id", "a1");
  a.name = "web";
  a.wishes.contract = Wishes::Contract::ways;
  a.wishes.ways = Ways(9);
  a.wishes.priority = 99;
  CHECK((node.only().contract == Ways(4) && node.only().priority == 10));
  // What a daemon before this one was told is bounded by this one's configuration, too.
  Listening later("hooks: {most_ways: 2, most_priority: 3}");
  later.source.ids = {"a1"};
  std::vector<std::string> mistakes;
  later.contracted->announcements().load(node.contracted->announcements().save(), TimePoint{}, mistakes);
  CHECK((later.only().contract == Ways(2) && later.only().priority == 3));
  CHECK(node.notes == std::vector<std::string>{"web asks for 9 ways, hooks.most_ways allows 4",
                                               "web asks for priority 99, hooks.most_priority allows 10"});

  Listening deaf("hooks: {wishes: false}");
  deaf.source.ids = {"a1"};
  Wishes& wishes = deaf.announce("id", "a1").wishes;
  wishes.contract = Wishes::Contract::none;
  wishes.isolated = true;
  wishes.managed = false;
  wishes.foreign = "libvirt cachetune";
  const ContainerInfo info = deaf.only();
  CHECK((info.contract_kind == Kind::cpu_share && !info.isolated && !info.starting));
  CHECK_FALSE(info.managed);  // somebody else decides all the same
}

TEST_CASE("rules can be for what only an announcement tells") {
  Listening node("tenants:\n  - {annotation: {team: blue}, contract: 5}\n  - {name: web, contract: 2}\n");
  node.source.ids = {"a1"};
  CHECK(node.only().contract_kind == Kind::cpu_share);
  node.announce("id", "a1").name = "web";
  CHECK(node.only().contract == Ways(2));
  node.announce("id", "a1").annotations = {{"team", "blue"}};
  CHECK(node.only().contract == Ways(5));
}

TEST_CASE("an announced cgroup that no pattern finds is listed while it exists") {
  Listening node;
  node.source.ids = {"b"};
  node.announce("id", "a/x");
  CHECK(node.listed() == std::vector<std::string>{"b"});
  node.cgroups = {"a/x"};
  for (int i = 0; i < 4; ++i) CHECK(node.listed() == std::vector<std::string>{"a/x", "b"});
  node.source.ids = {"a", "b"};  // it is in a listed one
  CHECK(node.listed() == std::vector<std::string>{"a", "b"});
  Listening chosen("containers: ['b']");
  chosen.source.ids = {"b"};
  chosen.cgroups = {"a/x"};
  chosen.announce("id", "a/x");
  CHECK(chosen.listed() == std::vector<std::string>{"b"});
}

TEST_CASE("who was announced to be gone is not listed while its cgroup lingers") {
  Listening node;
  node.source.ids = {"a", "b"};
  node.announce("id", "a");
  CHECK(node.listed() == std::vector<std::string>{"a", "b"});
  node.announce("id", "a").event = Announcement::Event::gone;
  CHECK(node.listed() == std::vector<std::string>{"b"});
  CHECK(node.listed() == std::vector<std::string>{"b"});
  node.announce("id2", "a");
  CHECK(node.listed() == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a prepared group is a container that nobody is in, whatever the rules say") {
  Listening node("tenants:\n  - {name: '**', contract: 7}\nhooks: {prepared: [{name: start, contract: 2}]}");
  node.source.ids = {"a", "q"};
  const auto found = node.contracted->list();
  REQUIRE((found.ok() && found->size() == 3));
  const ContainerInfo& info = found->at(1);
  CHECK(info.id == prepared_id("start"));
  CHECK((info.contract_kind == Kind::given && info.contract == Ways(2) && info.starting && !info.counted));
  CHECK(found->at(0).contract == Ways(7));
}

TEST_CASE("a container below enforce is left alone, with and without rules and hooks") {
  for (const Mode mode : {Mode::observe, Mode::advise}) {
    FixedContainers source;
    source.ids = {"a", "b"};
    const Config none;
    ContractedContainers bare(source, none);
    bare.modes().set(ContainerId{"b"}, mode);
    const auto found = bare.list();
    REQUIRE((found.ok() && found->size() == 2));
    CHECK(found->at(0).managed);
    CHECK_FALSE(found->at(1).managed);
    Listening node("tenants:\n  - {name: '**', contract: 7}\n");
    node.source.ids = {"a"};
    node.contracted->modes().set(ContainerId{"a"}, mode);
    CHECK_FALSE(node.only().managed);
    CHECK(node.only().contract == Ways(7));
    node.contracted->modes().set(ContainerId{"a"}, std::nullopt);
    CHECK(node.only().managed);
  }
}

TEST_CASE("enforce goes over an owner who asks to be observed, and not over somebody else who decides") {
  Listening node;
  node.source.ids = {"a"};
  node.announce("id", "a").wishes.managed = false;
  CHECK_FALSE(node.only().managed);
  node.contracted->modes().set(ContainerId{"a"}, Mode::enforce);
  CHECK(node.only().managed);
  node.announce("id", "a").wishes.foreign = "libvirt cachetune";
  CHECK_FALSE(node.only().managed);
}

TEST_CASE("the mode of a container that is gone is forgotten, and what is prepared has none") {
  Listening node("hooks: {prepared: [{name: start, contract: 2}]}");
  node.source.ids = {"a"};
  node.contracted->modes().set_all(
      {{ContainerId{"a"}, Mode::observe}, {ContainerId{"gone"}, Mode::observe}, {prepared_id("start"), Mode::observe}});
  REQUIRE(node.contracted->list().ok());
  CHECK(node.contracted->modes().all() == ContainerModes::Map{{ContainerId{"a"}, Mode::observe}});
  node.source.ids = {};
  REQUIRE(node.contracted->list().ok());
  CHECK(node.contracted->modes().all().empty());
}

TEST_CASE("what is settled is passed on to who announced") {
  Listening node;
  node.contracted->settled();
  CHECK(node.announcements.settled_calls == 1);
}

}  // namespace
}  // namespace dcat
