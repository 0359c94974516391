// A progress bar on stderr for long work in a terminal; nothing elsewhere, and nothing for work that is over at once.
#pragma once

#include <chrono>
#include <cstddef>

namespace dcat::cli {

// Not thread-safe: step() under the caller's lock.
class Progress {
 public:
  Progress(std::size_t total, bool terminal);
  void step();
  void end();  // wipes the bar

 private:
  void draw() const;

  std::size_t total_;
  std::size_t done_ = 0;
  bool terminal_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace dcat::cli
