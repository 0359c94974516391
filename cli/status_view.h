// The status as the commands that show it know it: the daemon's answer (docs/api.md), its texts fit for a terminal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace dcat::cli {

struct PlaceView {
  int domain = 0;
  std::string state, reason, mask;  // the mask in hexadecimal, "" where it is not known
  std::uint64_t bits = 0;           // the mask
  int contract = 0, ways = 0, phase = 0;
  bool dedicated = false;
  std::optional<double> cpi, mpki, miss_ratio, normalised_ipc, occupancy_bytes, bandwidth;
};

struct ContainerView {
  std::string id, name;  // `name` as people call it: a pod's `pod/container` where it is in one
  std::string mode, foreign, contract, group;
  std::vector<PlaceView> places;
};

struct DomainView {
  int id = 0;
  int ways = 0, shared = 0, free = 0;
  std::uint64_t bits = 0, shared_bits = 0;
};

struct StatusView {
  std::string mode, mode_reason, mode_since, node, policy, at;
  bool simulated = false;
  std::int64_t period = 0, interval_ms = 0;
  std::optional<double> t;
  std::vector<DomainView> domains;
  std::vector<ContainerView> containers;
};

// bad_input: that is no status.
Result<StatusView> parse_status(const std::string& json);

}  // namespace dcat::cli
