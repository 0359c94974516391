#include "cli/service_manager.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <utility>

#ifdef DCAT_WITH_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

namespace dcat::cli {

namespace {

std::int64_t microseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

}  // namespace

#ifdef DCAT_WITH_SYSTEMD

std::unique_ptr<ServiceManager> ServiceManager::of_environment(Mode mode) {
  const char* const socket = std::getenv("NOTIFY_SOCKET");
  if (socket == nullptr || *socket == '\0') return nullptr;
  std::optional<Duration> watchdog;
  std::uint64_t usec = 0;
  const int wanted = ::sd_watchdog_enabled(0, &usec);
  if (wanted > 0 && usec > 0 && usec < UINT64_C(1) << 53) watchdog = std::chrono::microseconds(usec);
  if (wanted < 0) spdlog::warn("service manager: $WATCHDOG_USEC or $WATCHDOG_PID is no number: nothing is fed");
  // A manager that has gone is no reason to end.
  return std::make_unique<ServiceManager>([](const std::string& state) { ::sd_notify(0, state.c_str()); }, watchdog,
                                          mode);
}

#else

std::unique_ptr<ServiceManager> ServiceManager::of_environment(Mode) {
  if (std::getenv("NOTIFY_SOCKET") != nullptr)
    spdlog::warn("service manager: built without libsystemd, so it is told nothing; its unit needs Type=exec");
  return nullptr;
}

#endif

void ServiceManager::opening(const std::string& what) {
  send_(fmt::format("EXTEND_TIMEOUT_USEC={}\nSTATUS=opening: {}", microseconds(kOpening), what));
}

void ServiceManager::reloading() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();  // CLOCK_MONOTONIC
  send_(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", microseconds(now)));
}

void ServiceManager::reloaded() {
  send_("READY=1");
}

Status ServiceManager::on_decision(const Observation& observation, const Decision& decision) {
  period_ = decision.tick;
  containers_ = observation.containers.size();
  if (decision.changes.empty()) return {};
  changes_ = decision.changes.size();
  changed_in_ = decision.tick;
  return {};
}

std::string ServiceManager::status() const {
  if (period_ == 0) return fmt::format("STATUS=mode {}, nothing decided yet", name_of(mode_));
  const char* const done = mode_ == Mode::enforce ? "" : " advised";
  const std::string last = changed_in_ == 0
                               ? "no changes so far"
                               : fmt::format("the last {} changes{} in decision {}", changes_, done, changed_in_);
  return fmt::format("STATUS=mode {}, {} containers, {} decisions, {}", name_of(mode_), containers_, period_, last);
}

void ServiceManager::on_beat() {
  const auto now = now_();
  std::string state;
  const auto add = [&state](const std::string& line) { state += (state.empty() ? "" : "\n") + line; };
  if (!std::exchange(ready_, true)) add("READY=1");
  // A beat may come half a second late; twice as often as asked for is sd_watchdog_enabled(3)'s advice.
  if (watchdog_ && (!fed_ || now - *fed_ >= *watchdog_ / 4)) {
    add("WATCHDOG=1");
    fed_ = now;
  }
  if (!told_ || news_ || now - *told_ >= kStatusEvery) {
    add(status());
    told_ = now;
    news_ = false;
  }
  if (!state.empty()) send_(state);
}

void ServiceManager::on_mode(Mode mode, const std::string&) {
  mode_ = mode;
  news_ = true;
}

void ServiceManager::on_stopping() {
  send_("STOPPING=1\nSTATUS=giving the node back");
}

}  // namespace dcat::cli
