// Answers to StartContainer that wait until the control loop has let the container in, so that it runs its first
// instruction under its contract. Pure: whoever keeps them gives the time.
//
// A runtime asks one call at a time and starts nothing meanwhile (containerd, CRI-O: one lock around all plugins), so
// waiting is bounded twice: each answer's by `hold`, and all of it by an allowance. Waiting takes from the allowance, a
// quarter of the time goes back into it, up to `most_saved`. Hundreds of pods that start at once beside a loop that is
// late are kept waiting for a second in all and a quarter of the time from then on, not for `hold` each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/units.h"

namespace dcat {

class HeldAnswers {
 public:
  static constexpr Duration kMostSaved = std::chrono::seconds(1);
  static constexpr int kGivenBack = 4;  // one part in so many

  explicit HeldAnswers(Duration most_saved = kMostSaved) : most_saved_(most_saved), saved_(most_saved) {}

  // Takes the bytes and keeps them until the first `number` announcements are let in. False: nothing is taken, they are
  // to be sent now; `hold` is 0 or the allowance is used up.
  bool hold(std::string& bytes, std::uint64_t number, Duration hold, TimePoint now);
  struct Taken {
    std::string bytes;
    bool let_in = false;  // somebody was
    bool late = false;    // somebody was not, and has waited long enough
  };
  // Those that are to be sent now, in order.
  Taken take(std::uint64_t let_in, TimePoint now);
  // When the next one has waited long enough.
  std::optional<TimePoint> due() const;
  // The connection is gone.
  void clear(TimePoint now);

 private:
  struct Held {
    std::string bytes;
    std::uint64_t number = 0;
    TimePoint until;
  };
  void pass(TimePoint now);

  std::vector<Held> held_;  // in order
  Duration most_saved_;
  Duration saved_;
  TimePoint passed_{};  // up to when saved_ is right
};

}  // namespace dcat
