// What the tests of the door talk to it with: clients that say any bytes, and children that are other users.
#pragma once

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controller/door/door.h"
#include "core/linux/descriptor.h"
#include "hooks/announcement.h"
#include "hooks/ask.h"
#include "hooks/wire.h"
#include "tests/perfmon/linux/temp_tree.h"
#include "tests/support/catch.h"

namespace dcat::test {

// For what has to come: a test that waits as long has failed.
inline constexpr int kPatienceMs = 20'000;
inline constexpr Duration kPatience = std::chrono::milliseconds(kPatienceMs);

inline bool is_readable(int fd, int patience_ms) {
  pollfd wanted{fd, POLLIN, 0};
  return ::poll(&wanted, 1, patience_ms) > 0;
}

class RawClient {
 public:
  RawClient() : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  explicit RawClient(const std::string& path) : RawClient() { connect_to(path); }
  void connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    connected_ = ::connect(fd_.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  bool connected() const { return connected_; }
  int fd() const { return fd_.fd(); }
  // False: nobody reads any more.
  bool say(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t sent = ::send(fd_.fd(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent < 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // Without its newline; "" at the end.
  std::string hear() {
    for (;;) {
      if (const std::size_t end = heard_.find('\n'); end != std::string::npos) {
        std::string line = heard_.substr(0, end);
        heard_.erase(0, end + 1);
        return line;
      }
      if (!hear_some()) return "";
    }
  }
  bool ended() {
    while (hear_some()) {
    }
    return over_;
  }
  bool has_heard() const { return !heard_.empty() || is_readable(fd_.fd(), 0); }
  void stop_talking() const { ::shutdown(fd_.fd(), SHUT_WR); }

 private:
  bool hear_some() {
    char part[65536];
    if (!is_readable(fd_.fd(), kPatienceMs)) return false;
    const ssize_t got = ::recv(fd_.fd(), part, sizeof part, 0);
    over_ = got <= 0;
    if (got > 0) heard_.append(part, static_cast<std::size_t>(got));
    return got > 0;
  }

  Descriptor fd_;
  bool connected_ = false;
  bool over_ = false;
  std::string heard_;
};

inline const std::string kAskStatus = R"({"dcat":1,"status":{}})"
                                      "\n";

inline Announcement arrival(const std::string& id) {
  Announcement announcement;
  announcement.runtime = Runtime::docker;
  announcement.id = id;
  announcement.name = "of " + id;
  announcement.wishes.priority = 3;
  return announcement;
}
inline std::string arrival_line(const std::string& id) {
  return format_ask(arrival(id)) + "\n";
}

// A door in a directory of its own, for root (or who runs the test) alone.
struct OpenDoor {
  TempTree tree;
  std::string path = tree.root() + "/dcat.sock";
  std::unique_ptr<Door> door;

  using Answer = std::function<Result<std::string>(const Ask&, const Peer&)>;
  explicit OpenDoor(const std::string& group = "", Answer answer = {}) {
    Result<std::unique_ptr<Door>> opened = Door::open({path, group, Duration(0), std::move(answer)});
    INFO((opened ? "" : opened.error().to_string()));
    REQUIRE(opened);
    door = std::move(opened).value();
  }
  // As many as are wanted, or those that came within the patience.
  std::vector<Announcement> take(std::size_t wanted) const {
    std::vector<Announcement> all;
    while (all.size() < wanted && is_readable(door->news_fd(), kPatienceMs))
      for (Announcement& announcement : door->take()) all.push_back(std::move(announcement));
    return all;
  }
};

inline std::size_t count_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// For what another thread does at its leisure and nothing tells of.
template <class Condition>
bool becomes(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition())
    if (std::chrono::steady_clock::now() > end) return false;
  return true;
}

// Of this process, with all its threads.
inline double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Runs `body` in a child; what it returns is the child's exit code.
template <class Body>
pid_t start_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  return child;
}
inline int end_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace dcat::test
