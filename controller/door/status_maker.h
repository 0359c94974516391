// Makes the answer to `status` in a thread of its own: it reads every container's threads, 14 ms for thousands of
// containers, and hooks that come meanwhile wait for nobody. To be used by one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "controller/door/client.h"
#include "core/linux/descriptor.h"

namespace dcat {

class StatusMaker {
 public:
  // `done`: an eventfd that does not block.
  explicit StatusMaker(Descriptor done) : done_(std::move(done)) {}
  ~StatusMaker() { join(); }
  StatusMaker(const StatusMaker&) = delete;
  StatusMaker& operator=(const StatusMaker&) = delete;

  // Readable: take() has a line.
  int done_fd() const { return done_.fd(); }
  bool busy() const { return busy_; }
  // REQUIRES: not busy().
  void make(std::function<SharedLine()> line);
  // Of the making that goes on or went last, from 1.
  std::uint64_t number() const { return number_; }
  // Null: it is not done.
  SharedLine take();

 private:
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  Descriptor done_;
  std::mutex mutex_;
  SharedLine line_;  // made, not taken
  std::uint64_t number_ = 0;
  bool busy_ = false;
  std::thread thread_;
};

}  // namespace dcat
