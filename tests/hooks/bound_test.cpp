#include "hooks/bound.h"

#include "hooks/wire.h"
#include "tests/support/catch.h"

using namespace dcat;

namespace {

Announcement named(const std::string& id) {
  Announcement announcement;
  announcement.id = id;
  return announcement;
}

}  // namespace

TEST_CASE("what fits is not touched") {
  Announcement announcement = named("a1");
  announcement.name = std::string(600, 'n');
  announcement.cgroup = "a/" + std::string(4000, 'c');
  announcement.annotations = {{"a", std::string(20'000, 'x')}, {"b", ""}};
  const Announcement before = announcement;
  std::vector<std::string> mistakes;
  REQUIRE(bound_announcement(announcement, mistakes).ok());
  CHECK(announcement == before);
  CHECK(mistakes.empty());
}

TEST_CASE("too long a text is left out and told") {
  Announcement announcement = named("a");
  announcement.name = std::string(4095, 'n');  // 4097 with its quotes
  announcement.pod = std::string(4094, 'p');
  announcement.cgroup = std::string(8191, 'c');
  std::vector<std::string> mistakes;
  REQUIRE(bound_announcement(announcement, mistakes).ok());
  CHECK(announcement.name.empty());
  CHECK(announcement.pod.size() == 4094);
  CHECK(announcement.cgroup.empty());
  REQUIRE(mistakes.size() == 2);
  CHECK(mistakes[0] == "name: left out, want 4096 bytes at most, and no NUL");
}

TEST_CASE("an id that cannot be announced is refused, for it is who it is") {
  const std::string nul("a\0b", 3);
  for (const std::string& id : {std::string(4095, 'i'), std::string(683, '\x01'), nul, std::string()}) {
    Announcement announcement = named(id);
    std::vector<std::string> mistakes;
    const Status bounded = bound_announcement(announcement, mistakes);
    REQUIRE_FALSE(bounded.ok());
    CHECK(bounded.error().code == ErrorCode::bad_input);
    CHECK(bounded.error().why == "got " + std::to_string(id.size()) + " bytes, want 1 to 4096 in a line, and no NUL");
    CHECK(announcement.id.empty());
    CHECK_FALSE(is_announceable_id(id));
  }
  CHECK(is_announceable_id(std::string(4094, 'i')));
  CHECK(is_announceable_id(std::string(682, '\x01')));
}

TEST_CASE("sizes are those of the line, where a byte can take six") {
  Announcement announcement = named("a");
  announcement.name = std::string(682, '\x01');
  announcement.pod = std::string(683, '\x01');
  std::vector<std::string> mistakes;
  REQUIRE(bound_announcement(announcement, mistakes).ok());
  CHECK(announcement.name.size() == 682);
  CHECK(announcement.pod.empty());
}

TEST_CASE("a NUL is in nobody's name") {
  Announcement announcement = named("a");
  announcement.name = std::string("a\0b", 3);
  announcement.annotations = {{std::string("k\0", 2), "v"}, {"k", std::string(1, '\0')}, {"good", "v"}};
  std::vector<std::string> mistakes;
  REQUIRE(bound_announcement(announcement, mistakes).ok());
  CHECK(announcement.name.empty());
  CHECK(announcement.annotations == std::map<std::string, std::string>{{"good", "v"}});
  CHECK(mistakes.size() == 2);
}

TEST_CASE("of too many annotations those stay that fit, by their order") {
  Announcement announcement = named("a");
  const std::string large(10'000, 'x');
  announcement.annotations = {{"a", large}, {"b", large}, {"c", large}, {"d", "small"}};
  std::vector<std::string> mistakes;
  REQUIRE(bound_announcement(announcement, mistakes).ok());
  CHECK(announcement.annotations == std::map<std::string, std::string>{{"a", large}, {"b", large}, {"d", "small"}});
  REQUIRE(mistakes.size() == 1);
  CHECK(mistakes[0] == "annotations: 1 left out, want 24576 bytes of them at most, and no NUL");
}

TEST_CASE("of too many annotations ours and rdt's stay before all others") {
  Announcement announcement = named("a");
  // Of 24,576 bytes a takes 12,007 and b would leave 12.
  announcement.annotations = {{"a", std::string(12'000, 'x')},
                              {"b", std::string(12'550, 'x')},
                              {"dcat.dev/mode", "observe"},
                              {"rdt.resources.beta.kubernetes.io/pod", "gold"}};
  std::vector<std::string> mistakes;
  REQUIRE(bound_announcement(announcement, mistakes).ok());
  CHECK(announcement.annotations.size() == 3);
  CHECK(announcement.annotations.count("b") == 0);
}

TEST_CASE("a key and its value count together") {
  Announcement announcement = named("a");
  announcement.annotations[std::string(13'000, 'k')] = std::string(13'000, 'v');
  std::vector<std::string> mistakes;
  REQUIRE(bound_announcement(announcement, mistakes).ok());
  CHECK(announcement.annotations.empty());
}

TEST_CASE("the worst announcement fits a line") {
  Announcement announcement;
  for (std::string* const text : {&announcement.id, &announcement.name, &announcement.name_space, &announcement.pod,
                                  &announcement.pod_uid, &announcement.wishes.foreign})
    *text = std::string(682, '\x01');
  announcement.cgroup = std::string(1365, '\x01');
  announcement.wishes.contract = Wishes::Contract::cpu_share;
  announcement.wishes.priority = -1000;
  announcement.wishes.managed = announcement.wishes.isolated = true;
  announcement.qos = QosClass::guaranteed;
  announcement.pid = 2147483647;
  for (int i = 0; i < 5000; ++i) announcement.annotations["\x01" + std::to_string(i)] = "\x01";
  std::vector<std::string> mistakes;
  REQUIRE(bound_announcement(announcement, mistakes).ok());
  CHECK(announcement.id.size() == 682);
  CHECK(announcement.cgroup.size() == 1365);
  CHECK(announcement.annotations.size() > 1000);
  const std::string line = format_ask(announcement);
  CHECK(line.size() <= kMostLine);
  const Result<Ask> read = parse_ask(line);
  REQUIRE(read.ok());
  CHECK(std::get<Announcement>(*read) == announcement);
}
