// Who is at the other end of a connection, and what they may. The kernel says so, as of the moment when they connected
// (SO_PEERCRED and SO_PEERGROUPS, unix(7)): nothing that a client sends is asked.
//
// Root, and the user that the daemon runs as, announce and ask: either could end the daemon anyhow. The socket's group
// asks, as anybody's primary group or supplementary one. The socket's mode keeps all others out; should somebody have
// widened it, they are sent away here.
#pragma once

#include <sys/types.h>

#include <optional>

#include "core/result.h"

namespace dcat {

struct Peer {
  uid_t uid = 0;
  bool may_ask = false;
  bool may_announce = false;  // and change what the daemon does
};

Result<Peer> read_peer(int fd, std::optional<gid_t> group);

}  // namespace dcat
