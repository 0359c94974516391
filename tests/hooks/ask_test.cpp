// What a hook hears from daemons that are well, stopped, gone, dying or none at all, and how long it waits for them.
#include "hooks/ask.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

#include "tests/controller/door/clients.h"

namespace dcat {
namespace {

using namespace std::chrono_literals;
using test::arrival;
using test::kPatience;
using test::RawClient;
using test::TempTree;

// Accepts one client after the other and does this with it.
class FakeDaemon {
 public:
  explicit FakeDaemon(std::function<void(int)> behaviour)
      : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(listener_.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_.fd(), 16) == 0);
    thread_ = std::thread([this, behaviour] {
      for (;;) {
        const Descriptor client(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!client.open()) return;
        behaviour(client.fd());
      }
    });
  }
  ~FakeDaemon() {
    ::shutdown(listener_.fd(), SHUT_RDWR);
    thread_.join();
  }
  std::string path() const { return tree_.root() + "/s"; }

 private:
  TempTree tree_;
  Descriptor listener_;
  std::thread thread_;
};

void say(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void hear_a_line(int fd) {
  char byte = 0;
  while (::recv(fd, &byte, 1, 0) == 1 && byte != '\n') {
  }
}

// A daemon in a process of its own, as `stop` leaves it: it has the socket and does nothing.
class StoppedDaemon {
 public:
  StoppedDaemon() {
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    child_ = test::start_child([&] {
      const auto door = Door::open({path(), ""});
      if (door) (*door)->publish([] { return std::string("{}"); });
      (void)!::write(ready[1], door ? "y" : "n", 1);
      for (;;) ::pause();
      return 0;
    });
    char answer = 'n';
    REQUIRE(::read(ready[0], &answer, 1) == 1);
    REQUIRE(answer == 'y');
    ::close(ready[0]);
    ::close(ready[1]);
    ::kill(child_, SIGSTOP);
    int status = 0;
    REQUIRE(::waitpid(child_, &status, WUNTRACED) == child_);
    REQUIRE(WIFSTOPPED(status));
  }
  ~StoppedDaemon() {
    ::kill(child_, SIGKILL);
    test::end_of(child_);
  }
  void go_on() const { ::kill(child_, SIGCONT); }
  std::string path() const { return tree_.root() + "/s"; }

 private:
  TempTree tree_;
  pid_t child_ = -1;
};

// Signals that interrupt whatever waits, every 5 ms.
class Interruptions {
 public:
  Interruptions() {
    struct sigaction ours {};
    ours.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &ours, &before_);
    set(5000);
  }
  ~Interruptions() {
    set(0);
    ::sigaction(SIGALRM, &before_, nullptr);
  }

 private:
  static void set(suseconds_t every) {
    const itimerval timer{{0, every}, {0, every}};
    ::setitimer(ITIMER_REAL, &timer, nullptr);
  }
  struct sigaction before_ {};
};

// A hook's patience is kept: no less, and no more than five times as much on a busy machine.
void check_gives_up_in_time(const std::string& path) {
  const auto start = std::chrono::steady_clock::now();
  const Result<std::string> answer = ask_daemon(path, arrival("a"), kHookPatience);
  const Duration took = std::chrono::steady_clock::now() - start;
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::failed);
  CHECK(answer.error().sys_errno == ETIMEDOUT);
  CHECK(answer.error().to_string() ==
        "ask the daemon at " + path + ": no answer within 150 ms; see whether the daemon runs and is not stopped");
  CHECK(took >= kHookPatience - 1ms);
  CHECK(took < 1s);
}

TEST_CASE("an announcement of nobody is refused before anyone is asked") {
  const Result<std::string> answer = ask_daemon("/nowhere/at/all", Announcement{}, kPatience);
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().code == ErrorCode::bad_input);
  CHECK(answer.error().why == "the announcement has no id");
}

TEST_CASE("a daemon that is stopped is given up in time and answers when it goes on") {
  const StoppedDaemon daemon;
  check_gives_up_in_time(daemon.path());
  {
    const Interruptions interrupted;
    check_gives_up_in_time(daemon.path());
  }
  daemon.go_on();
  const Result<std::string> status = ask_daemon(daemon.path(), AskStatus{}, kPatience);
  REQUIRE(status);
  CHECK(*status == "{}");
}

TEST_CASE("a stopped daemon whose queue is full is given up in time") {
  const StoppedDaemon daemon;
  std::vector<Descriptor> queue;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  daemon.path().copy(address.sun_path, sizeof address.sun_path - 1);
  for (bool full = false; !full && queue.size() < 1000;) {
    queue.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    full = ::connect(queue.back().fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0;
    if (full) REQUIRE(errno == EAGAIN);
  }
  REQUIRE(queue.size() < 1000);
  check_gives_up_in_time(daemon.path());
  const Interruptions interrupted;
  check_gives_up_in_time(daemon.path());
}

TEST_CASE("an answer in drops does not outlast the deadline") {
  const FakeDaemon daemon([](int fd) {
    pollfd end{fd, POLLRDHUP, 0};
    for (int i = 0; i < 500 && ::poll(&end, 1, 10) == 0; ++i) say(fd, " ");
  });
  check_gives_up_in_time(daemon.path());
}

TEST_CASE("an answer may come in pieces") {
  const FakeDaemon daemon([](int fd) {
    hear_a_line(fd);
    for (const char c : format_ok(R"({"a":1})") + "\nmore") say(fd, std::string(1, c));
  });
  const Result<std::string> answer = ask_daemon(daemon.path(), AskStatus{}, kPatience);
  REQUIRE(answer);
  CHECK(*answer == R"({"a":1})");
}

TEST_CASE("without time left nothing is waited for") {
  const FakeDaemon daemon([](int fd) { hear_a_line(fd); });
  for (const Duration within : {Duration(0), Duration(-1s)}) {
    const Result<std::string> answer = ask_daemon(daemon.path(), AskStatus{}, within);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().sys_errno == ETIMEDOUT);
  }
}

TEST_CASE("where no socket is the error says so and what to do") {
  const TempTree tree;
  const std::string path = tree.root() + "/s";
  const Result<std::string> answer = ask_daemon(path, AskStatus{}, kPatience);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().sys_errno == ENOENT);
  CHECK(answer.error().to_string() ==
        "ask the daemon at " + path + ": there is no such socket; start the daemon (dcat run), or name its socket");
  tree.file("s", "");
  CHECK(ask_daemon(path, AskStatus{}, kPatience).error().sys_errno == ECONNREFUSED);
  CHECK(ask_daemon("/" + std::string(200, 'a'), AskStatus{}, kPatience).error().sys_errno == ENAMETOOLONG);
  CHECK(ask_daemon("", AskStatus{}, kPatience).error().sys_errno == ENAMETOOLONG);
}

// Whether the end comes before, while or after the ask is sent is the scheduler's: all of it, often enough.
TEST_CASE("a daemon that ends the connection raises no signal and the error says so") {
  const FakeDaemon daemon([](int) {});
  for (int i = 0; i < 300; ++i) {
    const Result<std::string> answer = ask_daemon(daemon.path(), arrival("a"), kPatience);
    REQUIRE_FALSE(answer);
    REQUIRE(answer.error().sys_errno == EPIPE);
    REQUIRE(answer.error().why == "it ended the connection without an answer");
  }
}

TEST_CASE("who is sent away before it has asked still hears why") {
  const Error reason{ErrorCode::failed, "ask the daemon", "too many are here", "come again"};
  const std::string line = format_error(reason) + "\n";
  const FakeDaemon daemon([&](int fd) { say(fd, line); });
  Announcement large = arrival("a");  // takes its time to be sent
  large.annotations["note"] = std::string(60'000, 'x');
  for (int i = 0; i < 600; ++i) {
    const Result<std::string> answer = ask_daemon(daemon.path(), large, kPatience);
    REQUIRE_FALSE(answer);
    REQUIRE(answer.error() == reason);
  }
}

TEST_CASE("an answer that does not end is refused") {
  const FakeDaemon daemon([](int fd) {
    hear_a_line(fd);
    say(fd, std::string(kMostAnswer + 100'000, ' '));
  });
  const Result<std::string> answer = ask_daemon(daemon.path(), AskStatus{}, kPatience);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().sys_errno == EMSGSIZE);
}

TEST_CASE("an answer that is none is refused") {
  const FakeDaemon daemon([](int fd) { say(fd, "HTTP/1.1 400 Bad Request\r\n\r\n"); });
  CHECK_FALSE(ask_daemon(daemon.path(), AskStatus{}, kPatience));
}

TEST_CASE("an ask that no daemon takes is not sent") {
  Announcement large = arrival("a");
  large.annotations["note"] = std::string(kMostLine, 'x');
  const TempTree tree;
  const Result<std::string> answer = ask_daemon(tree.root() + "/s", large, kPatience);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::bad_input);
  CHECK(answer.error().why == "the ask has " + std::to_string(format_ask(large).size()) + " bytes, want at most 65536");
}

TEST_CASE("no descriptor stays behind with an ask") {
  const FakeDaemon daemon([](int fd) { hear_a_line(fd); });
  const std::size_t before = test::count_descriptors();
  for (int i = 0; i < 10; ++i) {
    CHECK_FALSE(ask_daemon(daemon.path(), AskStatus{}, kPatience));
    CHECK_FALSE(ask_daemon(daemon.path() + "-none", AskStatus{}, kPatience));
  }
  // The daemon's own end of the last one is closed at its leisure.
  CHECK(test::becomes([&] { return test::count_descriptors() == before; }));
}

}  // namespace
}  // namespace dcat
