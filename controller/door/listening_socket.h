// The socket at its path: who may connect, and who listens there already.
//
// Never open wider than in the end: it is made with 0600 whatever the umask, gets its group, then 0660, and only then
// listens. A socket that nobody listens at (a daemon was killed) is replaced; one that is answered, and anything that
// is no socket, is left alone. Two daemons that start at once do not take each other's for dead: what looks, replaces
// and listens holds a lock on the directory. unix(7), "Pathname socket ownership and permissions".
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "core/linux/descriptor.h"
#include "core/result.h"

namespace dcat {

struct ListeningSocket {
  std::string path;
  Descriptor fd;                     // does not block
  std::optional<gid_t> group;        // absent: root's alone
  std::vector<std::string> notices;  // what an operator wants to know, a line each
  dev_t device = 0;                  // of the file at the path
  ino_t inode = 0;
};

// Makes the last directory of the path where there is none. An empty `group` wants none. Errors: failed.
Result<ListeningSocket> listen_at(const std::string& path, const std::string& group, int backlog);
// Takes away the socket of a daemon that is gone, where there is one. Errors: failed: somebody answers there
// (EADDRINUSE), it is no socket (EEXIST), or the system's.
Status remove_stale_socket(const std::string& path);
// Takes the file away, unless it is another's by now.
void remove_socket(const ListeningSocket& socket);

}  // namespace dcat
