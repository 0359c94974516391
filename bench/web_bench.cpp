// What being looked at costs: handing a decision over (on the control loop's thread), with and without somebody who
// scrapes without pause, and formatting an answer (on the server's). A made-up node of one L3; bytes of an answer are a
// counter beside its time.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "core/linux/descriptor.h"
#include "web/page_json.h"
#include "web/server.h"

namespace {

using namespace dcat;

// A kubelet's path, as long as they are.
std::string path_of(int i) {
  std::string number = std::to_string(100000 + i);
  return "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + number + "_1111_2222_3333_444444444444" +
         ".slice/cri-containerd-" + std::string(58, 'a') + number + ".scope";
}

struct Node {
  Observation observation;
  Decision decision;
  std::unique_ptr<web::Publisher> publisher;
  std::uint64_t periods = 0;

  explicit Node(int containers) {
    web::Sources sources;
    sources.faults = [] { return FaultCounts(); };
    sources.neighbours = [] { return Neighbours(); };
    sources.explain = [](const ContainerDecision&) { return std::string("the last way gained 12.3 % (limit 5.0 %)"); };
    sources.steady = [] { return Duration(std::chrono::steady_clock::now().time_since_epoch()); };
    sources.unix_seconds = [] { return 1.8e9; };
    web::NodeFacts facts;
    facts.node = "bench";
    publisher = std::make_unique<web::Publisher>(facts, Mode::enforce, std::move(sources));
    DomainGeometry geometry;
    geometry.available = Cbm(0xfffff);
    observation.geometry.domains = {geometry};
    observation.geometry.closids = 16;
    observation.domains = {{DomainId{0}, {}, {}}};
    DomainDecision domain{DomainId{0}, {}, Ways(5), Ways(1)};
    decision.masks.domains = {{DomainId{0}, Cbm(0x1f), {}}};
    for (int i = 0; i < containers; ++i) {
      observation.containers.emplace_back().id = ContainerId{path_of(i)};
      const auto index = static_cast<std::uint32_t>(i);
      observation.domains[0].series.push_back({index, index, 1});
      observation.domains[0].samples.emplace_back();
      ContainerDecision row;
      row.container = index;
      row.contract = row.ways_after = Ways(1);
      row.reason.normalised_ipc = 1.02;
      row.metrics.ipc = 1.3;
      row.metrics.mpki = 2.5;
      row.metrics.llc_occupancy_bytes = 1 << 20;
      row.dedicated = i < 15;
      if (row.dedicated) {
        const GroupId group{path_of(i)};
        decision.masks.members.push_back({ContainerId{path_of(i)}, group});
        decision.masks.domains[0].groups.push_back({group, Cbm(std::uint64_t{0x20} << i)});
      }
      domain.containers.push_back(row);
    }
    observation.masks = decision.masks;
    decision.domains = {std::move(domain)};
    for (int i = 0; i < 3; ++i) period();
  }
  void period() {
    ++periods;
    observation.at += std::chrono::seconds(1);
    for (Sample& sample : observation.domains[0].samples) {
      sample.at = observation.at;
      sample.enabled = std::chrono::seconds(periods);
      for (const Event event : kAllEvents) sample[event] = Reading{periods * 1'000'000, std::chrono::seconds(periods)};
    }
  }
  void decide() {
    (void)publisher->on_decision(observation, decision).ok();
    publisher->on_period(std::chrono::milliseconds(1));
    publisher->on_beat();
  }
};

// Asks for /metrics again and again, as fast as it is answered.
class Scraper {
 public:
  explicit Scraper(int port)
      : thread_([this, port] {
          while (!stop_) scrape(port);
        }) {}
  ~Scraper() {
    stop_ = true;
    thread_.join();
  }
  std::uint64_t scrapes() const { return scrapes_; }

 private:
  void scrape(int port) {
    const Descriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const std::string ask = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    if (::connect(fd.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return;
    (void)::send(fd.fd(), ask.data(), ask.size(), MSG_NOSIGNAL);
    char buffer[65536];
    while (::recv(fd.fd(), buffer, sizeof buffer, 0) > 0) {
    }
    ++scrapes_;
  }

  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> scrapes_ = 0;
  std::thread thread_;
};

void hand_over(benchmark::State& state) {
  Node node(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    node.period();
    state.ResumeTiming();
    node.decide();
  }
}
BENCHMARK(hand_over)->Arg(25)->Arg(250)->Arg(2500)->Unit(benchmark::kMicrosecond);

void hand_over_while_scraped(benchmark::State& state) {
  Node node(static_cast<int>(state.range(0)));
  node.decide();
  auto server = web::Server::open(*parse_endpoint("127.0.0.1:0"), *node.publisher);
  if (!server) return state.SkipWithError("cannot listen");
  const Scraper scraper((*server)->endpoint().port);
  for (auto _ : state) {
    state.PauseTiming();
    node.period();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    state.ResumeTiming();
    node.decide();
  }
  state.counters["scrapes"] = static_cast<double>(scraper.scrapes());
}
BENCHMARK(hand_over_while_scraped)->Arg(250)->Arg(2500)->Iterations(400)->Unit(benchmark::kMicrosecond);

void format_answer(benchmark::State& state, std::string (*format)(const web::Publisher&)) {
  Node node(static_cast<int>(state.range(0)));
  for (int i = 0; i < 600; ++i) {
    node.period();
    node.decide();
  }
  std::size_t bytes = 0;
  for (auto _ : state) bytes = format(*node.publisher).size();
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK_CAPTURE(format_answer, metrics, [](const web::Publisher& p) { return p.metrics(); })
    ->Arg(250)
    ->Arg(2500)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(format_answer, now, web::format_now)->Arg(250)->Arg(2500)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(format_answer, ways, [](const web::Publisher& p) { return web::format_ways(p.history().ways()); })
    ->Arg(250)
    ->Arg(2500)
    ->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
