// A progress bar on stderr for long work in a terminal; nothing elsewhere, and nothing for work that is over at once.
// Where a single step takes longer than a second, the bar also says how far the step is.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace dcat::cli {

// Not thread-safe: step() and search() under the caller's lock.
class Progress {
 public:
  Progress(std::size_t total, bool terminal);
  void step();
  void search(double done);  // within a step, 0..1; as often as one likes
  void end();                // wipes the bar

 private:
  void draw(const std::string& step) const;

  std::size_t total_;
  std::size_t done_ = 0;
  bool terminal_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
  std::chrono::steady_clock::time_point last_step_;
};

}  // namespace dcat::cli
