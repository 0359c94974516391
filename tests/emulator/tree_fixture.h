// A mounted tree on a machine like that of the recorded kernels (11 ways, the top two shared with I/O, two domains of
// two CPUs, MBA with 8 CLOSIDs, 32 RMIDs), and paths instead of inodes.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "emulator/resctrl_tree.h"
#include "tests/emulator/fake_tasks.h"

namespace dcat::emulator {

inline Machine small_machine(Kernel kernel = Kernel::linux_6_12) {
  Machine machine;
  machine.ways = Ways(11);
  machine.way_bytes = 2 * 1024 * 1024;
  machine.closids = 16;
  machine.mb_closids = 8;
  machine.rmids = 32;
  machine.shareable = Cbm(0x600);
  machine.mba = true;
  machine.kernel = kernel;
  machine.domains = {{DomainId{0}, {0, 1}}, {DomainId{1}, {2, 3}}};
  return machine;
}

struct TreeFixture {
  static constexpr int kShell = 50;

  explicit TreeFixture(Machine machine = small_machine(), std::string_view options = "")
      : tree(std::move(machine), tasks, usage) {
    tasks.add(kShell);
    tree.mount(options);
  }

  // nullopt-like: inode 0 is never there.
  Inode at(std::string_view path) const {
    const auto node = tree.walk(path);
    return node ? node->inode : 0;
  }
  static std::pair<std::string, std::string> split(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return {"", path};
    return {path.substr(0, slash), path.substr(slash + 1)};
  }
  int mkdir(const std::string& path) {
    const auto [parent, name] = split(path);
    return tree.mkdir(at(parent), name);
  }
  int rmdir(const std::string& path) {
    const auto [parent, name] = split(path);
    return tree.rmdir(at(parent), name);
  }
  int rename(const std::string& from, const std::string& to) {
    const auto [parent, name] = split(from);
    const auto [new_parent, new_name] = split(to);
    return tree.rename(at(parent), name, at(new_parent), new_name);
  }
  int write(std::string_view path, std::string_view text, unsigned uid = 0) {
    return tree.write(at(path), text, {kShell, uid});
  }
  std::string read(std::string_view path) { return tree.read(at(path)).text; }
  std::string status() { return read("info/last_cmd_status"); }

  FakeTasks tasks;
  FakeUsage usage;
  ResctrlTree tree;
};

}  // namespace dcat::emulator
