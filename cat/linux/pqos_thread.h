// PqosThread: the one thread that calls libpqos. Every call is a closure that runs there; the caller waits for it.
//
// Why one thread: libpqos guards itself against other processes with a lock of the whole process, which its first
// thread to finish gives up for all. And it interrupts its waits for resctrl's lock with SIGALRM after 100 ms: the
// signal must reach the thread that waits, or the wait has no end. So SIGALRM is open in this thread and blocked in the
// one that makes it, and in all that are started from there later. REQUIRES: made before the process starts other
// threads; the process uses no alarm() and no ITIMER_REAL of its own.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>

namespace dcat {

class PqosThread {
 public:
  PqosThread();
  ~PqosThread();
  PqosThread(const PqosThread&) = delete;
  PqosThread& operator=(const PqosThread&) = delete;

  // Runs it there and returns what it returns. REQUIRES: not called from within such a closure; it throws nothing.
  template <class Work>
  std::invoke_result_t<Work&> run(Work work) {
    std::optional<std::invoke_result_t<Work&>> result;
    run_there([&] { result.emplace(work()); });
    return *std::move(result);
  }

 private:
  void run_there(const std::function<void()>& work);
  void serve();

  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* work_ = nullptr;  // to be done, or being done
  bool stop_ = false;
  bool was_blocked_ = false;  // SIGALRM, in the thread that made this one
  std::thread thread_;
};

}  // namespace dcat
