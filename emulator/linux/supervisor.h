// The process between us and the command: it starts the command, takes in what the command leaves behind, and kills all
// of it when the command has ended or when we die, so that nothing of an emulated node is left on the machine.
//
// It is forked while we have one thread. Interrupts from the terminal are the command's business; SIGTERM and SIGHUP
// are handed on to it.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/linux/descriptor.h"
#include "core/result.h"
#include "emulator/linux/foreign.h"

namespace dcat::emulator {

struct CommandPlan {
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<Foreign> foreign;
  bool write_calls_stop = false;
};

class Supervisor {
 public:
  // Forks; the command waits for start(). SIGINT, SIGQUIT, SIGTERM and SIGHUP are blocked from now on.
  // REQUIRES: one thread.
  static Result<Supervisor> fork_off(const CommandPlan& plan);
  Supervisor(Supervisor&&) = default;
  ~Supervisor();  // kills everything, where it is not over

  // Starts foreign managers and the command; the listener of its stopped calls. The command may run already.
  Result<Descriptor> start();
  // Readable when the command has ended.
  int descriptor() const { return channel_.fd(); }
  // The exit code, 128 + the signal where one killed it. REQUIRES: descriptor() was readable.
  Result<int> exit_code();
  void forward(int signal) const;

 private:
  Supervisor(pid_t pid, Descriptor channel) : pid_(pid), channel_(std::move(channel)) {}
  struct OwnPid {  // moves away
    pid_t value;
    OwnPid(pid_t v) : value(v) {}  // NOLINT: implicit on purpose
    OwnPid(OwnPid&& o) noexcept : value(std::exchange(o.value, -1)) {}
  };
  OwnPid pid_;
  Descriptor channel_;
};

}  // namespace dcat::emulator
