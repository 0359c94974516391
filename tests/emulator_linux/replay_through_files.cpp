// Replays a record by system calls on the resctrl that is mounted by `dcat emulate`: replay_through_files RECORD.
// The tasks of the record, init and the kernel thread included, are processes of this test; the record's shell is the
// test itself. Changes nothing outside its mount namespace. Exit code: 0 as recorded, 1 not, 77 no record.
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <functional>
#include <new>
#include <thread>

#include "tests/emulator/replay.h"

using namespace dcat;
using namespace dcat::emulator;

namespace {

constexpr int kSkipped = 77;
constexpr unsigned kUser = 1000;
const std::string kRoot = "/sys/fs/resctrl";
const std::string kOtherPlace = "/run/dcat/other";  // this namespace's own

// What a child leaves to the test.
struct Left {
  int error = 0;
  std::size_t bytes = 0;
  std::array<char, 1 << 16> text{};
};

// Where a system call that says so failed.
int error_of(long result) {
  return result < 0 ? errno : 0;
}

std::string path_of(const std::string& below) {
  return below.empty() ? kRoot : kRoot + '/' + below;
}

void read_all(int fd, Left& left) {
  while (left.bytes < left.text.size()) {
    const ssize_t got = ::read(fd, left.text.data() + left.bytes, left.text.size() - left.bytes);
    left.error = error_of(got);
    if (got <= 0) return;
    left.bytes += static_cast<std::size_t>(got);
  }
}

class ThroughFiles final : public Executor {
 public:
  explicit ThroughFiles(const Record& record) {
    void* const memory = ::mmap(nullptr, sizeof(Left), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    left_ = new (memory) Left;
    const Pids& pids = record.pids;
    for (const int recorded : {1, 2, pids.main, pids.child, pids.filler}) tasks_[recorded] = start_sleeper();
    tasks_[pids.shell] = ::getpid();
    tasks_[pids.dead] = start_sleeper();
    end(tasks_[pids.dead]);
    ::mkdir(kOtherPlace.c_str(), 0755);
  }
  ~ThroughFiles() override {
    end_readers();
    for (const auto& [recorded, pid] : tasks_)
      if (pid != ::getpid()) end(pid);
    ::munmap(left_, sizeof(Left));
  }
  ThroughFiles(const ThroughFiles&) = delete;
  ThroughFiles& operator=(const ThroughFiles&) = delete;

  Abilities abilities() const override { return {true, false, false, false}; }

  int mount(const std::string& target, const std::string& options) override {
    const std::string& place = target == kRoot ? target : kOtherPlace;
    return error_of(::mount("resctrl", place.c_str(), "resctrl", 0, options.c_str()));
  }
  int unmount() override { return error_of(::umount2(kRoot.c_str(), 0)); }
  int mkdir(const std::string& path) override {
    return in_child([&](Left& left) { left.error = error_of(::mkdir(path_of(path).c_str(), 0755)); }).error;
  }
  int rmdir(const std::string& path) override { return error_of(::rmdir(path_of(path).c_str())); }
  int unlink(const std::string& path) override { return error_of(::unlink(path_of(path).c_str())); }
  int rename(const std::string& from, const std::string& to) override {
    return error_of(::rename(path_of(from).c_str(), path_of(to).c_str()));
  }
  int open(const std::string& path, int flags) override {
    return in_child([&](Left& left) { left.error = error_of(::open(path_of(path).c_str(), flags, 0644)); }).error;
  }

  Written write(const std::string& path, const std::string& data) override {
    const Left& left = in_child([&](Left& mine) {
      const int fd = ::open(path_of(path).c_str(), O_WRONLY | O_TRUNC);
      const ssize_t taken = fd < 0 ? -1 : ::write(fd, data.data(), data.size());
      mine.error = error_of(taken);
      mine.bytes = taken < 0 ? 0 : static_cast<std::size_t>(taken);
    });
    return {left.error, left.bytes};
  }
  Answer read(const std::string& path) override {
    const auto program = [&](Left& left) {
      const int fd = ::open(path_of(path).c_str(), O_RDONLY);
      left.error = error_of(fd);
      if (fd < 0) return;
      read_all(fd, left);
      ::close(fd);
    };
    *left_ = Left{};
    // A reader of its own would be in the group that the shell was moved to.
    if (user_) {
      in_child(program);
    } else {
      program(*left_);
    }
    return {left_->error, std::string(left_->text.data(), left_->bytes)};
  }
  std::set<std::string> list(const std::string& path) override {
    std::set<std::string> names;
    DIR* const directory = ::opendir(path_of(path).c_str());
    if (directory == nullptr) return names;
    while (const dirent* entry = ::readdir(directory)) names.insert(entry->d_name);
    ::closedir(directory);
    names.erase(".");
    names.erase("..");
    return names;
  }

  void hold(const std::string& path) override {
    held_ = ::open(path_of(path).c_str(), O_RDONLY);
    const std::string file = path_of(path);
    if (::chdir(file.substr(0, file.rfind('/')).c_str()) != 0) std::printf("chdir: %s\n", std::strerror(errno));
  }
  Answer read_held() override {
    *left_ = Left{};
    read_all(held_, *left_);
    return {left_->error, ""};
  }
  void release() override {
    ::close(held_);
    if (::chdir("/") != 0) std::printf("chdir: %s\n", std::strerror(errno));
  }

  void become_user() override { user_ = true; }
  int task(int recorded) const override {
    const auto it = tasks_.find(recorded);
    return it == tasks_.end() ? recorded : it->second;
  }
  void start_reader(int recorded) override { readers_.push_back(tasks_[recorded] = start_sleeper()); }
  void end_readers() override {
    for (const int pid : readers_) end(pid);
    std::erase_if(tasks_, [&](const auto& task) {
      return std::find(readers_.begin(), readers_.end(), task.second) != readers_.end();
    });
    readers_.clear();
  }

  // Limbo is looked at once a second, after a request where there is one: the first read lets it happen, the second
  // waits for it.
  void pass_limbo_check() override {
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    read("info/last_cmd_status");
    read("info/last_cmd_status");
  }
  void fill_cache(int, int, std::uint64_t) override {}
  void empty_caches() override {}
  void set_online(int, bool) override {}

 private:
  static int start_sleeper() {
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) ::pause();
  }
  static void end(int pid) {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }

  // A program of the record's script: a process of its own, whose task is gone afterwards.
  const Left& in_child(const std::function<void(Left&)>& program) {
    left_->error = 0;
    left_->bytes = 0;
    const pid_t pid = ::fork();
    if (pid == 0) {
      if (user_ && (::setgroups(0, nullptr) != 0 || ::setresgid(kUser, kUser, kUser) != 0 ||
                    ::setresuid(kUser, kUser, kUser) != 0)) {
        left_->error = errno;
      } else {
        program(*left_);
      }
      ::_exit(0);
    }
    if (pid < 0 || ::waitpid(pid, nullptr, 0) != pid) left_->error = ECHILD;
    return *left_;
  }

  Left* left_;
  std::map<int, int> tasks_;  // by their ids in the record
  std::vector<int> readers_;
  int held_ = -1;
  bool user_ = false;
};

Tally expected(Kernel kernel) {
  const bool old = kernel == Kernel::linux_6_1;
  return {old ? 400 : 401,
          {{"kernel's version and log", old ? 6 : 7},
           {"mask registers: there are none", 18},
           {"CPUs that go and come give no answer", 3},
           {"CPUs cannot be taken offline from inside", 15},
           {"a write of no bytes does not arrive", 1},
           {"nobody fills a cache here", 1},
           {"titles", 43},
           {"which file is written next", 110}}};
}

}  // namespace

int main(int argc, char** argv) {
  const std::string name = argc == 2 ? argv[1] : "";
  for (const Record& record : records()) {
    if (record.file != name) continue;
    const std::vector<std::string> lines = lines_of(records_directory() / record.file);
    if (lines.empty()) {
      std::printf("skipped: the records of true kernels are not here: %s\n", record.file.c_str());
      return kSkipped;
    }
    ThroughFiles executor(record);
    return Replay(record, executor).run(lines, expected(record.kernel)) ? 0 : 1;
  }
  std::printf("usage: replay_through_files linux-6.1.txt|linux-6.12.txt\n");
  return 1;
}
