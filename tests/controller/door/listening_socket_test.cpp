// The socket at its path: whose it is, what it replaces and what it leaves alone.
#include "controller/door/listening_socket.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>

#include "tests/controller/door/clients.h"

namespace dcat {
namespace {

using test::arrival;
using test::kPatience;
using test::OpenDoor;
using test::RawClient;
using test::TempTree;

struct stat look_at(const std::string& path) {
  struct stat status {};
  INFO(path);
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status;
}

bool is_there(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

// Sets the process's umask while it lives.
struct Umask {
  mode_t before;
  explicit Umask(mode_t mask) : before(::umask(mask)) {}
  ~Umask() { ::umask(before); }
};

// Any group but root's that the system has, where this process may give files away.
const group* some_group() {
  for (const char* name : {"nogroup", "nobody", "daemon"})
    if (const group* found = ::getgrnam(name); found != nullptr && found->gr_gid != 0) return found;
  return nullptr;
}

// The socket of a daemon that was killed.
void leave_stale_socket(const std::string& path) {
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = test::start_child([&] {
    const auto door = Door::open({path, ""});
    (void)!::write(ready[1], door ? "y" : "n", 1);
    ::pause();
    return 0;
  });
  char answer = 'n';
  REQUIRE(::read(ready[0], &answer, 1) == 1);
  CHECK(answer == 'y');
  ::kill(child, SIGKILL);
  test::end_of(child);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("the socket is its owner's alone or the group's whatever the umask says") {
  for (const mode_t mask : {mode_t{0}, mode_t{022}, mode_t{0777}}) {
    const TempTree tree;
    const Umask set(mask);
    {
      const auto alone = Door::open({tree.root() + "/s", ""});
      REQUIRE(alone);
      CHECK((look_at(tree.root() + "/s").st_mode & 07777) == 0600);
      CHECK((*alone)->notices().empty());
    }
    const group* given = some_group();
    if (::geteuid() != 0 || given == nullptr) continue;
    const auto shared = Door::open({tree.root() + "/s", given->gr_name});
    REQUIRE(shared);
    CHECK((look_at(tree.root() + "/s").st_mode & 07777) == 0660);
    CHECK(look_at(tree.root() + "/s").st_gid == given->gr_gid);
    CHECK(look_at(tree.root() + "/s").st_uid == ::geteuid());
    CHECK((*shared)->notices().empty());
  }
}

TEST_CASE("a group that is not there is told and leaves the socket to its owner") {
  const OpenDoor at("no-such-group-here");
  CHECK((look_at(at.path).st_mode & 07777) == 0600);
  REQUIRE(at.door->notices().size() == 1);
  CHECK(at.door->notices().front() == "there is no group no-such-group-here: only root can ask at " + at.path);
  CHECK(ask_daemon(at.path, arrival("a"), kPatience));
}

TEST_CASE("the last directory is made and can be entered by the group whatever the umask says") {
  const TempTree tree;
  const Umask set(077);
  const auto door = Door::open({tree.root() + "/run/dcat.sock", ""});
  REQUIRE(door);
  CHECK((look_at(tree.root() + "/run").st_mode & 07777) == 0755);
}

TEST_CASE("at its end the door takes its socket away and ends its clients") {
  const TempTree tree;
  const std::string path = tree.root() + "/s";
  auto door = Door::open({path, ""});
  REQUIRE(door);
  RawClient client(path);
  REQUIRE(client.connected());
  door->reset();
  CHECK_FALSE(is_there(path));
  CHECK(client.ended());
  CHECK(Door::open({path, ""}));
}

TEST_CASE("a second daemon is refused and the first one goes on") {
  const OpenDoor at;
  const auto second = Door::open({at.path, ""});
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::failed);
  CHECK(second.error().to_string() ==
        "listen on " + at.path + ": a daemon answers there already; stop it first, or choose another path");
  CHECK(ask_daemon(at.path, arrival("a"), kPatience));
  CHECK(at.door->take().size() == 1);
}

TEST_CASE("the socket of a daemon that was killed is replaced") {
  const TempTree tree;
  const std::string path = tree.root() + "/s";
  leave_stale_socket(path);
  REQUIRE(is_there(path));
  const Result<std::string> nobody = ask_daemon(path, AskStatus{}, kPatience);
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().sys_errno == ECONNREFUSED);
  const auto door = Door::open({path, ""});
  REQUIRE(door);
  CHECK(ask_daemon(path, arrival("a"), kPatience));
}

TEST_CASE("a file that is no socket is left alone and refused") {
  const TempTree tree;
  tree.file("s", "precious");
  tree.directory("d");
  REQUIRE(::symlink((tree.root() + "/s").c_str(), (tree.root() + "/link").c_str()) == 0);
  for (const char* name : {"s", "d", "link"}) {
    const auto door = Door::open({tree.root() + "/" + name, ""});
    REQUIRE_FALSE(door);
    CHECK(door.error().why == "what is there is no socket");
  }
  std::string text;
  std::ifstream(tree.root() + "/s") >> text;
  CHECK(text == "precious");
}

TEST_CASE("a path that cannot be used is refused with the reason") {
  const TempTree tree;
  tree.file("plain", "");
  const auto why = [](const std::string& path) {
    const auto door = Door::open({path, ""});
    REQUIRE_FALSE(door);
    CHECK(door.error().code == ErrorCode::failed);
    CHECK(door.error().what == "listen on " + path);
    return door.error().why;
  };
  CHECK(why("") == "its path is not absolute");
  CHECK(why("dcat.sock") == "its path is not absolute");
  CHECK(why("/" + std::string(107, 'a')) == "its path has 108 bytes, want at most 107");
  CHECK(why(tree.root() + "/no/such/s") == "open " + tree.root() + "/no/such/: No such file or directory");
  CHECK(why(tree.root() + "/plain/s") == "open " + tree.root() + "/plain/: Not a directory");
}

TEST_CASE("another's socket at the path stays there when the door ends") {
  const TempTree tree;
  const std::string path = tree.root() + "/s";
  auto first = Door::open({path, ""});
  REQUIRE(first);
  REQUIRE(::unlink(path.c_str()) == 0);
  const auto second = Door::open({path, ""});
  REQUIRE(second);
  first->reset();
  CHECK(ask_daemon(path, arrival("a"), kPatience));
}

TEST_CASE("nothing is looked at nor replaced while another daemon does so") {
  const TempTree tree;
  const Descriptor another(::open(tree.root().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(::flock(another.fd(), LOCK_EX) == 0);
  const auto refused = Door::open({tree.root() + "/s", ""});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().why == "somebody keeps " + tree.root() + "/ locked");
  REQUIRE(::flock(another.fd(), LOCK_UN) == 0);
  CHECK(Door::open({tree.root() + "/s", ""}));
}

TEST_CASE("of daemons that start at once at a stale socket one listens and the others are refused") {
  const TempTree tree;
  const std::string path = tree.root() + "/s";
  for (int round = 0; round < 10; ++round) {
    leave_stale_socket(path);
    int start[2], done[2];
    REQUIRE(::pipe(start) == 0);
    REQUIRE(::pipe(done) == 0);
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i)
      children.push_back(test::start_child([&] {
        char byte = 0;
        ::close(start[1]);
        (void)!::read(start[0], &byte, 1);  // until the parent closes it
        const auto door = Door::open({path, ""});
        (void)!::write(done[1], door ? "y" : "n", 1);
        ::pause();
        return 0;
      }));
    ::close(start[0]);
    ::close(start[1]);
    int listening = 0;
    for (int i = 0; i < 4; ++i) {
      char byte = 0;
      REQUIRE(::read(done[0], &byte, 1) == 1);
      if (byte == 'y') ++listening;
    }
    CHECK(listening == 1);
    const RawClient client(path);
    CHECK(client.connected());
    for (const pid_t child : children) ::kill(child, SIGKILL);
    for (const pid_t child : children) test::end_of(child);
    ::close(done[0]);
    ::close(done[1]);
  }
}

TEST_CASE("a socket that a daemon left is taken away by itself, one that is answered and what is no socket are not") {
  const test::TempTree tree;
  const std::string path = tree.root() + "/s";
  CHECK(remove_stale_socket(path));  // nothing is there
  {
    const Result<ListeningSocket> answered = listen_at(path, "", 4);
    REQUIRE(answered);
    CHECK(remove_stale_socket(path).error().sys_errno == EADDRINUSE);
  }
  REQUIRE(std::filesystem::exists(path));  // its listener is gone
  CHECK(remove_stale_socket(path));
  CHECK_FALSE(std::filesystem::exists(path));
  tree.file("s", "x");
  CHECK(remove_stale_socket(path).error().sys_errno == EEXIST);
  CHECK(std::filesystem::exists(path));
}

}  // namespace
}  // namespace dcat
