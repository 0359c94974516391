// Orders: what a running loop is told from outside its thread: another mode (the socket, docs/api.md), other settings
// (a configuration that was read again). The loop takes them between two readings; nobody waits for it.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "controller/config/fallback.h"
#include "controller/shell/counting_schedule.h"
#include "core/mode.h"
#include "core/parameters.h"
#include "core/units.h"

namespace dcat {

struct ModeOrder {
  Mode mode = Mode::observe;
  std::string why;  // in words, for people: "asked for by user 0"
};

// In force from the next period on. The intervals go with each other as in a configuration.
struct SettingsOrder {
  Parameters parameters;
  Duration interval = std::chrono::seconds(1);
  Duration sample_interval = std::chrono::milliseconds(100);
  Duration lock_patience = std::chrono::milliseconds(500);
  std::optional<CountingWindows> counting{};
  FallbackSettings fallback{};
  std::function<void()> before{};  // called in the loop's thread before they are: what else changes with them
};

using Order = std::variant<ModeOrder, SettingsOrder>;

class Orders {
 public:
  void put(Order order) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(order));
  }
  // In the order in which they were given.
  std::vector<Order> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(waiting_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<Order> waiting_;
};

}  // namespace dcat
