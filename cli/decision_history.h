// What was decided of each container, lately (`dcat explain`, docs/api.md): per container and cache domain a ring of
// decisions, of which equal ones in a row are one with a count, and what is known of its phases.
//
// Bounds: kMostEntries decisions a container and domain; where more than kMostRows containers and domains are there, as
// many fewer each that all of them together stay below 2,500 x 32 decisions, about 15 MB. When a ring is full, the
// oldest decision that changed nothing goes first. Phases: as many as the core remembers, their tables as ways and
// normalised IPC: 8 bytes an entry. Who is gone can be explained for kKeepGone, kMostGone of them.
//
// Written by the loop's thread, answered in the door's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/status_board.h"
#include "cli/wall_time.h"
#include "controller/shell/daemon.h"
#include "hooks/wire.h"

namespace dcat::cli {

// Of a row of a Decision what its explanation needs.
struct KeptDecision {
  WallTime since{}, until{};  // of the first and the last of equal ones
  TimePoint at{};             // of the first, by the node's clock
  std::uint64_t periods = 1;
  State before = State::reclaim, after = State::reclaim;
  bool dedicated = false;
  DemandKind demand = DemandKind::hold;
  int phase = 0;
  Ways contract, ways_before, ways_after;
  Reason reason;  // of the last
  std::optional<Absence> absent;
  double ipc = 0;
};

struct KeptPhase {
  int id = 0;
  std::optional<double> reference;  // memory accesses per instruction
  std::optional<double> baseline_ipc;
  std::optional<Ways> preferred;  // where growth stopped
  bool keeps_contract = false;
  std::vector<std::pair<std::int32_t, float>> table;  // ways -> normalised IPC, ascending
};

struct DomainHistory {
  DomainId domain;
  std::vector<KeptDecision> decisions;  // oldest first
  std::vector<KeptPhase> phases;
  std::size_t present = 0;
};

// What it would need for more, or to be judged, in words; "" where there is nothing to say. `phase`: its present one,
// null where none is known.
std::string needs_text(const KeptDecision& decision, const KeptPhase* phase);

class DecisionHistory : public Listener {
 public:
  static constexpr std::size_t kMostEntries = 32;
  static constexpr std::size_t kMostRows = 2500;
  static constexpr Duration kKeepGone = std::chrono::minutes(10);
  static constexpr std::size_t kMostGone = 256;

  // REQUIRES: `board` outlives this, and hears of decisions after it: what it says of who is gone is kept.
  DecisionHistory(const StatusBoard& board, WallClock clock) : board_(board), clock_(std::move(clock)) {}

  // A JSON object. From any thread. bad_input: nobody is meant, or more than one.
  Result<std::string> answer(const AskExplain& ask) const;

  Status on_decision(const Observation& observation, const Decision& decision) override;
  void on_state(const ControllerState& state) override;
  void on_trouble(const Error&) override {}

 private:
  struct Row {
    std::vector<DomainHistory> domains;  // ascending by id
  };
  struct Gone {
    ContainerStatus status;
    Row row;
    WallTime since{};
    TimePoint at{};
  };

  void let_go(const Observation& observation);
  std::size_t most_entries() const;
  void add(Row& row, DomainId domain, KeptDecision decision) const;
  std::string answer(const NodeStatus& node, const ContainerStatus& container, const Row& row,
                     const std::optional<WallTime>& gone) const;

  const StatusBoard& board_;
  WallClock clock_;
  mutable std::mutex mutex_;  // of what follows
  std::map<ContainerId, Row> rows_;
  std::vector<Gone> gone_;  // oldest first
  std::size_t places_ = 0;  // containers and domains, of the last decision
};

}  // namespace dcat::cli
