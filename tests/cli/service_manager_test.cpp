// What a service manager is told, and above all when the watchdog is fed; by a clock and a socket of the test's own.
#include "cli/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>

#include "core/linux/descriptor.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"

namespace dcat::cli {
namespace {

using namespace std::chrono_literals;
using test::contains;

struct Told {
  explicit Told(std::optional<Duration> watchdog)
      : manager([this](const std::string& state) { all += state + "\n"; }, watchdog, Mode::enforce,
                [this] { return now; }) {}
  // Beats for so long, as often as the loop does at least.
  void beat(Duration length) {
    for (const auto end = now + length; now < end; now += 500ms) manager.on_beat();
  }
  int count(const std::string& line) const {
    int found = 0;
    for (std::size_t at = 0; (at = all.find(line, at)) != std::string::npos; ++at) ++found;
    return found;
  }
  std::chrono::steady_clock::time_point now{};
  std::string all;
  ServiceManager manager;
};

TEST_CASE("it is ready when the loop beats for the first time, and says so once") {
  Told told(std::nullopt);
  told.manager.opening("counters");
  CHECK(told.all == "EXTEND_TIMEOUT_USEC=60000000\nSTATUS=opening: counters\n");
  told.beat(10s);
  CHECK(told.count("READY=1") == 1);
  CHECK(told.count("WATCHDOG=1") == 0);
}

TEST_CASE("the watchdog is fed four times in its time while the loop beats") {
  Told told(20s);
  told.beat(100s);
  CHECK(told.count("WATCHDOG=1") == 20);
}

TEST_CASE("a loop that is stuck does not feed the watchdog, whatever else goes on") {
  Told told(20s);
  told.beat(1s);
  REQUIRE(told.count("WATCHDOG=1") == 1);
  told.now += 1h;
  REQUIRE(told.manager.on_decision({}, {}).ok());
  told.manager.on_trouble({ErrorCode::failed, "a", "b", "", 0});
  told.manager.reloading();
  told.manager.reloaded();
  told.manager.on_mode(Mode::advise, "why");
  CHECK(told.count("WATCHDOG=1") == 1);
  told.manager.on_beat();
  CHECK(told.count("WATCHDOG=1") == 2);
}

TEST_CASE("a loop that beats a thousand times a second tells no more than one that beats twice") {
  Told fast(20s);
  for (int i = 0; i < 20'000; ++i, fast.now += 1ms) fast.manager.on_beat();
  Told slow(20s);
  slow.beat(20s);
  CHECK(fast.all == slow.all);
}

TEST_CASE("the line tells mode, containers and the last changes, and a new mode at once") {
  Told told(std::nullopt);
  told.manager.on_beat();
  CHECK(contains(told.all, "STATUS=mode enforce, nothing decided yet\n"));
  Observation observation;
  observation.containers.resize(3);
  Decision decision;
  decision.tick = 7;
  decision.changes.resize(2);
  REQUIRE(told.manager.on_decision(observation, decision).ok());
  decision.tick = 8;
  decision.changes.clear();
  REQUIRE(told.manager.on_decision(observation, decision).ok());
  told.now += ServiceManager::kStatusEvery;
  told.manager.on_beat();
  CHECK(contains(told.all, "STATUS=mode enforce, 3 containers, 8 decisions, the last 2 changes in decision 7\n"));
  told.manager.on_mode(Mode::advise, "why");
  told.manager.on_beat();
  CHECK(
      contains(told.all, "STATUS=mode advise, 3 containers, 8 decisions, the last 2 changes advised in decision 7\n"));
}

TEST_CASE("a reload is told from its beginning to its end, and the end of the run before the node is given back") {
  Told told(std::nullopt);
  told.manager.on_beat();
  told.all.clear();
  told.manager.reloading();
  told.manager.reloaded();
  told.manager.on_stopping();
  CHECK(told.all.starts_with("RELOADING=1\nMONOTONIC_USEC="));
  CHECK(told.all.ends_with("\nREADY=1\nSTOPPING=1\nSTATUS=giving the node back\n"));
}

#ifdef DCAT_TEST_SYSTEMD
// A socket as a service manager has it.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(fd_.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~NotifySocket() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;
  std::string read() {
    char text[4096];
    const ssize_t got = ::recv(fd_.fd(), text, sizeof text, 0);
    return got < 0 ? "" : std::string(text, static_cast<std::size_t>(got));
  }

 private:
  Descriptor fd_;
};

TEST_CASE("the environment tells where, and how often the watchdog is to be fed") {
  CHECK(ServiceManager::of_environment(Mode::observe) == nullptr);
  const test::Folder folder;
  NotifySocket socket(folder / "notify");
  auto manager = ServiceManager::of_environment(Mode::observe);
  REQUIRE(manager != nullptr);
  manager->on_beat();
  CHECK(socket.read() == "READY=1\nSTATUS=mode observe, nothing decided yet");
  ::setenv("WATCHDOG_USEC", "20000000", 1);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  manager = ServiceManager::of_environment(Mode::observe);
  manager->on_beat();
  CHECK(socket.read() == "READY=1\nWATCHDOG=1\nSTATUS=mode observe, nothing decided yet");
  ::setenv("WATCHDOG_PID", "1", 1);  // another process's
  manager = ServiceManager::of_environment(Mode::observe);
  manager->on_beat();
  CHECK(socket.read() == "READY=1\nSTATUS=mode observe, nothing decided yet");
}
#endif

}  // namespace
}  // namespace dcat::cli
