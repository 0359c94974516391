#include "controller/shell/fallback.h"

#include <utility>

namespace dcat {

namespace {

void drop_before(std::deque<TimePoint>& times, TimePoint first) {
  while (!times.empty() && times.front() < first) times.pop_front();
}

}  // namespace

void Fallback::forget_until(TimePoint at) {
  drop_before(failures_, at);
  for (auto& [container, times] : violations_) drop_before(times, at);
  std::erase_if(violations_, [](const auto& entry) { return entry.second.empty(); });
}

void Fallback::failed(TimePoint at, const Error& error) {
  forget_until(at - settings_.within);
  failures_.push_back(at);
  if (static_cast<int>(failures_.size()) >= settings_.failures)
    reason_ = std::to_string(failures_.size()) + " periods failed within " +
              std::to_string(std::chrono::duration_cast<std::chrono::seconds>(settings_.within).count()) +
              " s, the last: " + error.to_string();
}

void Fallback::look(TimePoint at, const Observation& observation, const Decision& decision) {
  forget_until(at - settings_.within);
  for (const DomainDecision& domain : decision.domains)
    for (const ContainerDecision& row : domain.containers) {
      if (row.reason.code != ReasonCode::guarantee || row.container == kSharedRegion) continue;
      const ContainerId& id = observation.containers[row.container].id;
      std::deque<TimePoint>& times = violations_[id];
      times.push_back(at);
      if (static_cast<int>(times.size()) >= settings_.violations)
        reason_ = "the guarantee of " + id.value + " was broken " + std::to_string(times.size()) + " times within " +
                  std::to_string(std::chrono::duration_cast<std::chrono::seconds>(settings_.within).count()) + " s";
    }
}

void Fallback::gave_up(TimePoint at) {
  reset();
  gave_up_at_ = at;
}

void Fallback::reset() {
  failures_.clear();
  violations_.clear();
  reason_.reset();
  gave_up_at_.reset();
}

bool Fallback::may_return(TimePoint at) const {
  return gave_up_at_ && settings_.return_after && at - *gave_up_at_ >= *settings_.return_after;
}

}  // namespace dcat
