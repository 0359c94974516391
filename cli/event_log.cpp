#include "cli/event_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "cli/explain.h"
#include "controller/trace_writer.h"

namespace dcat::cli {

namespace {

using trace::Writer;

// A trouble that stays is one event; one that was away for so long is another.
constexpr auto kSilence = std::chrono::minutes(1);
constexpr std::size_t kMostTroubles = 256;  // that are remembered

bool has_no_place(ReasonCode code) {
  return code == ReasonCode::refused || code == ReasonCode::no_closid || code == ReasonCode::isolation_no_contract ||
         code == ReasonCode::isolation_no_room || code == ReasonCode::isolation_no_closid;
}

std::string ways_text(Ways ways) {
  return fmt::format("{} way{}", ways.count, ways.count == 1 ? "" : "s");
}

void write_event(Writer& w, const Event& event) {
  w.open('{');
  w.field("seq", event.seq);
  w.word("time", format_utc(event.time));
  w.field("t", event.t);
  w.word("kind", name_of(event.kind));
  if (!event.container.empty()) w.name("container", event.container);
  w.name("text", event.text);
  w.close('}');
}

std::size_t bytes_of(const Event& event) {
  return event.container.size() + event.text.size();
}

}  // namespace

std::string_view name_of(EventKind kind) {
  switch (kind) {
    case EventKind::start: return "start";
    case EventKind::came: return "came";
    case EventKind::gone: return "gone";
    case EventKind::state: return "state";
    case EventKind::guarantee: return "guarantee";
    case EventKind::mode: return "mode";
    case EventKind::settings: return "settings";
    case EventKind::node: return "node";
    case EventKind::trouble: return "trouble";
    case EventKind::hook: return "hook";
  }
  return "";
}

EventLog::EventLog(Mode mode, bool simulated, WallClock clock)
    : clock_(std::move(clock)), simulated_(simulated), began_(clock_()) {
  add(EventKind::start, fmt::format("dcat " DCAT_VERSION " begins in mode {}", name_of(mode)));
}

std::string EventLog::answer(std::uint64_t after) const {
  std::vector<std::shared_ptr<const Event>> told;
  std::uint64_t first = 0, last = 0;
  {
    const std::lock_guard lock(mutex_);
    first = events_.front()->seq;  // there is one from the start on
    last = next_ - 1;
    if (after < last) {
      const std::uint64_t skipped = after < first ? 0 : after - first + 1;
      const auto from = events_.begin() + static_cast<std::ptrdiff_t>(skipped);
      const auto count = std::min<std::ptrdiff_t>(events_.end() - from, kMostAtOnce);
      told.assign(from, from + count);
    }
  }
  Writer w;
  w.open('{');
  w.word("run", format_utc(began_));
  w.field("first", first);
  w.field("last", last);
  w.open("events", '[');
  for (const auto& event : told) write_event(w, *event);
  w.close(']');
  w.close('}');
  return std::move(w).take();
}

void EventLog::add(EventKind kind, std::string text) {
  add(kind, "", std::move(text));
}

void EventLog::add(EventKind kind, const std::string& container, std::string text) {
  auto event = std::make_shared<Event>();
  event->time = clock_();
  if (simulated_) event->t = seconds(now_.time_since_epoch());
  event->kind = kind;
  event->container = container;
  text.resize(std::min(text.size(), kMostText));
  event->text = std::move(text);
  const std::lock_guard lock(mutex_);
  event->seq = next_++;
  bytes_ += bytes_of(*event);
  events_.push_back(std::move(event));
  while (events_.size() > 1 && (events_.size() > kMost || bytes_ > kMostBytes)) {
    bytes_ -= bytes_of(*events_.front());
    events_.pop_front();
  }
}

void EventLog::tell_came_and_gone(const Observation& o) {
  std::vector<ContainerId> now;
  now.reserve(o.containers.size());
  for (const ContainerInfo& info : o.containers) now.push_back(info.id);
  if (!first_) {
    for (const ContainerId& id : there_)
      if (!std::ranges::binary_search(now, id)) {
        std::erase_if(standings_, [&id](const auto& known) { return known.first.first == id; });
        add(EventKind::gone, id.value, "is gone");
      }
    for (const ContainerId& id : now)
      if (!std::ranges::binary_search(there_, id)) add(EventKind::came, id.value, "has come");
  }
  there_ = std::move(now);
}

void EventLog::look_at(const ContainerDecision& row, const ContainerId& id, DomainId domain) {
  const Standing now{row.after, row.ways_after};
  const auto [known, is_new] = standings_.try_emplace({id, domain}, now);
  if (!is_new && known->second == now && row.reason.code != ReasonCode::guarantee) return;
  const Standing before = is_new ? Standing{row.before, row.ways_before} : std::exchange(known->second, now);
  if (is_new && first_ && !has_no_place(row.reason.code)) return;  // everybody is new at the start
  const std::string where = fmt::format("domain {}: ", domain.value);
  std::string what = state_text(row);
  if (!is_new && before.state != now.state) what = fmt::format("{} -> {}", name_of(before.state), what);
  what += before.ways != now.ways && !is_new ? fmt::format(", {} -> {}", before.ways.count, ways_text(now.ways))
                                             : fmt::format(", {}", ways_text(now.ways));
  add(row.reason.code == ReasonCode::guarantee ? EventKind::guarantee : EventKind::state, id.value,
      fmt::format("{}{}: {}", where, what, explain(row)));
}

Status EventLog::on_decision(const Observation& o, const Decision& d) {
  now_ = o.at;
  tell_came_and_gone(o);
  for (const DomainDecision& domain : d.domains)
    for (const ContainerDecision& row : domain.containers)
      if (row.container != kSharedRegion) look_at(row, o.containers[row.container].id, domain.id);
  first_ = false;
  return {};
}

void EventLog::on_trouble(const Error& error) {
  const WallTime now = clock_();
  std::erase_if(troubles_, [now](const auto& known) { return now - known.second > kSilence; });
  std::string text = error.to_string();
  const auto known = troubles_.find(text);
  if (known != troubles_.end()) {
    known->second = now;
    return;
  }
  if (troubles_.size() < kMostTroubles) troubles_.emplace(text, now);
  add(EventKind::trouble, std::move(text));
}

void EventLog::on_mode(Mode mode, const std::string& why) {
  add(EventKind::mode, fmt::format("mode {}: {}", name_of(mode), why));
}

void EventLog::on_settings(const DaemonOptions& options) {
  add(EventKind::settings, fmt::format("other settings: policy {}, interval {} s", name_of(options.parameters.policy),
                                       seconds(options.interval)));
}

}  // namespace dcat::cli
