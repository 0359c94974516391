#include "controller/door/status_maker.h"

#include <sys/eventfd.h>

#include <system_error>
#include <utility>

namespace dcat {

void StatusMaker::make(std::function<SharedLine()> line) {
  ++number_;
  busy_ = true;
  const auto work = [this, line = std::move(line)] {
    SharedLine made = line();
    const std::lock_guard lock(mutex_);
    line_ = std::move(made);
    ::eventfd_write(done_.fd(), 1);
  };
  try {
    thread_ = std::thread(work);
  } catch (const std::system_error&) {
    work();  // no thread is to be had: everybody waits
  }
}

SharedLine StatusMaker::take() {
  SharedLine made;
  {
    const std::lock_guard lock(mutex_);
    eventfd_t count = 0;
    ::eventfd_read(done_.fd(), &count);
    made = std::exchange(line_, nullptr);
  }
  if (!made) return nullptr;
  join();
  busy_ = false;
  return made;
}

}  // namespace dcat
