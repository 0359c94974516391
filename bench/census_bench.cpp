// What one period's look at the node costs the resctrl back end when nothing changes: the census of groups, tasks and
// containers, geometry and masks. Over plain files in a temporary directory that look like a resctrl tree and cgroups,
// so that neither an emulator's time nor the machine's own resctrl is in it; reading the kernel's files costs about the
// same.
#include <benchmark/benchmark.h>

#include <string>

#include "cat/linux/resctrl_control.h"
#include "tests/perfmon/linux/temp_tree.h"

namespace {

// Groups of one container each, the default one included; the rest of the containers is in the default group.
void make_tree(const dcat::test::TempTree& tree, int groups, int containers) {
  for (const auto& [file, text] :
       std::initializer_list<std::pair<const char*, const char*>>{{"info/L3/cbm_mask", "fffff\n"},
                                                                  {"info/L3/min_cbm_bits", "1\n"},
                                                                  {"info/L3/num_closids", "16\n"},
                                                                  {"info/L3/shareable_bits", "0\n"},
                                                                  {"size", "    L3:0=47185920\n"},
                                                                  {"tasks", ""}})
    tree.file(std::string("r/") + file, text);
  tree.file("r/schemata", "    L3:0=f8000\n");
  for (int i = 0; i < containers; ++i) {
    const std::string name = "tenant-" + std::to_string(1000 + i);
    const std::string tid = std::to_string(10'000 + i) + "\n";
    tree.file("c/" + name + "/cgroup.threads", tid);
    if (i + 1 >= groups) continue;
    tree.file("r/dcat." + name + "/schemata", "    L3:0=0000" + std::to_string(1 << (i % 4)) + "\n");
    tree.file("r/dcat." + name + "/tasks", tid);
  }
}

void look_at_a_node_where_nothing_changes(benchmark::State& state) {
  const auto containers = static_cast<int>(state.range(0));
  const dcat::test::TempTree tree;
  make_tree(tree, 16, containers);
  dcat::ResctrlOptions options;
  options.root = tree.root() + "/r";
  options.cgroup_of = [&](const dcat::ContainerId& id) { return tree.root() + "/c/" + id.value; };
  options.runtime_directory = tree.root() + "/run";
  auto control = dcat::ResctrlControl::open(options);
  if (!control) return state.SkipWithError(control.error().to_string().c_str());
  std::vector<dcat::ContainerId> ids;
  for (int i = 0; i < containers; ++i) ids.push_back({"tenant-" + std::to_string(1000 + i)});
  for (auto _ : state) {
    const auto census = (*control)->take_census(ids);
    const auto geometry = (*control)->read_geometry();
    const auto masks = (*control)->read_masks();
    if (!census || !geometry || !masks || masks->members.size() != 15) return state.SkipWithError("not as made");
    benchmark::DoNotOptimize(masks);
  }
}
BENCHMARK(look_at_a_node_where_nothing_changes)->Arg(25)->Arg(250)->Arg(1000)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
