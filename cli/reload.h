// SIGHUP reads the configuration again, where nobody's terminal is what it comes from (cli/stop.h). A thread of its own
// waits for the signal and reads, so that the loop waits for no file; the loop takes the result between two periods, or
// none of it. Either is told: a refusal as trouble, with every mistake, what is taken as news.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/reload_plan.h"
#include "cli/service_manager.h"
#include "controller/shell/daemon.h"
#include "controller/shell/orders.h"
#include "core/linux/descriptor.h"

namespace dcat::cli {

class Reloader : public Listener {
 public:
  struct Parts {
    RunArguments arguments;
    RunPlan& plan;                // in force; changed in the loop's thread alone
    Orders& orders;               // of the loop
    std::function<void()> taken;  // in the loop's thread, after plan.config has changed
    ServiceManager* manager;      // null: there is none
    Listener& told;               // in the loop's thread
  };
  // REQUIRES: SIGHUP is blocked in this thread and in all that are made (cli/stop.h); what `parts` refers to outlives
  // this.
  static Result<std::unique_ptr<Reloader>> open(Parts parts);
  ~Reloader() override;

  Status on_decision(const Observation& observation, const Decision& decision) override;
  void on_trouble(const Error&) override {}
  void on_beat() override;  // the first one begins to listen
  void on_settings(const DaemonOptions& options) override;

 private:
  explicit Reloader(Parts parts) : parts_(std::move(parts)), last_(parts_.plan) {}
  void serve();
  void read_again();
  Order order_of(Reload reload);

  Parts parts_;
  Descriptor signals_, end_;
  std::atomic<int> least_ = 0;  // ways of the smallest L3 at the last decision; 0: none yet
  std::mutex mutex_;
  std::vector<Error> refused_;       // to be told
  std::optional<std::string> news_;  // the loop's: of what is taken with the settings
  RunPlan last_;                     // the thread's: what was ordered last
  int count_ = 0;                    // the thread's
  std::thread thread_;
};

}  // namespace dcat::cli
