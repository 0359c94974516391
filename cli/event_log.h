// What has happened on the node, as numbered events (`dcat events`, docs/api.md): containers that came and went, states
// and ways that changed, modes, settings, foreign writers, troubles. A bounded ring: kMost events of kMostBytes of text
// together, then the oldest goes. Numbers begin at 1 in each run; a run is told by when it began.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/wall_time.h"
#include "controller/shell/daemon.h"

namespace dcat::cli {

enum class EventKind : std::uint8_t {
  start,      // the run began
  came,       // a container
  gone,       // a container
  state,      // a container's state or ways
  guarantee,  // a container was slower than its baseline allows, and has its contract back
  mode,       // the run goes on in another mode
  settings,   // the run goes on with other settings
  node,       // something was changed by others, or the node is not what it was
  trouble,    // something failed; the run goes on
  hook,       // about an announcement
};
std::string_view name_of(EventKind kind);

struct Event {
  std::uint64_t seq = 0;
  WallTime time{};
  std::optional<double> t;  // seconds by the node's clock, where it is simulated
  EventKind kind = EventKind::start;
  std::string container;  // its id; empty: it is the node's
  std::string text;
};

class EventLog : public Listener {
 public:
  static constexpr std::size_t kMost = 4096;
  static constexpr std::size_t kMostBytes = 4 << 20;
  static constexpr std::size_t kMostText = 1024;  // bytes of one event's text
  static constexpr std::size_t kMostAtOnce = 1000;

  EventLog(Mode mode, bool simulated, WallClock clock);

  // A JSON object: those after that number, kMostAtOnce at most. From any thread.
  std::string answer(std::uint64_t after) const;
  // Something that no listener is told. From the loop's thread.
  void add(EventKind kind, std::string text);

  Status on_decision(const Observation& observation, const Decision& decision) override;
  void on_trouble(const Error& error) override;
  void on_mode(Mode mode, const std::string& why) override;
  void on_settings(const DaemonOptions& options) override;
  void on_news(const std::string& text) override { add(EventKind::node, text); }

 private:
  struct Standing {
    State state = State::reclaim;
    Ways ways;
    bool operator==(const Standing&) const = default;
  };
  using Place = std::pair<ContainerId, DomainId>;

  void add(EventKind kind, const std::string& container, std::string text);
  void look_at(const ContainerDecision& row, const ContainerId& id, DomainId domain);
  void tell_came_and_gone(const Observation& observation);

  WallClock clock_;
  bool simulated_;
  WallTime began_;
  // Of the loop's thread alone.
  TimePoint now_{};
  bool first_ = true;
  std::vector<ContainerId> there_;            // at the last decision, ascending
  std::map<Place, Standing> standings_;       // as it was told last
  std::map<std::string, WallTime> troubles_;  // when each was there last: it is told again after a silence

  mutable std::mutex mutex_;  // of what follows
  std::deque<std::shared_ptr<const Event>> events_;
  std::uint64_t next_ = 1;
  std::size_t bytes_ = 0;
};

}  // namespace dcat::cli
