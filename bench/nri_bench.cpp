// What an NRI session costs its thread: an event from bytes to answer, and a Synchronize of 200 pods with two
// containers.
#include <benchmark/benchmark.h>

#include "tests/hooks/nri/session_steps.h"

namespace {

using namespace dcat;
using namespace dcat::testing;

void start_container(benchmark::State& state) {
  FakeRuntime runtime;
  NriSession session;
  synchronize(session, runtime);
  api::PodSandbox pod = pod_named("web-0", 1);
  annotate(pod, "dcat.dev/contract-ways", "4");
  const std::string bytes = event(runtime, "StartContainer", pod, container_of(pod, "web", 1));
  for (auto _ : state) benchmark::DoNotOptimize(session.feed(bytes));
}
BENCHMARK(start_container)->Unit(benchmark::kMicrosecond);

void synchronize_200_pods(benchmark::State& state) {
  FakeRuntime runtime;
  NriSession session;
  synchronize(session, runtime);
  api::SynchronizeRequest all;
  for (int i = 0; i < 200; ++i) {
    const api::PodSandbox pod = pod_named("pod-" + std::to_string(i), i);
    *all.add_pods() = pod;
    *all.add_containers() = container_of(pod, "main", 2 * i);
    *all.add_containers() = container_of(pod, "side", 2 * i + 1);
  }
  const std::string bytes = runtime.synchronize(all);
  for (auto _ : state) benchmark::DoNotOptimize(session.feed(bytes));
}
BENCHMARK(synchronize_200_pods)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
