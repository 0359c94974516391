// How long a search may go on, and who is told how far it is. Loops ask over(), which looks at the outside world once
// in kCalls calls; steps that take milliseconds ask over_now(). Once over, always over.
//
// A search is cut for one of two reasons: `enough` (the best found is wanted now) or `stop` (nothing is wanted any
// more).
#pragma once

#include <algorithm>

#include "sim/oracle/oracle.h"

namespace dcat::sim {

class Patience {
 public:
  explicit Patience(const OracleQuestion& question)
      : enough_(question.enough), stop_(question.stop), progress_(question.progress) {}

  bool over() { return over_ || (--calls_left_ <= 0 && over_now()); }
  bool over_now() {
    calls_left_ = kCalls;
    if (progress_) progress_(done_);  // somebody who waits sees that it goes on
    over_ = over_ || stopped() || (enough_ && enough_());
    return over_;
  }
  bool stopped() const { return stop_ != nullptr && *stop_; }

  // What is reported from now on goes from 0 to 1 within this part of the whole.
  void begin_part(double from, double to) { from_ = from, to_ = to; }
  void report(double done) {
    done_ = std::max(done_, from_ + (to_ - from_) * std::min(1.0, done));
    if (progress_) progress_(done_);
  }

 private:
  static constexpr int kCalls = 128;

  std::function<bool()> enough_;
  const std::atomic<bool>* stop_;
  std::function<void(double)> progress_;
  double from_ = 0;
  double to_ = 1;
  double done_ = 0;
  int calls_left_ = kCalls;
  bool over_ = false;
};

}  // namespace dcat::sim
