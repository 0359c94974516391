// Replays the records in process, on a ResctrlTree with tasks and caches in memory.
#include "tests/emulator/replay.h"

#include <fcntl.h>

#include <cstdio>

#include "tests/emulator/tree_fixture.h"

using namespace dcat;
using namespace dcat::emulator;

namespace {

constexpr int kSkipped = 77;  // SKIP_RETURN_CODE of the test

class InProcess final : public Executor {
 public:
  explicit InProcess(const Record& record)
      : shell_(record.pids.shell), tree_(small_machine(record.kernel), tasks_, usage_) {
    const Pids& pids = record.pids;
    for (const int tid : {1, 2, pids.main, pids.shell, pids.child, pids.filler}) tasks_.add(tid);
  }

  Abilities abilities() const override { return {false, true, true, true}; }

  int mount(const std::string&, const std::string& options) override { return tree_.mount(options); }
  int unmount() override {
    if (!tree_.mounted()) return EINVAL;
    tree_.unmount();
    return 0;
  }
  int mkdir(const std::string& path) override {
    const auto [parent, name] = parent_and_name(path);
    const int error = denied(parent);
    return error != 0 ? error : tree_.mkdir(parent, name);
  }
  int rmdir(const std::string& path) override {
    const auto [parent, name] = parent_and_name(path);
    return tree_.rmdir(parent, name);
  }
  int unlink(const std::string& path) override {
    const auto [parent, name] = parent_and_name(path);
    return tree_.unlink(parent, name);
  }
  int rename(const std::string& from, const std::string& to) override {
    const auto [parent, name] = parent_and_name(from);
    const auto [new_parent, new_name] = parent_and_name(to);
    return tree_.rename(parent, name, new_parent, new_name);
  }
  int open(const std::string& path, int flags) override {
    const auto [parent, name] = parent_and_name(path);
    const Inode file = inode_of(path);
    const int error = denied(file);
    if (error != 0) return error;
    if ((flags & O_CREAT) != 0) return tree_.create_file(parent, name);
    return tree_.open(file, (flags & O_ACCMODE) != O_RDONLY);
  }

  Written write(const std::string& path, const std::string& data) override {
    const Inode file = inode_of(path);
    int error = tree_.open(file, true);
    if (error == 0) error = tree_.write(file, data, {kWriter, uid_});
    tasks_.end(kWriter);
    return {error, error == 0 ? data.size() : 0};
  }
  Answer read(const std::string& path) override {
    const auto node = tree_.walk(path);
    return node ? tree_.read(node->inode) : Answer{ENOENT, ""};
  }
  std::set<std::string> list(const std::string& path) override {
    std::set<std::string> names;
    for (const Entry& entry : tree_.list(inode_of(path))) names.insert(entry.name);
    return names;
  }

  void hold(const std::string& path) override { held_ = inode_of(path); }
  Answer read_held() override { return tree_.read(held_); }
  void release() override { held_ = 0; }

  void become_user() override { uid_ = 1000; }
  int task(int recorded) const override { return recorded; }
  void start_reader(int recorded) override {
    tasks_.fork(shell_, recorded);
    readers_.insert(recorded);
  }
  void end_readers() override {
    for (const int reader : readers_) tasks_.end(reader);
  }

  void pass_limbo_check() override { tree_.check_limbo(); }
  void fill_cache(int tid, int domain, std::uint64_t bytes) override {
    usage_.occupancy[{tasks_.class_of(tid).rmid, domain}] = bytes;
  }
  void empty_caches() override { usage_.occupancy.clear(); }
  void set_online(int cpu, bool online) override { tree_.set_online(cpu, online); }

 private:
  static constexpr int kWriter = 100000;  // whoever writes now

  Inode inode_of(const std::string& path) const {
    const auto node = tree_.walk(path);
    return node ? node->inode : 0;
  }
  std::pair<Inode, std::string> parent_and_name(const std::string& path) const {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return {inode_of(""), path};
    return {inode_of(path.substr(0, slash)), path.substr(slash + 1)};
  }
  // Others than root may write only what everybody may: files here never, directories never.
  int denied(Inode inode) const {
    const auto node = tree_.node(inode);
    return uid_ != 0 && node && (node->permissions & 02) == 0 ? EACCES : 0;
  }

  int shell_;
  FakeTasks tasks_;
  FakeUsage usage_;
  ResctrlTree tree_;
  unsigned uid_ = 0;
  Inode held_ = 0;
  std::set<int> readers_;
};

Tally expected(Kernel kernel) {
  const bool old = kernel == Kernel::linux_6_1;
  return {old ? 415 : 416,
          {{"kernel's version and log", old ? 6 : 7},
           {"mask registers: there are none", 18},
           {"CPUs that go and come give no answer", 3},
           {"a mount that is in use is the system's business", 2},
           {"titles", 43},
           {"which file is written next", 110}}};
}

}  // namespace

int main() {
  bool good = true;
  for (const Record& record : records()) {
    const std::vector<std::string> lines = lines_of(records_directory() / record.file);
    if (lines.empty()) {
      std::printf("skipped: the records of true kernels are not here: %s\n", record.file.c_str());
      return kSkipped;
    }
    InProcess executor(record);
    good = Replay(record, executor).run(lines, expected(record.kernel)) && good;
  }
  return good ? 0 : 1;
}
