// Makes threads and processes for the tests of who inherits whose group, and moves itself by the files of resctrl.
//
//   forks inherit DIRECTORY       a thread that moved itself to DIRECTORY makes a thread and a process, the leader,
//   which
//                                 did not, a thread: prints `thread in`, `process in` and `leaders out`, or what is not
//                                 so
//   forks move DIRECTORY ROUNDS   ROUNDS times: 300 threads that keep making others are moved, thread by thread, until
//   a
//                                 walk finds no new one; prints how many were missed in all
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

using std::chrono::milliseconds;

int own_tid() {
  return static_cast<int>(::syscall(SYS_gettid));
}

int move(const std::string& group, int tid) {
  const int file = ::open((group + "/tasks").c_str(), O_WRONLY);
  const std::string text = std::to_string(tid);
  const bool done = ::write(file, text.data(), text.size()) > 0;
  const int error = done ? 0 : errno;
  ::close(file);
  return error;
}

std::set<int> tasks_of(const std::string& group) {
  std::ifstream file(group + "/tasks");
  std::set<int> tids;
  for (int tid = 0; file >> tid;) tids.insert(tid);
  return tids;
}

std::set<int> threads_of(pid_t pid) {
  std::set<int> tids;
  DIR* dir = ::opendir(("/proc/" + std::to_string(pid) + "/task").c_str());
  if (dir == nullptr) return tids;
  while (const dirent* entry = ::readdir(dir))
    if (const int tid = std::atoi(entry->d_name); tid > 0) tids.insert(tid);
  ::closedir(dir);
  return tids;
}

int inherit(const std::string& group) {
  std::atomic<int> by_thread = 0, by_leader = 0;
  std::atomic<bool> done = false;
  const auto stay = [&](std::atomic<int>& tid) {
    tid = own_tid();
    while (!done) std::this_thread::sleep_for(milliseconds(5));
  };
  pid_t process = 0;
  std::atomic<bool> ready = false;
  std::thread mover([&] {
    if (const int error = move(group, 0); error != 0) std::printf("move: %s\n", std::strerror(error));
    std::thread made([&] { stay(by_thread); });
    process = ::fork();
    if (process == 0) {
      ::pause();
      ::_exit(0);
    }
    ready = true;
    made.join();
  });
  std::thread leaders([&] { stay(by_leader); });
  while (!ready || by_thread == 0 || by_leader == 0) std::this_thread::sleep_for(milliseconds(5));
  const std::set<int> tids = tasks_of(group);
  std::printf("%s\n%s\n%s\n", tids.contains(by_thread) ? "thread in" : "thread out",
              tids.contains(process) ? "process in" : "process out",
              tids.contains(by_leader) ? "leaders in" : "leaders out");
  ::kill(process, SIGKILL);
  ::waitpid(process, nullptr, 0);
  done = true;
  mover.join();
  leaders.join();
  return 0;
}

// 300 threads; every one of them makes a thread and lives stays, four deep.
[[noreturn]] void keep_forking() {
  struct Chain {
    static void go(int depth) {
      std::this_thread::sleep_for(milliseconds(3));
      if (depth > 0) std::thread(go, depth - 1).join();
      ::pause();
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 300; ++i) threads.emplace_back(Chain::go, 3);
  for (;;) ::pause();
}

int missed_in_one_round(const std::string& group) {
  const pid_t pid = ::fork();
  if (pid == 0) keep_forking();
  while (threads_of(pid).size() < 100) std::this_thread::sleep_for(milliseconds(1));
  std::set<int> seen;
  for (bool found = true; found;) {
    found = false;
    for (const int tid : threads_of(pid))
      if (seen.insert(tid).second) {
        found = true;
        move(group, tid);
      }
  }
  while (threads_of(pid).size() < 1201) std::this_thread::sleep_for(milliseconds(1));
  const std::set<int> moved = tasks_of(group);
  int missed = 0;
  for (const int tid : threads_of(pid)) missed += moved.contains(tid) ? 0 : 1;
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  return missed;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 2 ? argv[1] : "";
  if (what == "inherit") return inherit(argv[2]);
  if (what != "move" || argc < 4) return 2;
  int missed = 0;
  for (int round = std::atoi(argv[3]); round > 0; --round) missed += missed_in_one_round(argv[2]);
  std::printf("missed %d\n", missed);
  return 0;
}
