// What a service manager is told (sd_notify(3), systemd.service(5) Type=notify): that opening goes on, that the loop
// runs, that it is alive, what it does in a line, that a configuration is read again, that the run ends.
//
// The watchdog is fed by the control loop itself (Listener::on_beat): one that is stuck, in a call that does not return
// or anywhere else, is not fed. The loop beats every half second at least, however long its period is
// (controller/shell/counting_schedule.h).
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "controller/shell/daemon.h"

namespace dcat::cli {

class ServiceManager : public Listener {
 public:
  using Send = std::function<void(const std::string& state)>;  // KEY=VALUE lines; from any thread
  using Now = std::function<std::chrono::steady_clock::time_point()>;
  // A part of opening may take so long before the next one is begun.
  static constexpr Duration kOpening = std::chrono::seconds(60);
  static constexpr Duration kStatusEvery = std::chrono::seconds(5);

  // `watchdog`: it is to be fed at least that often; absent: there is none.
  ServiceManager(Send send, std::optional<Duration> watchdog, Mode mode, Now now = std::chrono::steady_clock::now)
      : send_(std::move(send)), watchdog_(watchdog), now_(std::move(now)), mode_(mode) {}
  // That of this process's environment ($NOTIFY_SOCKET, $WATCHDOG_USEC). Null: nobody wants to be told.
  static std::unique_ptr<ServiceManager> of_environment(Mode mode);

  // A part of opening begins.
  void opening(const std::string& what);
  // A configuration is being read again, and is not any more. From any thread; REQUIRES: the loop has begun.
  void reloading();
  void reloaded();

  Status on_decision(const Observation& observation, const Decision& decision) override;
  void on_trouble(const Error&) override {}
  void on_beat() override;
  void on_mode(Mode mode, const std::string& why) override;
  void on_stopping() override;

 private:
  std::string status() const;

  Send send_;
  std::optional<Duration> watchdog_;
  Now now_;
  Mode mode_;
  bool ready_ = false;
  bool news_ = true;  // the line has changed for more than its numbers
  std::optional<std::chrono::steady_clock::time_point> fed_, told_;
  std::uint64_t period_ = 0, changed_in_ = 0;
  std::size_t containers_ = 0, changes_ = 0;
};

}  // namespace dcat::cli
