#include "controller/door/peer.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace dcat {
namespace {

// Without the primary one. A kernel before 4.13 does not tell: nobody is in any then.
std::vector<gid_t> read_groups(int fd) {
  std::vector<gid_t> groups(64);
  for (;;) {
    auto bytes = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    const int failed = ::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes);
    const std::size_t count = bytes / sizeof(gid_t);
    if (failed != 0 && (errno != ERANGE || count <= groups.size())) return {};
    groups.resize(count);
    if (failed == 0) return groups;
  }
}

}  // namespace

Result<Peer> read_peer(int fd, std::optional<gid_t> group) {
  ucred who{};
  socklen_t bytes = sizeof who;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &bytes) != 0)
    return Error{ErrorCode::failed, "see who has connected", std::strerror(errno), "", errno};
  Peer peer;
  peer.uid = who.uid;
  peer.may_announce = who.uid == 0 || who.uid == ::geteuid();
  peer.may_ask = peer.may_announce;
  if (!peer.may_ask && group) {
    const std::vector<gid_t> groups = read_groups(fd);
    peer.may_ask = who.gid == *group || std::find(groups.begin(), groups.end(), *group) != groups.end();
  }
  return peer;
}

}  // namespace dcat
