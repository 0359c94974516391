// A container runtime's NRI as a plugin sees it, over one connection: bytes in, bytes and news out. Pure: no file
// descriptor, no clock, no thread; whoever drives it (client.h) keeps the deadlines by its stage.
//
//   start()      we call Runtime.RegisterPlugin                             registering
//   its answer, or the runtime's Configure, whichever is first              configuring, synchronizing
//   Synchronize  in parts while `more`; we tell all that runs               running
//   events       as calls of their own or as StateChange, by the runtime's version
//
// What is told: a container came when it is created (no pid yet: a class may be prepared), and again when it is started
// (pid; before its first instruction); it is gone when it has stopped, or is removed, or its pod is, or when the
// runtime does not know it any more after a reconnect. Of each container the last word is right, whatever was said
// twice. Properties:
//   - A call is answered at once, in the order of the calls, but for a container's start: that answer is given apart
//     (NriNews::held), for the runtime starts nothing before it has it. An answer to an event is never an error, for an
//     error would keep the container from starting; a method that nobody here knows gets UNIMPLEMENTED.
//   - Memory is bounded: one message (4 MiB) a stream, kMostSynchronized bytes of a Synchronize, kMostKnown pods and as
//     many containers. Garbage ends the connection with an error, and what was understood before it counts.
// Source: containerd/nri, pkg/api and pkg/adaptation (versions 0.6 to 0.12).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "hooks/nri/frames.h"
#include "hooks/nri/messages.h"
#include "hooks/nri/ttrpc.h"

namespace dcat {

// What came of some bytes, in order.
struct NriNews {
  std::string bytes;  // to be sent
  std::string held;   // to be sent when these announcements are in force, or cannot be: answers to starts
  std::vector<Announcement> announcements;
  std::vector<std::string> notes;  // for the log, a line each
  Status status;                   // failed: close the connection, nothing more can be read from it
  bool ended = false;              // the runtime says good-bye
};

struct NriSessionOptions {
  std::string name = "dcat";
  std::string index = "50";  // two digits; plugins are called in this order
  // The class of service (a resctrl group that exists already) that a container is to be created in, by what is told of
  // it; empty: none. Called within CreateContainer, so it must answer from what is prepared. Not asked for a container
  // of which somebody else decides. Absent: never a class.
  std::function<std::string(const Announcement&)> class_of;
};

class NriSession {
 public:
  enum class Stage { closed, registering, configuring, synchronizing, running };
  static constexpr std::size_t kMostSynchronized = 64 << 20;
  static constexpr std::size_t kMostKnown = 1 << 16;

  explicit NriSession(NriSessionOptions options = {});

  // A new connection. What is known of containers stays, and is compared with the next Synchronize.
  NriNews start();
  // REQUIRES: start() was called
  NriNews feed(std::string_view bytes);
  // The connection is gone.
  void stop();

  Stage stage() const { return stage_; }
  std::size_t known_containers() const { return known_.size(); }
  const std::string& runtime() const { return runtime_text_; }  // "containerd 1.7.24", when it has said so
  // After so long without an answer the runtime drops a plugin; 0: it has not said.
  std::int64_t request_timeout_ms() const { return request_timeout_ms_; }

 private:
  void take_call(const TtrpcMessage& message, NriNews& news);
  void take_answer(const TtrpcMessage& message, NriNews& news);
  struct Answer {
    RpcResponse response;
    bool waits = false;  // until those announced are let in
  };
  Answer answer(const RpcRequest& request, NriNews& news);
  RpcResponse configure(const RpcRequest& request, NriNews& news);
  RpcResponse synchronize(const RpcRequest& request, NriNews& news);
  Answer event(NriEvent event, const NriChange& change, NriNews& news);
  void take_synchronized(NriNews& news);
  void take_pod(const NriPod& pod);
  Announcement came(const NriPod* pod, const NriContainer& container, NriNews& news);
  void gone(const std::string& id, NriNews& news);
  void pod_gone(const std::string& id, NriNews& news);

  // What is needed to say that a container is gone: no annotations, no wishes, no pid.
  struct Known {
    Announcement last;
    std::string pod_id;
  };

  NriSessionOptions options_;
  Stage stage_ = Stage::closed;
  FrameReader frames_;
  TtrpcReader calls_;
  TtrpcReader answers_;
  std::uint32_t register_stream_ = 0;
  Runtime runtime_ = Runtime::unknown;
  std::string runtime_text_;
  std::int64_t request_timeout_ms_ = 0;
  NriSynchronize parts_;  // of a Synchronize that is not whole yet
  std::size_t parts_bytes_ = 0;
  std::map<std::string, NriPod> pods_;
  std::map<std::string, Known> known_;
};

}  // namespace dcat
