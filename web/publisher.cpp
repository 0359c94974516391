#include "web/publisher.h"

#include <utility>

namespace dcat::web {

Publisher::Publisher(NodeFacts facts, Mode mode, Sources sources, const Announcements* announcements)
    : sources_(std::move(sources)),
      mode_(mode),
      ledger_(announcements),
      history_(facts.interval),
      facts_(std::make_shared<const NodeFacts>(std::move(facts))),
      beat_at_(sources_.steady().count()) {}

void Publisher::on_beat() {
  beat_at_ = sources_.steady().count();
  beat_unix_ = sources_.unix_seconds();
}

Status Publisher::on_decision(const Observation& observation, const Decision& decision) {
  auto snapshot = std::make_shared<Snapshot>(ledger_.enter(observation, decision, mode_));
  snapshot->facts = facts();
  snapshot->unix_seconds = sources_.unix_seconds();
  snapshot->faults = sources_.faults();
  const Neighbours neighbours = sources_.neighbours();
  if (neighbours.closids) {
    snapshot->closids.foreign_known = true;
    snapshot->closids.foreign = snapshot->closids.foreign_groups = neighbours.foreign_groups;
  }
  history_.add(*snapshot, mode_ == Mode::enforce ? decision.masks : observation.masks);
  std::shared_ptr<const Snapshot> old = std::move(snapshot);
  {
    const std::lock_guard lock(mutex_);
    std::swap(last_, old);  // freed after the lock
  }
  decided_at_ = sources_.steady().count();
  failing_ = false;
  on_beat();
  return {};
}

void Publisher::on_trouble(const Error& error) {
  metrics_.trouble(error);
  failing_ = true;
}

void Publisher::on_applied(const Change& change, const Status& status) {
  metrics_.change_done(change, status);
  if (status)
    ledger_.applied(change);
  else
    ledger_.lost_track();
}

void Publisher::on_mode(Mode mode, const std::string&) {
  mode_ = mode;
  metrics_.mode_changed(mode);
}

void Publisher::on_settings(const DaemonOptions& options) {
  auto changed = std::make_shared<NodeFacts>(*facts());
  changed->policy = name_of(options.parameters.policy);
  changed->interval = options.interval;
  history_.set_interval(options.interval);
  const std::lock_guard lock(mutex_);
  facts_ = std::move(changed);
}

std::shared_ptr<const NodeFacts> Publisher::facts() const {
  const std::lock_guard lock(mutex_);
  return facts_;
}

std::shared_ptr<const Snapshot> Publisher::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

std::string Publisher::metrics() const {
  Live live = sources_.live ? sources_.live() : Live{};
  if (const double beat = beat_unix_; beat > 0) live.last_beat = beat;
  return metrics_.write(last().get(), live);
}

Health Publisher::health() const {
  const Duration now = sources_.steady();
  const auto ago = [now](const std::atomic<Duration::rep>& then) { return now - Duration(then.load()); };
  const auto line = [](const char* what, Duration since) {
    return std::string(what) + " for " +
           std::to_string(std::chrono::duration_cast<std::chrono::seconds>(since).count()) + " s";
  };
  if (ago(beat_at_) > patience()) return {false, false, line("the control loop has not moved", ago(beat_at_))};
  if (!last()) return {true, false, "nothing has been decided yet"};
  if (ago(decided_at_) > patience()) return {true, false, line("nothing has been decided", ago(decided_at_))};
  if (failing_) return {true, false, "something could not be read, watched or applied since the last decision"};
  return {true, true, ""};
}

}  // namespace dcat::web
