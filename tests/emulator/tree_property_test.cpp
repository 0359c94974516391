// Random operations on random machines. Properties:
//   1. nothing crashes, and inodes that are listed can be found and read;
//   2. masks in force are legal, and an exclusive group's ways are in no other group;
//   3. CLOSIDs and RMIDs are conserved: every group has its own, and what groups do not have can be had;
//   4. a schemata write that is refused changes nothing (mba_MBps apart);
//   5. CPUs that are online are in exactly one control group;
//   6. every task carries a CLOSID and an RMID of a group that is there.
#include <rapidcheck.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <sstream>

#include "emulator/cpu_sets.h"
#include "tests/emulator/tree_fixture.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::emulator;

namespace {

template <class T>
T one_of(const std::vector<T>& values) {
  return *rc::gen::elementOf(values);
}

Machine random_machine() {
  Machine machine = small_machine(one_of<Kernel>({Kernel::linux_6_1, Kernel::linux_6_12}));
  machine.ways = Ways(*rc::gen::inRange(2, 33));
  machine.rmids = *rc::gen::inRange(1, 12);
  machine.mba = *rc::gen::arbitrary<bool>();
  machine.sparse = *rc::gen::arbitrary<bool>();
  machine.min_cbm_bits = *rc::gen::inRange(0, 3);
  machine.shareable = Cbm(*rc::gen::arbitrary<bool>() ? 0x3 : 0);
  machine.monitoring = *rc::gen::inRange(0, 5) != 0;
  machine.domains = {{DomainId{0}, {0, 1}}, {DomainId{3}, {2, 40}}};
  return machine;
}

const std::vector<std::string> kNames = {"g1", "g2", "g3", "mon_groups", "m1", "m2", "info", "a b", "x\ny"};

const std::vector<std::string> kGroups = {"g1", "g2", "g3", "mon_groups/m1", "g1/mon_groups/m1", "g2/mon_groups/m2"};

std::vector<std::string> directories() {
  return {"", "g1", "g2", "g3", "mon_groups", "g1/mon_groups", "g2/mon_groups", "g1/mon_groups/m1", "info"};
}

std::string random_schemata() {
  std::string text;
  for (int line = *rc::gen::inRange(1, 3); line > 0; --line) {
    text += one_of<std::string>({"L3", "MB", "L3CODE", "L3DATA", "L9"}) + ':';
    const std::uint64_t from = *rc::gen::inRange<std::uint64_t>(0, 12);
    const std::uint64_t size = *rc::gen::inRange<std::uint64_t>(0, 12);
    std::ostringstream value;
    value << std::hex << (((std::uint64_t{1} << size) - 1) << from);
    text += one_of<std::string>({"0=", "3=", "1=", "x="}) + one_of<std::string>({value.str(), value.str(), "50", "z"});
    text += one_of<std::string>({"\n", ";\n", ";3=3\n", "", ";"});
  }
  return text;
}

class Node {
 public:
  Node() : machine_(random_machine()), f_(machine_, one_of<std::string>({"", "", "cdp"})) {
    for (int tid = 100; tid < 106; ++tid) f_.tasks.add(tid);
  }

  void step() {
    const std::string directory = one_of(directories());
    // Half of the paths are likely groups, the rest is anything.
    const std::string path = *rc::gen::arbitrary<bool>() ? one_of(kGroups) : directory + '/' + one_of(kNames);
    switch (*rc::gen::inRange(0, 10)) {
      case 0:
      case 1: f_.mkdir(path); break;
      case 2: f_.rmdir(path); break;
      case 3: f_.rename(path, one_of(directories()) + '/' + one_of(kNames)); break;
      case 4:
      case 5: write_schemata(directory + "/schemata"); break;
      case 6: f_.write(directory + "/mode", one_of<std::string>({"exclusive\n", "shareable\n", "?\n"})); break;
      case 7: f_.write(directory + "/tasks", one_of<std::string>({"100\n", "101,102\n", "0\n", "103,7,104\n"})); break;
      case 8:
        f_.write(directory + "/cpus_list", one_of<std::string>({"0\n", "1,2\n", "0-2,40\n", "\n", "99\n"}));
        break;
      default: rare(); break;
    }
    check();
  }

  // Without groups and lines in the caches all CLOSIDs and RMIDs but the default group's can be had.
  void end() {
    for (const std::string& directory : directories()) {
      for (const std::string& name : kNames) f_.rmdir(directory + '/' + name);
    }
    f_.usage.occupancy.clear();
    f_.tree.check_limbo();
    RC_ASSERT(f_.tree.groups().size() == 1u);
    f_.write("mode", "shareable\n");  // an exclusive default group leaves a new one no way
    int monitors = 0;
    while (f_.mkdir("mon_groups/x" + std::to_string(monitors)) == 0) ++monitors;
    RC_ASSERT(monitors == (machine_.monitoring ? std::max(machine_.rmids, 1) - 1 : 0));
    for (int i = 0; i < monitors; ++i) f_.rmdir("mon_groups/x" + std::to_string(i));
    f_.tree.check_limbo();
    int controls = 0;
    while (f_.mkdir("x" + std::to_string(controls)) == 0) ++controls;
    const int l3 = f_.at("info/L3") != 0 ? machine_.closids : machine_.closids / 2;
    const int closids = machine_.mba ? std::min(l3, machine_.mb_closids) : l3;
    RC_ASSERT(controls == (machine_.monitoring ? std::min(closids - 1, monitors) : closids - 1));
  }

 private:
  void rare() {
    if (*rc::gen::inRange(0, 3) == 0) {
      const int cpu = one_of<int>({1, 2, 40});
      const bool online = *rc::gen::arbitrary<bool>();
      came_back_ = came_back_ || (online && !online_.contains(2) && !online_.contains(40));
      if (online) online_.insert(cpu);
      if (!online) online_.erase(cpu);
      f_.tree.set_online(cpu, online);
      return;
    }
    if (*rc::gen::inRange(0, 4) != 0) {
      f_.usage.occupancy[{*rc::gen::inRange(1, 12), 0}] = *rc::gen::arbitrary<bool>() ? 1u << 30 : 0;
      f_.tree.check_limbo();
      return;
    }
    came_back_ = false;
    f_.tree.unmount();
    RC_ASSERT(f_.tree.mount(one_of<std::string>({"", "cdp"})) == 0);
  }

  std::string everything() {
    std::string text;
    for (const std::string& directory : directories()) text += f_.read(directory + "/schemata");
    return text;
  }

  void write_schemata(const std::string& path) {
    const std::string before = everything();
    const auto generation = f_.tree.generation();
    const std::string data = random_schemata();
    const int error = f_.write(path, data);
    if (error == 0) return;
    RC_ASSERT(everything() == before);
    RC_ASSERT(f_.tree.generation() == generation);
  }

  void check() {
    check_tree(kRootInode);
    check_masks();
    check_ids();
    check_cpus();
  }

  void check_tree(Inode directory) {
    for (const Entry& entry : f_.tree.list(directory)) {
      RC_ASSERT(f_.tree.find(directory, entry.name)->inode == entry.node.inode);
      if (entry.node.directory) {
        check_tree(entry.node.inode);
      } else {
        RC_ASSERT(f_.tree.read(entry.node.inode).error == 0);
      }
    }
  }

  void check_masks() {
    const Cbm full = Cbm::run(WayIndex(0), machine_.ways);
    const auto groups = f_.tree.groups();
    for (const GroupView& group : groups) {
      const bool exclusive = f_.read(group.name + "/mode") == "exclusive\n";
      for (std::size_t d = 0; d < group.masks.size(); ++d) {
        const Cbm mask = group.masks[d].second;
        RC_ASSERT(full.contains(mask));
        RC_ASSERT(mask.size().count >= machine_.min_cbm_bits);
        RC_ASSERT(machine_.sparse || mask.empty() || mask.contiguous());
        // Masks of a domain that comes back are all open, whatever the modes: the kernel does so, too.
        if (!exclusive || came_back_) continue;
        for (const GroupView& other : groups) {
          RC_ASSERT(other.closid == group.closid || !other.masks[d].second.overlaps(mask));
        }
      }
    }
  }

  void check_ids() {
    std::set<int> closids;
    const auto groups = f_.tree.groups();
    std::size_t monitors = 0;
    for (const GroupView& group : groups) {
      closids.insert(group.closid);
      monitors += f_.tree.list(f_.at(group.name + "/mon_groups")).size();
    }
    RC_ASSERT(closids.size() == groups.size());
    RC_ASSERT(*closids.begin() == 0);
    if (machine_.monitoring) {
      RC_ASSERT(groups.size() + monitors <= static_cast<std::size_t>(std::max(machine_.rmids, 1)));
    }
    std::string listed;
    for (const GroupView& group : groups) listed += f_.read(group.name + "/tasks");
    for (const auto& [tid, task_class] : f_.tasks.all()) {
      RC_ASSERT(closids.contains(task_class.closid));
      RC_ASSERT(('\n' + listed).find('\n' + std::to_string(tid) + '\n') != std::string::npos);
    }
  }

  void check_cpus() {
    CpuSet all;
    std::size_t owned = 0;
    for (const GroupView& group : f_.tree.groups()) {
      const CpuSet cpus = parse_cpu_list(f_.read(group.name + "/cpus_list"), 41).value;
      owned += cpus.size();
      all = all | cpus;
    }
    RC_ASSERT(owned == all.size());
    RC_ASSERT(all == online_);
  }

  Machine machine_;
  TreeFixture f_;
  CpuSet online_{0, 1, 2, 40};
  bool came_back_ = false;  // a domain, since the last mount
};

}  // namespace

TEST_CASE("whatever is done, the tree stays whole") {
  CHECK(rc::check("random operations", [] {
    Node node;
    for (int i = *rc::gen::inRange(1, 150); i > 0; --i) node.step();
    node.end();
  }));
}
