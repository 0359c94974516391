// The file by which node-feature-discovery's worker labels this node with the ways that a new contract can have
// (docs/kubernetes.md), so that a scheduler can place pods by them: `dcat.dev/l3.0.free-ways=5` for each L3, and the
// least of all.
//
// Written when a number changes and once every kRefresh, as a hidden file that is renamed; it expires by itself kExpiry
// after it was written, and is removed at the end of the run. Source: node-feature-discovery, "Customization guide".
#pragma once

#include <ctime>
#include <map>
#include <optional>
#include <string>

#include "controller/shell/daemon.h"

namespace dcat::cli {

// The room that admission leaves in each domain: its ways less the contracts that are let in and the shared region's
// floor, never less than 0.
std::map<DomainId, Ways> free_for_contracts(const Observation& observation, const Decision& decision,
                                            const Parameters& parameters);
std::string format_features(const std::map<DomainId, Ways>& free, std::time_t expires);

class FeatureFile : public Listener {
 public:
  static constexpr Duration kRefresh = std::chrono::minutes(1);
  static constexpr Duration kExpiry = std::chrono::minutes(5);

  // `path`: absolute; empty: none is written.
  FeatureFile(std::string path, const Parameters& parameters) : path_(std::move(path)), parameters_(parameters) {}
  ~FeatureFile() override;
  FeatureFile(const FeatureFile&) = delete;
  FeatureFile& operator=(const FeatureFile&) = delete;

  Status on_decision(const Observation& observation, const Decision& decision) override;
  // Writes what the last decision left, and not before it is applied: who starts waits for that. That it cannot be
  // written is told once, and tried again.
  void on_beat() override;
  void on_trouble(const Error&) override {}
  void on_settings(const DaemonOptions& options) override { parameters_ = options.parameters; }
  // Goes on at another path; empty: nowhere.
  void move_to(const std::string& path);
  // Nothing is promised on a node that is not enforced any more.
  void on_mode(Mode mode, const std::string& why) override;

 private:
  void remove();

  std::string path_;
  Parameters parameters_;
  bool promises_ = true;
  std::optional<std::map<DomainId, Ways>> free_;  // to be written
  TimePoint at_;                                  // of the last decision
  std::map<DomainId, Ways> written_;
  std::optional<TimePoint> written_at_;
  bool told_ = false;
};

}  // namespace dcat::cli
