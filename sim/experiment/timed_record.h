// What a run over time adds up to: told of every period's end, whoever made the masks. See timed_run.h for the figures.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/experiment/bound.h"
#include "sim/experiment/cast.h"
#include "sim/experiment/convergence.h"
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
  // A bound, and how the run stands against it.
  struct Rival {
    Rival(const TimedQuestion& question, const Cast& cast, bool clusters) : bound(question, cast, clusters) {}
    // At a period's start; `value`: what the masks in force are worth after the change.
    void change(const Running& running, double value, bool unseen);
    // At its end; `reached`: the run's own sum. Returns the bound.
    Result<std::optional<double>> end(const Running& running, double reached);
    // The bound's mean over periods, absent without any, and the changes.
    std::pair<std::optional<double>, std::vector<CaughtUp>> finish();

    Bound bound;
    Convergence convergence{};
    double sum = 0;
    int periods = 0;
  };

  double value_of_masks() const;
  void follow_masks(const std::vector<Standing>& standings, TimedPeriod& period);
  void count_reclaim(std::size_t tenant, const std::optional<State>& state);
  void guarantee(std::size_t tenant, double normalised_ipc);
  void add_figures(const TimedPeriod& period);

  const TimedQuestion& question_;
  const Cast& cast_;
  std::optional<Rival> strict_;  // absent: no comparison
  std::optional<Rival> clusters_;
  std::vector<TruthRow> before_;
  Running running_;
  bool changed_ = false;                    // at this period's start
  std::vector<std::set<std::size_t>> ran_;  // by tenant: its programs so far
  std::vector<Cbm> masks_;                  // by tenant, first domain, in force
  TimedResult result_;
  std::vector<double> periods_run_;           // by tenant
  std::vector<int> in_a_row_;                 // by tenant: violations up to now
  std::vector<std::optional<State>> states_;  // by tenant: the last one
  int period_ = 0;
  std::string why_refused_;
  int resting_ = 0;
};

// Who runs what: from the model's truth.
Running running_of(const Scenario& scenario, const std::vector<TruthRow>& truth);

}  // namespace dcat::sim
