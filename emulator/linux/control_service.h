// ControlService: what the control plane answers. The server (control_server.h) carries the bytes.
//
// Every client watches its own containers; the simulation counts what any of them watches. Before anything is answered
// the simulation follows the tree, so that no answer is of masks that have been changed since.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/linux/control_messages.h"
#include "emulator/linux/simulation.h"

namespace dcat::emulator {

class ControlService {
 public:
  using Client = std::uint64_t;
  struct Reply {
    std::string message;
    bool last = false;  // the request was none: the connection ends
  };

  // `lock` guards simulation and tree; REQUIRES: all three outlive the service.
  ControlService(Simulation& simulation, ResctrlTree& tree, std::mutex& lock)
      : simulation_(simulation), tree_(tree), lock_(lock) {}

  Reply answer(Client client, const MessageHeader& header, std::string_view arguments);
  void forget(Client client);  // it is gone, and with it what it watched

 private:
  // An Error here is a refusal. Arguments that are not right leave `arguments` not at its end.
  Status respond(Client client, Operation operation, MessageReader& arguments, MessageWriter& out);
  Status hello(MessageReader& arguments, MessageWriter& out);
  Status advance_to(MessageReader& arguments, MessageWriter& out);
  Status watch(Client client, MessageReader& arguments, MessageWriter& out);
  Status read(Client client, MessageWriter& out);
  Status list(MessageWriter& out);
  void watch_all();

  Simulation& simulation_;
  ResctrlTree& tree_;
  std::mutex& lock_;
  std::map<Client, std::vector<ContainerId>> watched_;  // ascending
};

}  // namespace dcat::emulator
