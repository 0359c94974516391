// What a run over time adds up to: told of every period's end, whoever made the masks. See timed_run.h for the figures.
#pragma once

#include <vector>

#include "sim/experiment/cast.h"
#include "sim/experiment/timed_run.h"
#include "sim/truth.h"

namespace dcat::sim {

class TimedRecord {
 public:
  // REQUIRES: both outlive this.
  TimedRecord(const TimedQuestion& question, const Cast& cast);

  // At a period's start, with what runs from now on, before a policy's new masks.
  void start(const std::vector<TruthRow>& truth);
  // At its end, before masks change. `states`: of dCat, by tenant; else empty.
  Status end(const std::vector<TruthRow>& truth, const std::vector<Standing>& standings,
             const std::vector<std::optional<State>>& states);
  void refuse(std::string why) {
    ++result_.refused;
    why_refused_ = std::move(why);
  }
  const std::string& why_refused() const { return why_refused_; }
  int periods() const { return period_; }
  void count_cut_search() { ++result_.searches_cut; }
  int resting() const { return resting_; }  // periods since a mask changed

  TimedResult finish();

 private:
  // A change of phases, and how the policy caught up with it.
  struct Chase {
    int since = 0;        // its first period
    int lasted = 0;       // periods
    bool needed = false;  // what stood before is below 98 % of the bound
    std::optional<int> to_95;
    std::optional<int> to_98;
  };

  Result<std::optional<double>> bound(const Running& running);
  std::optional<double> remember(const Running& running, std::optional<double> bound);
  double value_of_masks(const Running& running) const;
  void chase(const TimedPeriod& period);
  void add_figures(const TimedPeriod& period);

  const TimedQuestion& question_;
  const Cast& cast_;
  bool comparable_ = true;  // with the bound: everybody has a contract, and is in one domain
  std::vector<TruthRow> before_;
  Running running_;
  std::vector<Cbm> masks_;  // by tenant, first domain, in force
  TimedResult result_;
  std::vector<double> periods_run_;  // by tenant
  std::vector<Chase> chases_;
  std::optional<Chase> chase_;
  // The last answer of bound(), and for what: it changes with what runs, and seldom.
  std::optional<Running> bounded_running_;
  std::optional<double> bound_;
  double bound_sum_ = 0;
  int bounded_ = 0;
  int period_ = 0;
  std::string why_refused_;
  int resting_ = 0;
};

// Who runs what: from the model's truth.
Running running_of(const Scenario& scenario, const std::vector<TruthRow>& truth);

}  // namespace dcat::sim
