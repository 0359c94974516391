// Modes as they are changed while a run goes on: asked for on the socket (`dcat mode`), by the loop itself
// (controller/shell/fallback.h). Kept in the runtime directory: a daemon that starts after a crash goes on in the mode
// that was in force, and leaves alone the containers that it left alone. A run that ends as it should forgets the
// node's mode, which was then the configuration's to say, and keeps the containers'.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "cli/status_board.h"
#include "controller/door/peer.h"
#include "controller/shell/container_modes.h"
#include "controller/shell/daemon.h"
#include "controller/shell/orders.h"
#include "hooks/wire.h"

namespace dcat::cli {

struct KeptModes {
  std::optional<Mode> node;         // absent: the configuration's
  std::string why;                  // the node's
  Mode configured = Mode::observe;  // with `node`: the configuration's mode then; another one now goes first
  ContainerModes::Map containers;
  bool operator==(const KeptModes&) const = default;
};

std::string modes_path(const std::string& runtime_directory);
// A file that is not there has nothing; one that cannot be read is an error.
Result<KeptModes> read_modes(const std::string& runtime_directory);
Status write_modes(const std::string& runtime_directory, const KeptModes& modes);

class ModeSwitch : public Listener {
 public:
  struct Options {
    std::string runtime_directory;
    Mode mode = Mode::observe;        // that the run begins in
    Mode configured = Mode::observe;  // that it would begin in by its configuration
    std::string cannot_enforce;       // why; empty: it can
    KeptModes kept;                   // of the run before
  };
  // REQUIRES: both outlive this.
  ModeSwitch(Orders& orders, ContainerModes& containers, Options options);

  // In the door's thread. `status`: of the last decision, null before it.
  Result<std::string> answer(const AskMode& ask, const Peer& peer, const NodeStatus* status);

  Status on_decision(const Observation& observation, const Decision& decision) override;
  void on_trouble(const Error&) override {}
  void on_mode(Mode mode, const std::string& why) override;
  // The configuration has become another one, with this mode. In the loop's thread.
  void configure(Mode mode) { options_.configured = mode; }
  // What is in force beyond the configuration. In the loop's thread.
  const KeptModes& kept() const { return kept_; }
  // The run ends as it should.
  void forget_node();

 private:
  void keep();

  Orders& orders_;
  ContainerModes& containers_;
  Options options_;
  std::mutex mutex_;  // of what follows
  Mode mode_;
  KeptModes kept_;
  bool told_ = false;
};

}  // namespace dcat::cli
