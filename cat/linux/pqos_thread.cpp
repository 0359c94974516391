#include "cat/linux/pqos_thread.h"

#include <pthread.h>
#include <signal.h>

namespace dcat {

namespace {

sigset_t only_alarm() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGALRM);
  return signals;
}

}  // namespace

PqosThread::PqosThread() {
  const sigset_t alarm = only_alarm();
  sigset_t before;
  ::pthread_sigmask(SIG_BLOCK, &alarm, &before);
  was_blocked_ = sigismember(&before, SIGALRM) == 1;
  thread_ = std::thread([this] { serve(); });
}

PqosThread::~PqosThread() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
  const sigset_t alarm = only_alarm();
  if (!was_blocked_) ::pthread_sigmask(SIG_UNBLOCK, &alarm, nullptr);
}

void PqosThread::run_there(const std::function<void()>& work) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return work_ == nullptr; });  // another caller's
  work_ = &work;
  changed_.notify_all();
  changed_.wait(lock, [this, &work] { return work_ != &work; });
}

void PqosThread::serve() {
  // Signals that are meant for the program are its other threads' business.
  sigset_t all_but_alarm;
  sigfillset(&all_but_alarm);
  sigdelset(&all_but_alarm, SIGALRM);
  ::pthread_sigmask(SIG_SETMASK, &all_but_alarm, nullptr);
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || work_ != nullptr; });
    if (work_ == nullptr) return;
    const std::function<void()>& work = *work_;
    lock.unlock();
    work();
    lock.lock();
    work_ = nullptr;
    changed_.notify_all();
  }
}

}  // namespace dcat
