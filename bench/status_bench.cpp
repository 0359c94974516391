// What one `dcat status` costs the door's thread, and its publication the control loop: names, states and threads of so
// many containers, over plain files in a temporary directory that look like cgroups.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "cat/linux/container_tasks.h"
#include "cli/status_board.h"
#include "controller/step.h"
#include "tests/perfmon/linux/temp_tree.h"

namespace {

constexpr int kThreads = 20;  // of each container
constexpr int kGroups = 15;

std::string id_of(int i) {
  std::string digits = std::to_string(100'000 + i);
  digits.insert(0, 64 - digits.size(), 'a');
  return "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod6d6c1f0e_9d60_4a5c_8b0f_" +
         std::to_string(100'000'000'000 + i) + ".slice/cri-containerd-" + digits + ".scope";
}

struct Seen {
  dcat::Observation observation;
  dcat::Decision decision;
};

Seen look(int containers) {
  dcat::Observation o;
  dcat::DomainGeometry domain;
  domain.id = dcat::DomainId(0);
  domain.available = dcat::Cbm(0xfffff);
  o.geometry = {{domain}, kGroups + 1};
  o.masks.domains.push_back({dcat::DomainId(0), dcat::Cbm(0xfffff), {}});
  for (int i = 0; i < containers; ++i) {
    dcat::ContainerInfo info;
    info.id = dcat::ContainerId{id_of(i)};
    info.contract_kind =
        i < kGroups ? dcat::ContainerInfo::ContractKind::given : dcat::ContainerInfo::ContractKind::none;
    info.contract = dcat::Ways(1);
    info.starting = i < kGroups;
    o.containers.push_back(info);
  }
  o.domains.push_back({dcat::DomainId(0), {}, {}});
  dcat::StepResult result = dcat::step({}, o, {});
  return {std::move(o), std::move(result.decision)};
}

void publish_a_status(benchmark::State& state) {
  const Seen seen = look(static_cast<int>(state.range(0)));
  const dcat::Announcements announcements;
  for (auto _ : state)
    benchmark::DoNotOptimize(dcat::cli::status_of(seen.observation, seen.decision, announcements, dcat::Mode::enforce));
}

void tell_a_status(benchmark::State& state, bool with_threads) {
  const auto containers = static_cast<int>(state.range(0));
  const dcat::test::TempTree tree;
  std::string tids;
  for (int i = 0; i < kThreads; ++i) tids += std::to_string(100'000 + i) + "\n";
  for (int i = 0; i < containers && with_threads; ++i) tree.file(id_of(i) + "/cgroup.threads", tids);
  const Seen seen = look(containers);
  const dcat::cli::NodeStatus status = dcat::cli::status_of(seen.observation, seen.decision, {}, dcat::Mode::enforce);
  dcat::cli::ThreadsOf threads_of;
  if (with_threads)
    threads_of = [&tree](const dcat::ContainerId& id) {
      std::vector<int> found;
      (void)dcat::read_threads(tree.root() + "/" + id.value, found).ok();
      return found;
    };
  std::size_t bytes = 0;
  for (auto _ : state) bytes = dcat::cli::format_status(status, threads_of).size();
  state.counters["bytes"] = static_cast<double>(bytes);
}

BENCHMARK(publish_a_status)->Arg(250)->Arg(2500)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(tell_a_status, without_threads, false)->Arg(250)->Arg(2500)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(tell_a_status, with_threads, true)->Arg(250)->Arg(2500)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
