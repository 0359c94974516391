// What remembering costs: Google Benchmark over the memory (controller/memory/) and its file (cli/memory_file.h).
//
//   build/bench/memory_bench [--benchmark_filter=...]      TMPDIR: the file system that is written to
//
// Containers in one L3 domain each, with `phases` phases of six measured sizes.
//   in_the_loop  the copy and the comparison that the control loop pays for, at most every quarter of write_every
//   text         the text, with its checksum; the file's thread
//   write        text, write, fsync, rename, fsync of the directory; the file's thread
//   read         what a start pays: read, check, parse
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "cli/private_directory.h"
#include "controller/memory/memory_text.h"
#include "controller/step.h"

namespace {

using namespace dcat;

Phase some_phase(int id, std::size_t container) {
  Phase phase;
  phase.id = id;
  phase.reference = 0.1 * id + 1e-6 * static_cast<double>(container) / 3;
  phase.baseline_ipc = 1.0 / (3 + id);
  phase.baseline_mpki = 10.0 / 7;
  phase.preferred = Ways(5);
  phase.record = PhaseRecord{State::keeper, false, Ways(5)};
  phase.last_seen = 100'000;
  for (int ways = 1; ways <= 6; ++ways)
    for (int n = 0; n < 3; ++n)
      phase.table.record(Ways(ways), 0.7 + 0.1 * ways + 1.0 / (7 + n), 20.0 + 1.0 / (11 + n), 4.0 / (13 + n));
  return phase;
}

ControllerState some_state(std::size_t containers, int phases) {
  ControllerState state;
  state.memory.most_containers = 4096;
  state.memory.forget_after = std::chrono::hours(168);
  DomainState& domain = state.domains.emplace_back();
  domain.ways = Ways(20);
  domain.way_bytes = 9 << 18;
  for (std::size_t c = 0; c < containers; ++c) {
    std::string id = std::to_string(c);
    id = "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + std::string(36 - id.size(), '0') + id +
         ".slice/cri-containerd-" + std::string(64, 'a') + ".scope";
    state.containers.push_back(ContainerId{id});
    TenantState& tenant = domain.tenants.emplace_back();
    tenant.contract = Ways(3);
    PhaseState& known = tenant.profile.phases;
    for (int p = 1; p <= phases; ++p) known.phases.push_back(some_phase(p, c));
    known.next_id = phases + 1;
    known.periods = 100'000;
  }
  return state;
}

KeptMemory some_kept(const benchmark::State& bench) {
  const ControllerState state = some_state(static_cast<std::size_t>(bench.range(0)), static_cast<int>(bench.range(1)));
  return {"processor; events", false, 1'800'000'000, TimePoint{}, memory_of(state, TimePoint{}), {}, {}};
}

void in_the_loop(benchmark::State& bench) {
  const ControllerState state = some_state(static_cast<std::size_t>(bench.range(0)), static_cast<int>(bench.range(1)));
  const Memory before = memory_of(state, TimePoint{});
  for (auto _ : bench) {
    const Memory now = memory_of(state, TimePoint{});
    benchmark::DoNotOptimize(differs_in_kind(now, before));
  }
}

void text(benchmark::State& bench) {
  const KeptMemory kept = some_kept(bench);
  std::size_t bytes = 0;
  for (auto _ : bench) bytes = format_memory_text(kept).text.size();
  bench.counters["file_KiB"] = static_cast<double>(bytes) / 1024;
}

class Place {
 public:
  Place() {
    std::string name = (std::filesystem::temp_directory_path() / "dcat-bench-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Place() { std::filesystem::remove_all(path_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  cli::PrivateDirectory open() const { return **cli::PrivateDirectory::open(path_, cli::Make::no); }

 private:
  std::string path_;
};

void write(benchmark::State& bench) {
  const KeptMemory kept = some_kept(bench);
  const Place place;
  const auto directory = place.open();
  for (auto _ : bench)
    if (!directory.replace("memory", format_memory_text(kept).text)) bench.SkipWithError("it cannot be written");
}

void read(benchmark::State& bench) {
  const Place place;
  const auto directory = place.open();
  if (!directory.replace("memory", format_memory_text(some_kept(bench)).text)) bench.SkipWithError("not written");
  for (auto _ : bench) {
    const auto kept = parse_memory_text(**directory.read("memory", kMostMemoryBytes));
    if (!kept) bench.SkipWithError("it cannot be read");
  }
}

#define DCAT_SIZES ArgNames({"containers", "phases"})->ArgsProduct({{250, 2500}, {1, 4}})->Unit(benchmark::kMillisecond)
BENCHMARK(in_the_loop)->DCAT_SIZES;
BENCHMARK(text)->DCAT_SIZES;
BENCHMARK(write)->DCAT_SIZES->UseRealTime();
BENCHMARK(read)->DCAT_SIZES;

}  // namespace

BENCHMARK_MAIN();
