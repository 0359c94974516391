// What an announcement and a status cost at the daemon's door, client and server together, one connection each as hooks
// have: alone, and beside the most clients that there may be, of which one has asked and does not read.
#include <benchmark/benchmark.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "controller/door/door.h"
#include "core/linux/descriptor.h"
#include "hooks/ask.h"

namespace {

constexpr int kContainers = 250;

// What a node of 250 containers says, about 300 bytes each.
std::string a_status() {
  std::string status = "{\"containers\":[";
  for (int i = 0; i < kContainers; ++i)
    status += std::string(i == 0 ? "" : ",") + "{\"id\":\"" + std::string(64, 'a') + "\",\"x\":\"" +
              std::string(220, 'x') + "\"}";
  return status + "]}";
}

struct OpenDoor {
  std::string root = (std::filesystem::temp_directory_path() / "dcat-bench-XXXXXX").string();
  std::unique_ptr<dcat::Door> door;
  std::vector<dcat::Descriptor> idle;

  explicit OpenDoor(int clients) {
    if (::mkdtemp(root.data()) == nullptr) return;
    auto opened = dcat::Door::open({path(), ""});
    if (!opened) return;
    door = std::move(opened).value();
    door->publish([] { return a_status(); });
    for (int i = 0; i < clients; ++i) connect_one();
  }
  ~OpenDoor() {
    door.reset();
    std::error_code ignored;
    std::filesystem::remove_all(root, ignored);
  }
  std::string path() const { return root + "/s"; }
  void connect_one() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof address.sun_path - 1);
    idle.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    (void)!::connect(idle.back().fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  // 500,000 bytes of answers that nobody fetches.
  void ask_and_not_read() const {
    const std::string asks = "{\"dcat\":1,\"status\":{}}\n";
    for (int i = 0; i < 6; ++i) (void)!::send(idle.front().fd(), asks.data(), asks.size(), MSG_NOSIGNAL);
  }
};

void ask(benchmark::State& state, const dcat::Ask& what) {
  const auto clients = static_cast<int>(state.range(0));
  const OpenDoor at(clients);
  if (!at.door) return state.SkipWithError("no door");
  if (clients > 0) at.ask_and_not_read();
  for (auto _ : state) {
    const auto answer = dcat::ask_daemon(at.path(), what, dcat::kHookPatience);
    if (!answer) return state.SkipWithError(answer.error().to_string().c_str());
    state.PauseTiming();
    benchmark::DoNotOptimize(at.door->take());
    state.ResumeTiming();
  }
}

dcat::Announcement a_pod() {
  dcat::Announcement announcement;
  announcement.runtime = dcat::Runtime::containerd;
  announcement.id = std::string(64, 'a');
  announcement.cgroup = "kubepods.slice/" + std::string(150, 'b');
  for (int i = 0; i < 10; ++i) announcement.annotations["key" + std::to_string(i)] = std::string(50, 'v');
  return announcement;
}

void announce(benchmark::State& state) {
  ask(state, a_pod());
}
void status(benchmark::State& state) {
  ask(state, dcat::AskStatus{});
}
BENCHMARK(announce)->Arg(0)->Arg(126)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(status)->Arg(0)->Arg(126)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
