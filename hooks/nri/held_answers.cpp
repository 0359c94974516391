#include "hooks/nri/held_answers.h"

#include <algorithm>
#include <utility>

namespace dcat {

bool HeldAnswers::hold(std::string& bytes, std::uint64_t number, Duration hold, TimePoint now) {
  pass(now);
  const Duration allowed = std::min(hold, saved_);
  if (allowed <= Duration(0)) return false;
  held_.push_back({std::exchange(bytes, {}), number, now + allowed});
  return true;
}

HeldAnswers::Taken HeldAnswers::take(std::uint64_t let_in, TimePoint now) {
  pass(now);
  Taken taken;
  std::vector<Held> stay;
  for (Held& held : held_) {
    const bool in = held.number <= let_in;
    if (!in && held.until > now) {
      stay.push_back(std::move(held));
      continue;
    }
    (in ? taken.let_in : taken.late) = true;
    taken.bytes += held.bytes;
  }
  held_ = std::move(stay);
  return taken;
}

std::optional<TimePoint> HeldAnswers::due() const {
  const auto next = std::ranges::min_element(held_, {}, &Held::until);
  if (next == held_.end()) return std::nullopt;
  return next->until;
}

void HeldAnswers::clear(TimePoint now) {
  pass(now);
  held_.clear();
}

void HeldAnswers::pass(TimePoint now) {
  const Duration took = std::max(now - passed_, Duration(0));
  passed_ = now;
  saved_ = held_.empty() ? std::min<Duration>(saved_ + took / kGivenBack, most_saved_)
                         : std::max<Duration>(saved_ - took, Duration(0));
}

}  // namespace dcat
