// A file descriptor that closes itself, whole small files, and the system's errors as values.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "core/result.h"

namespace dcat::emulator {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { reset(); }
  int fd() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset();

 private:
  int fd_ = -1;
};

// `what`: why (the errno's words); todo. To be called before errno changes.
Error system_error(std::string what, std::string todo = "");

// For files of /proc and /sys, whose size is not known before they are read.
std::optional<std::string> read_file(const std::string& path);
// Makes or replaces the file.
Status write_file(const std::string& path, const std::string& text);

}  // namespace dcat::emulator
