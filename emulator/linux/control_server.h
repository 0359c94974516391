// The control plane's server: a Unix stream socket on which EmulatedNode (control_client.h) asks. One thread, any
// number of clients, one request at a time each.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "core/result.h"
#include "emulator/linux/simulation.h"

namespace dcat::emulator {

class ControlServer {
 public:
  // `lock` guards simulation and tree; REQUIRES: all three outlive the server. Listens when it returns.
  static Result<std::unique_ptr<ControlServer>> start(std::string socket_path, Simulation& simulation,
                                                      ResctrlTree& tree, std::mutex& lock);
  ~ControlServer();  // stops the thread and removes the socket

 private:
  class Impl;
  explicit ControlServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace dcat::emulator
