// The daemon's door: a Unix socket on which hooks announce and people ask (docs/api.md). A thread of its own serves it,
// so that the control loop waits for nobody and nobody's slowness is anybody else's: it hands over what was announced,
// and takes what the loop has published last.
//
// Who may: peer credentials (SO_PEERCRED). Root announces, changes and asks; the group of the socket (dcat) asks.
// Bounds: line (hooks/wire.h), kMostClients at once (the longest idle one goes when another comes), kMostAsks a second
// and client, kMostWaiting announcements that the loop has not taken, a client that does not read its answer is let go
// when kMostUnread bytes wait.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/door/peer.h"
#include "core/result.h"
#include "core/units.h"
#include "hooks/announcement.h"
#include "hooks/wire.h"

namespace dcat {

struct DoorOptions {
  std::string path;            // "/run/dcat/dcat.sock"
  std::string group = "dcat";  // owns the socket, mode 0660; a group that is not there: root's, 0600, and told
  // Who announces that somebody came is answered when the loop has let it in (settled()), or after so long: a runtime
  // that waits for its hook starts nothing before. 0: at once.
  Duration hold{};
  // Answers `explain`, `events` and `mode` with a JSON object. Called in the door's thread, which everybody waits for.
  // Empty: nobody can, and it says so.
  std::function<Result<std::string>(const Ask& ask, const Peer& peer)> answer{};
};

class Door {
 public:
  static constexpr int kMostClients = 128;
  static constexpr int kMostAsks = 1000;
  static constexpr std::size_t kMostWaiting = 4096;
  static constexpr std::size_t kMostUnread = 1 << 20;

  // Errors: failed: a daemon answers there already, or the path cannot be used. A socket that nobody answers at is
  // replaced.
  static Result<std::unique_ptr<Door>> open(const DoorOptions& options);
  virtual ~Door() = default;  // ends the thread and removes the socket

  // Gives a JSON object, the answer to `status` from now on. Called when somebody asks, once, in a
  // thread of its own: nobody else at the door waits meanwhile.
  virtual void publish(std::function<std::string()> status) = 0;
  // What was announced since the last call, in order.
  virtual std::vector<Announcement> take() = 0;
  // What was taken is in force, or cannot be: those who announced it get their answers.
  virtual void settled() = 0;
  // Announcements that were not taken: not root's, not well-formed, or too many at a time. From any thread.
  virtual std::uint64_t refused() const = 0;
  // Readable while something waits to be taken.
  virtual int news_fd() const = 0;
  // What open() found and an operator wants to know (a group that is not there), a line each.
  virtual const std::vector<std::string>& notices() const = 0;
};

}  // namespace dcat
