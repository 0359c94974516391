// Whom a run hears and answers: hooks and the container runtime (Announcers), people on the socket (the status, modes,
// what was decided and what happened), and what of it a daemon that starts after a crash has to know (AnnouncedFile,
// ModeSwitch's file). One listener, which tells its parts.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "cli/announced_file.h"
#include "cli/announcers.h"
#include "cli/decision_history.h"
#include "cli/event_log.h"
#include "cli/memory_file.h"
#include "cli/mode_switch.h"
#include "cli/node.h"
#include "cli/screen.h"
#include "cli/status_board.h"

namespace dcat::cli {

class Outside : public Everybody {
 public:
  // Null: nobody is to be heard (the configuration). `memory` may be null. REQUIRES: node.contracted(); all outlive
  // it.
  static Result<std::unique_ptr<Outside>> open(const RunPlan& plan, Node& node, Orders& orders, MemoryFile* memory,
                                               const std::atomic<bool>& stop);

  // A group of this decision is not there yet, and one that it leaves out goes.
  Status on_decision(const Observation& observation, const Decision& decision) override;
  // The configuration has become another one, with this mode.
  void configure(Mode mode) { modes_.configure(mode); }
  // The run has ended as it should.
  void ended() { modes_.forget_node(); }

 private:
  Outside(const RunPlan& plan, Node& node, Orders& orders);
  void begin(const RunPlan& plan, Node& node, MemoryFile* memory);
  void open_board(const RunPlan& plan, Node& node);
  void note_hook(const std::string& text);
  Result<std::string> answer(const Ask& ask, const Peer& peer);  // in the door's thread

  AnnouncedFile file_;
  ModeSwitch modes_;
  // What follows is there where there is a door.
  std::optional<StatusBoard> board_;
  std::optional<EventLog> events_;
  std::optional<DecisionHistory> history_;
  std::atomic<const StatusBoard*> ready_ = nullptr;  // board_, once the door's thread may use it and the others
  std::unique_ptr<Announcers> announcers_;           // last: their threads go first
};

}  // namespace dcat::cli
