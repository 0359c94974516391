// Who may: other users and groups, in children that become them. Needs root.
#include <grp.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "controller/door/door.h"
#include "tests/controller/door/clients.h"

namespace dcat {
namespace {

using test::arrival;
using test::kPatience;
using test::OpenDoor;

constexpr uid_t kStranger = 54321;
constexpr gid_t kStrangersGroup = 54321;

// A group of the system's that is not root's: the door looks it up by its name.
const group& socket_group() {
  if (::geteuid() != 0) {
    std::puts("skipped: becoming another user needs root");
    std::exit(77);
  }
  for (const char* name : {"nogroup", "nobody", "daemon"})
    if (const group* found = ::getgrnam(name); found != nullptr && found->gr_gid != 0) return *found;
  std::puts("skipped: no group to give the socket to");
  std::exit(77);
}

// What is said to a user: "ok" or the error, for a status, an announcement, another mode and the events.
struct Said {
  std::string status, announcement, mode, events;
};

std::string text_of(const Result<std::string>& answer) {
  return answer ? "ok" : answer.error().to_string();
}

Said ask_as(const std::string& path, uid_t uid, gid_t gid, const std::vector<gid_t>& groups) {
  int channel[2];
  REQUIRE(::pipe(channel) == 0);
  const pid_t child = test::start_child([&] {
    if (::setgroups(groups.size(), groups.data()) != 0 || ::setgid(gid) != 0 || ::setuid(uid) != 0) return 1;
    std::string all;
    for (const Ask& ask : {Ask(AskStatus{}), Ask(arrival("a")), Ask(AskMode{Mode::advise, ""}), Ask(AskEvents{})})
      all += text_of(ask_daemon(path, ask, kPatience)) + "\n";
    return ::write(channel[1], all.data(), all.size()) == static_cast<ssize_t>(all.size()) ? 0 : 2;
  });
  ::close(channel[1]);
  REQUIRE(test::end_of(child) == 0);
  std::string all(4096, '\0');
  const ssize_t got = ::read(channel[0], all.data(), all.size());
  ::close(channel[0]);
  REQUIRE(got > 0);
  all.resize(static_cast<std::size_t>(got));
  Said said;
  std::istringstream lines(all);
  for (std::string* line : {&said.status, &said.announcement, &said.mode, &said.events}) std::getline(lines, *line);
  return said;
}

// A door that others can get to, its status published.
struct PublicDoor : OpenDoor {
  explicit PublicDoor(const std::string& name)
      : OpenDoor(name, [](const Ask&, const Peer&) { return Result<std::string>(std::string("{}")); }) {
    REQUIRE(door->notices().empty());
    REQUIRE(::chmod(tree.root().c_str(), 0755) == 0);
    door->publish([] { return std::string("{}"); });
  }
};

TEST_CASE("root announces and asks") {
  const PublicDoor at(socket_group().gr_name);
  const Said said = ask_as(at.path, 0, 0, {});
  CHECK(said.status == "ok");
  CHECK(said.announcement == "ok");
  CHECK(said.mode == "ok");
  CHECK(said.events == "ok");
  CHECK(at.door->take().size() == 1);
}

TEST_CASE("who is in the socket's group asks, and neither announces nor changes the mode") {
  const group& group = socket_group();
  const PublicDoor at(group.gr_name);
  const std::vector<gid_t> many = [&] {
    std::vector<gid_t> all;
    for (gid_t i = 0; i < 200; ++i) all.push_back(70000 + i);
    all.push_back(group.gr_gid);
    return all;
  }();
  for (const Said& said :
       {ask_as(at.path, kStranger, group.gr_gid, {}), ask_as(at.path, kStranger, kStrangersGroup, {1234, group.gr_gid}),
        ask_as(at.path, kStranger, kStrangersGroup, many)}) {
    CHECK(said.status == "ok");
    CHECK(said.announcement == "announce a: only root announces, and this is user 54321; run it as root");
    CHECK(said.mode == "change the mode: only root changes it, and this is user 54321; run it as root");
    CHECK(said.events == "ok");
  }
  CHECK(at.door->take().empty());
}

TEST_CASE("a stranger cannot even connect") {
  const PublicDoor at(socket_group().gr_name);
  const Said said = ask_as(at.path, kStranger, kStrangersGroup, {1234});
  const std::string refused = "ask the daemon at " + at.path +
                              ": Permission denied; be root, or a member of the socket's group to ask for the status";
  CHECK(said.status == refused);
  CHECK(said.announcement == refused);
}

TEST_CASE("a stranger is refused where somebody has widened the socket's mode") {
  const group& group = socket_group();
  const std::string refused = "ask the daemon: user 54321 is not in the socket's group; be root, or join that group";
  for (const std::string& name : {std::string(group.gr_name), std::string()}) {
    const PublicDoor at(name);
    REQUIRE(::chmod(at.path.c_str(), 0666) == 0);
    const Said said = ask_as(at.path, kStranger, kStrangersGroup, {1234});
    CHECK(said.status == refused);
    CHECK(said.announcement == refused);
    CHECK(at.door->take().empty());
  }
}

TEST_CASE("without a group its members are strangers") {
  const group& group = socket_group();
  const PublicDoor at("");
  REQUIRE(::chmod(at.path.c_str(), 0666) == 0);
  const Said said = ask_as(at.path, kStranger, group.gr_gid, {0});
  CHECK(said.status == "ask the daemon: user 54321 is not in the socket's group; be root, or join that group");
}

}  // namespace
}  // namespace dcat
