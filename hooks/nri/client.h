// The daemon's NRI plugin: one thread that keeps a connection to the container runtime, drives an NriSession with it
// and hands on what it tells. It never waits but in poll(): a call is answered as soon as it is read, whatever the
// control loop is doing; a container's start when the loop has let it in, `hold` later at most (held_answers.h), while
// other calls are served. A connection is given up when the runtime closes it, sends garbage, does not read, or lets a
// deadline pass; then, and where there is no socket, it is tried again (backoff.h), for as long as the daemon lives.
// Thread safety: the callbacks run on the client's thread, one at a time, and must not block; the members may be called
// from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "hooks/nri/held_answers.h"
#include "hooks/nri/session.h"

namespace dcat {

struct NriClientOptions {
  using Milliseconds = std::chrono::milliseconds;
  std::string path = "/var/run/nri/nri.sock";  // containerd's and CRI-O's default
  NriSessionOptions session;
  std::uint64_t seed = 0;  // of the backoff's jitter
  // The runtime gives a plugin 5 s to register (its default); we give it the same to take us.
  Milliseconds registration_deadline{5000};
  // From Configure to the end of Synchronize, and between its parts: the runtime's default for a request is 2 s, and
  // before the first it may still be finding its containers.
  Milliseconds synchronize_deadline{30000};
  // How long a container's start waits for settled(): at most, and never more than a tenth of what the runtime gives a
  // plugin for an answer. 0: not at all.
  Milliseconds hold{0};
  Duration most_held = HeldAnswers::kMostSaved;
  // A restarted runtime is missed by at most the second, and an attempt costs one connect().
  Milliseconds first_wait{100};
  Milliseconds most_wait{5000};
};

struct NriCallbacks {
  std::function<void(std::vector<Announcement>)> announced;  // never empty, in order
  std::function<void(const std::string&)> noted;             // a line for the log; a failure that repeats is told once
  std::function<void(bool)> linked;                          // true: synchronized; false: that connection is gone
};

class NriClient {
 public:
  // Error (unsupported): this build has no protobuf. Error (failed): no thread or descriptor. That nobody listens at
  // the path is no error: somebody may later.
  static Result<std::unique_ptr<NriClient>> start(NriClientOptions options, NriCallbacks callbacks);
  virtual ~NriClient() = default;  // closes the connection and joins the thread; no callback runs after it

  virtual bool linked() const = 0;
  // The first `count` of all announcements that were handed on are in force, or cannot be: starts that waited for them
  // are answered.
  virtual void settled(std::uint64_t count) = 0;
};

}  // namespace dcat
