// Advice for people: what the advisor says of each container, kept for whoever asks and printed where it is new. In
// modes advise and enforce; in observe nothing is planned and nothing advised, and the advisor learns nothing.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/advice/advisor.h"
#include "controller/shell/daemon.h"

namespace dcat::cli {

// "wants 5 ways: +101.2 % IPC, the plan gives 3 ways: +0.0 % (its table, 3 to 9 ways seen)"; what is not known says
// why.
std::string advice_text(const Advice& advice, Ways planned);

// What was advised after a decision: of its containers, by its domains.
struct AdviceRows {
  std::uint64_t tick = 0;  // of the decision
  std::vector<AdviceRow> rows;
};

class AdviceBoard : public Listener {
 public:
  // `lines`: new advice is printed to the standard output, a line each, while the mode is advise.
  AdviceBoard(Mode mode, const Parameters& parameters, CurveOf curve_of, bool lines, std::string prefix)
      : mode_(mode),
        parameters_(parameters),
        advisor_(std::move(curve_of)),
        lines_(lines),
        prefix_(std::move(prefix)) {}

  // Of the last decision; null before the first. From any thread.
  std::shared_ptr<const AdviceRows> latest() const;

  Status on_decision(const Observation& observation, const Decision& decision) override;
  void on_state(const ControllerState& state) override;
  void on_trouble(const Error&) override {}
  void on_mode(Mode mode, const std::string&) override { mode_ = mode; }
  void on_settings(const DaemonOptions& options) override { parameters_ = options.parameters; }

 private:
  void print(const std::vector<AdviceRow>& rows);
  void print(const AdviceRow& row, Ways planned);
  void forget_told(const std::vector<AdviceRow>& rows);

  Mode mode_;
  Parameters parameters_;
  Advisor advisor_;
  bool lines_;
  std::string prefix_;
  const Observation* observation_ = nullptr;  // of on_decision, for the on_state that follows it
  const Decision* decision_ = nullptr;
  struct Told {  // figures move with every period; these make it another advice
    AdviceSource source = AdviceSource::unknown;
    Ways wants, planned;
    bool operator==(const Told&) const = default;
  };
  std::map<std::pair<ContainerId, DomainId>, Told> told_;
  mutable std::mutex mutex_;
  std::shared_ptr<const AdviceRows> latest_;
};

}  // namespace dcat::cli
