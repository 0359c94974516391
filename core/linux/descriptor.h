// A file descriptor that closes itself, and whether one has something to read. Header only: whoever does I/O uses it,
// and the core does none.
#pragma once

#include <poll.h>
#include <unistd.h>

#include <utility>

namespace dcat {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { reset(); }

  int fd() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  // It is the caller's to close from now on.
  int release() { return std::exchange(fd_, -1); }
  void reset() {
    if (open()) ::close(release());
  }

 private:
  int fd_ = -1;
};

// Something is there to be read, now; below 0: there is no such descriptor, and nothing to read.
inline bool is_readable(int fd) {
  pollfd asked{fd, POLLIN, 0};
  return fd >= 0 && ::poll(&asked, 1, 0) > 0;
}

}  // namespace dcat
