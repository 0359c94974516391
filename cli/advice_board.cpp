#include "cli/advice_board.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "cli/explain.h"
#include "cli/screen.h"

namespace dcat::cli {

namespace {

std::string percent(double ratio) {
  // Adding zero takes the sign from what rounds to zero.
  return fmt::format("{:+.1f} %", std::round(ratio * 1000) / 10 + 0.0);
}

std::string ways_text(Ways ways) {
  return fmt::format("{} {}", ways.count, ways.count == 1 ? "way" : "ways");
}

std::string source_text(const Advice& advice) {
  const std::string seen = fmt::format("{:.0f} to {:.0f} ways", advice.seen_least, advice.seen_most);
  switch (advice.source) {
    case AdviceSource::unknown: return "";
    case AdviceSource::table: return fmt::format("its table, {} seen", seen);
    case AdviceSource::curve: return fmt::format("curve {}, {}", printable(advice.curve), seen);
    case AdviceSource::occupancy: return fmt::format("its IPC against occupancy, {} held", seen);
  }
  return "";
}

}  // namespace

std::string advice_text(const Advice& advice, Ways planned) {
  if (advice.source == AdviceSource::unknown) return "not known: never seen at another size";
  const std::string against = advice.against_contract ? " over its contract" : "";
  std::string text = fmt::format("wants {}: {} IPC{}", ways_text(advice.wants), percent(advice.gain), against);
  if (planned != advice.wants)
    text += fmt::format(", the plan gives {}: {}", ways_text(planned),
                        advice.planned_gain ? percent(*advice.planned_gain) : "not known");
  return text + " (" + source_text(advice) + ")";
}

std::shared_ptr<const AdviceRows> AdviceBoard::latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

Status AdviceBoard::on_decision(const Observation& observation, const Decision& decision) {
  observation_ = &observation;
  decision_ = &decision;
  return {};
}

void AdviceBoard::on_state(const ControllerState& state) {
  auto advice = std::make_shared<AdviceRows>();
  advice->tick = decision_->tick;
  if (mode_ != Mode::observe) advice->rows = advisor_.look(*observation_, *decision_, state, parameters_);
  if (lines_ && mode_ == Mode::advise) print(advice->rows);
  if (!told_.empty()) forget_told(advice->rows);
  const std::lock_guard lock(mutex_);
  latest_ = std::move(advice);
}

void AdviceBoard::print(const std::vector<AdviceRow>& rows) {
  for (const AdviceRow& row : rows) {
    const auto domain = std::ranges::find(decision_->domains, row.domain, &DomainDecision::id);
    print(row, std::ranges::find(domain->containers, row.container, &ContainerDecision::container)->ways_after);
  }
}

void AdviceBoard::forget_told(const std::vector<AdviceRow>& rows) {
  std::set<std::pair<ContainerId, DomainId>> there;
  for (const AdviceRow& row : rows) there.emplace(observation_->containers[row.container].id, row.domain);
  std::erase_if(told_, [&there](const auto& told) { return !there.contains(told.first); });
}

// What is not known is no news; the same again is none either.
void AdviceBoard::print(const AdviceRow& row, Ways planned) {
  const ContainerId& id = observation_->containers[row.container].id;
  const Told now{row.advice.source, row.advice.wants, planned};
  if (std::exchange(told_[{id, row.domain}], now) == now || row.advice.source == AdviceSource::unknown) return;
  (void)print_lines({fmt::format("{}t={:.1f}s domain={} {} {}", prefix_, seconds(observation_->at.time_since_epoch()),
                                 row.domain.value, printable(id.value), advice_text(row.advice, planned))})
      .ok();
}

}  // namespace dcat::cli
